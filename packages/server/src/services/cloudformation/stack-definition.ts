import type { Capability, Parameter, Tag } from '@aws-sdk/client-cloudformation'
import type { Context } from '../../kernel/context.ts'
import type { ResourceType } from '../../kernel/resource-type.ts'
import type { AwaitedType } from './awaited-type.ts'
import { capabilitiesOf } from './engine/capabilities.ts'
import { checkReferences, dependenciesOf, referencesIn } from './engine/dependencies.ts'
import { checkFunctions } from './engine/function-checks.ts'
import { parameterValues, type GivenParameter } from './engine/parameters.ts'
import { checkRules } from './engine/rules.ts'
import { readTemplate, type Template } from './engine/template.ts'
import { needsCapabilities, validated, validation } from './errors.ts'
import { isAwaited, resourceType } from './resource-types.ts'
import { isWanted, scopeOf } from './stack-scope.ts'
import type { StackDefinition } from './store.ts'
import { storeValuesOf } from './store-parameters.ts'
import { templateAt } from './template-source.ts'

/** What the audit log does not show of a call: parameters may be secret (`NoEcho`). */
export const hiddenMembers = ['ParameterValue']

/** The members by which a call says what a stack is to be. */
export interface DefinitionInput {
  readonly StackName?: string | undefined
  readonly TemplateBody?: string | undefined
  readonly TemplateURL?: string | undefined
  readonly UsePreviousTemplate?: boolean | undefined
  readonly Parameters?: readonly Parameter[] | undefined
  readonly Capabilities?: readonly Capability[] | undefined
  readonly Tags?: readonly Tag[] | undefined
  readonly NotificationARNs?: readonly string[] | undefined
  readonly RoleARN?: string | undefined
  readonly ResourceTypes?: readonly string[] | undefined
}

/** The template that a call names. Throws ValidationError. */
export async function templateText(
  ctx: Context,
  input: Pick<DefinitionInput, 'TemplateBody' | 'TemplateURL' | 'UsePreviousTemplate'>,
  before?: StackDefinition,
): Promise<string> {
  const { TemplateBody, TemplateURL, UsePreviousTemplate } = input
  if (TemplateBody !== undefined) return TemplateBody
  if (TemplateURL !== undefined) {
    return templateAt((...called) => ctx.call(...called), TemplateURL)
  }
  if (UsePreviousTemplate && before) return before.templateText
  throw validation('Either Template URL or Template Body must be specified.')
}

/** AWS's quota on the resources of a template. */
const maxResources = 500

/** Reads a template and checks everything that can be checked before it is deployed. */
export async function checkedTemplate(ctx: Context, text: string): Promise<Template> {
  const template = validated(() => {
    const read = readTemplate(text)
    checkReferences(read)
    dependenciesOf(read)
    return read
  })
  const count = Object.keys(template.resources).length
  if (count > maxResources) {
    throw validation(
      `Template format error: Number of resources, ${count}, is greater than maximum allowed, ${maxResources}`,
    )
  }
  const unknown = new Set<string>()
  const types = new Map<string, ResourceType | AwaitedType>()
  for (const [logicalId, { type }] of Object.entries(template.resources)) {
    const found = await resourceType(ctx, type)
    if (found) types.set(logicalId, found)
    else unknown.add(type)
  }
  if (unknown.size > 0) {
    throw validation(
      `Template format error: Unrecognized resource types: [${[...unknown].join(', ')}]`,
    )
  }
  checkAttributes(template, types)
  checkSnapshots(template)
  return template
}

/** Types whose resources can be kept as a snapshot (CloudFormation User Guide, "DeletionPolicy attribute"). */
const withSnapshots =
  /^AWS::(DocDB::DBCluster|EC2::Volume|ElastiCache::(CacheCluster|ReplicationGroup)|Neptune::DBCluster|RDS::DB(Cluster|Instance)|Redshift::Cluster)$/

