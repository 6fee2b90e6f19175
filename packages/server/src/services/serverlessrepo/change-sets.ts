import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import {
  applicationAccess,
  requireApplication,
  versionAsked,
  type Application,
} from './application-reference.ts'
import { requiredCapabilities } from './applications.ts'
import {
  CreateCloudFormationChangeSet$,
  type CreateCloudFormationChangeSetRequest,
  type CreateCloudFormationChangeSetResponse,
} from './data/schemas.ts'
import { badRequest, forbidden } from './errors.ts'
import { isExpired, requireTemplate, templateText } from './templates.ts'

/** What is put before the name of every stack (https://docs.aws.amazon.com/serverlessrepo/latest/devguide/serverlessrepo-how-to-consume.html). */
const stackPrefix = 'serverlessrepo-'

/** CreateCloudFormationChangeSet: a change set of the caller's stack, which CloudFormation then carries out. */
export const CreateCloudFormationChangeSet = operation<
  CreateCloudFormationChangeSetRequest,
  CreateCloudFormationChangeSetResponse,
  Application
>(CreateCloudFormationChangeSet$, {
  resolve: ({ ApplicationId = '' }) => requireApplication(ApplicationId),
  access: (_input, ctx, { id }) => applicationAccess(id, ctx),
  async handle(input, ctx, application) {
    const { id: ApplicationId, template } = application
    const SemanticVersion = await versionFor(ctx, application, input)
    const missing = requiredCapabilities.filter((name) => !isGiven(name, input.Capabilities))
    if (missing.length > 0) {
      throw badRequest(`Requires capabilities : [${missing.join(', ')}]`)
    }
    const ids = { ApplicationId, SemanticVersion }
    const changeSet = changeSetInput(ctx, input, ids)
    const { Id, StackId } = await deployed(ctx, {
      ...changeSet,
      TemplateBody: templateText(template.name),
    })
    return { ...ids, ChangeSetId: String(Id), StackId: String(StackId) }
  },
})

async function versionFor(
  ctx: Context,
  application: Application,
  { TemplateId, SemanticVersion }: CreateCloudFormationChangeSetRequest,
): Promise<string> {
  if (TemplateId === undefined) return versionAsked(SemanticVersion)
  const row = await requireTemplate(ctx, application, TemplateId)
  if (isExpired(ctx, row)) throw badRequest(`The template ${TemplateId} has expired.`)
  return row.semanticVersion
}

function isGiven(name: string, given: readonly string[] = []): boolean {
  return (
    given.includes(name) || (name === 'CAPABILITY_IAM' && given.includes('CAPABILITY_NAMED_IAM'))
  )
}

function changeSetInput(
  ctx: Context,
  input: CreateCloudFormationChangeSetRequest,
  ids: { readonly ApplicationId: string; readonly SemanticVersion: string },
): Readonly<Record<string, unknown>> {
  const own = Object.entries({
    Description: input.Description,
    NotificationARNs: input.NotificationArns,
    ResourceTypes: input.ResourceTypes,
    RollbackConfiguration: input.RollbackConfiguration,
    ClientToken: input.ClientToken,
  })
  return {
    ...Object.fromEntries(own.filter(([, value]) => value !== undefined)),
    StackName: stackPrefix + input.StackName,
    ChangeSetName: input.ChangeSetName ?? `a${ctx.ids.uuid()}`,
    // CloudFormation knows nothing of the one on resource policies.
    Capabilities: input.Capabilities?.filter((name) => name !== 'CAPABILITY_RESOURCE_POLICY'),
    Parameters: (input.ParameterOverrides ?? []).map(({ Name, Value }) => ({
      ParameterKey: Name,
      ParameterValue: Value,
    })),
    Tags: [
      ...(input.Tags ?? []),
      { Key: 'serverlessrepo:applicationId', Value: ids.ApplicationId },
      { Key: 'serverlessrepo:semanticVersion', Value: ids.SemanticVersion },
    ],
  }
}

/** A change set that makes the stack, or changes it where there is one. */
async function deployed(
  ctx: Context,
  input: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const create = (ChangeSetType: string) =>
    ctx.call('cloudformation', 'CreateChangeSet', { ...input, ChangeSetType })
  try {
    try {
      return await create('CREATE')
    } catch (error) {
      if (!(error instanceof AwsError) || !/^Stack .* already exists/.test(error.message)) {
        throw error
      }
      return await create('UPDATE')
    }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw error.code === 'AccessDenied' ? forbidden(error.message) : badRequest(error.message)
  }
}