/** Throws ValidationError for a snapshot that there is none of. */
function checkSnapshots({ resources }: Template): void {
  for (const { type, deletionPolicy, updateReplacePolicy } of Object.values(resources)) {
    if (withSnapshots.test(type)) continue
    const policy =
      deletionPolicy === 'Snapshot'
        ? 'deletion policy'
        : updateReplacePolicy === 'Snapshot' && 'update replace policy'
    if (policy) {
      throw validation(`Template error: resource type ${type} does not support ${policy} Snapshot`)
    }
  }
}

/** Throws ValidationError for an attribute that a resource's type does not have. */
function checkAttributes(
  { resources, outputs }: Template,
  types: ReadonlyMap<string, ResourceType | AwaitedType>,
): void {
  const values = [
    ...Object.values(resources).map(({ properties }) => properties),
    ...Object.values(outputs).map(({ value }) => value),
  ]
  for (const { name, attribute } of values.flatMap(referencesIn)) {
    const type = types.get(name)
    if (attribute === undefined || !type || isAwaited(type)) continue
    if (type.attributes.some((each) => each === attribute || attribute.startsWith(`${each}.`))) {
      continue
    }
    throw validation(
      `Template error: resource ${name} does not support attribute type ${attribute} in Fn::GetAtt`,
    )
  }
}

/** What a stack is to be by a call, checked as far as it can be now; what is left out stays as before. */
export async function definitionFrom(
  ctx: Context,
  input: DefinitionInput,
  before?: StackDefinition,
): Promise<{ readonly definition: StackDefinition; readonly template: Template }> {
  const text = await templateText(ctx, input, before)
  const template = await checkedTemplate(ctx, text)
  const parameters = validated(() =>
    parameterValues(template.parameters, givenParameters(input), before?.parameters),
  )
  checkCapabilities(template, input.Capabilities ?? [])
  const { RoleARN: roleArn = before?.roleArn } = input
  const definition: StackDefinition = {
    templateText: text,
    parameters,
    storeValues: await storeValuesOf((...call) => ctx.call(...call), template, parameters),
    tags: input.Tags
      ? input.Tags.map(({ Key = '', Value = '' }) => ({ Key, Value }))
      : (before?.tags ?? []),
    capabilities: input.Capabilities ?? [],
    notificationArns: input.NotificationARNs ?? before?.notificationArns ?? [],
    ...(roleArn !== undefined && { roleArn }),
  }
  await checkScope(ctx, input.StackName ?? '', { definition, template })
  return { definition, template }
}

/** Rules and conditions are evaluated once, so that what is wrong in them is said at once. */
async function checkScope(
  ctx: Context,
  name: string,
  read: { readonly definition: StackDefinition; readonly template: Template },
): Promise<void> {
  const scope = await scopeOf(ctx, { id: name, name }, read, () => undefined)
  validated(() => {
    checkRules(read.template, scope)
    const wanted = isWanted(read.template, scope)
    for (const [logicalId, { properties }] of Object.entries(read.template.resources)) {
      if (wanted(logicalId)) checkFunctions(properties, scope)
    }
  })
}

function givenParameters({ Parameters = [] }: DefinitionInput): Record<string, GivenParameter> {
  return Object.fromEntries(
    Parameters.map(({ ParameterKey = '', ParameterValue, UsePreviousValue }) => [
      ParameterKey,
      {
        ...(ParameterValue !== undefined && { value: ParameterValue }),
        ...(UsePreviousValue && { usePrevious: true }),
      },
    ]),
  )
}

function checkCapabilities(template: Template, given: readonly string[]): void {
  const { capabilities } = capabilitiesOf(template)
  const isGiven = (name: string) =>
    given.includes(name) || (name === 'CAPABILITY_IAM' && given.includes('CAPABILITY_NAMED_IAM'))
  const missing = capabilities.filter((name) => !isGiven(name))
  if (missing.length > 0) throw needsCapabilities(missing)
}
