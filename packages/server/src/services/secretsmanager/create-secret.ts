import { CreateSecret$ } from '@aws-sdk/client-secrets-manager'
import type { CreateSecretRequest, CreateSecretResponse } from '@aws-sdk/client-secrets-manager'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import type { Access, AccessNeeded } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { invalidRequest, secretExists } from './errors.ts'
import { checkName, newArn, prefixOf } from './names.ts'
import { grantToOwner, managedRotation } from './managed-secrets.ts'
import { addVersion, isThere } from './new-version.ts'
import { checkReplicas, replicaConditions } from './replica-input.ts'
import { answered, saveSecret } from './secret-changes.ts'
import { callingService } from './secret-reference.ts'
import { replicationStatus } from './secret-shape.ts'
import { secrets } from './store.ts'
import type { SecretRow } from './store.ts'
import { mergeTags, tagsOf } from './tagging.ts'
import { tokenOf, valueOf } from './value-input.ts'
import { defaultKeyId, kmsOf, tryKey } from './values.ts'
import { stage } from './versions.ts'

/** A secret to be made, or one that has its name. */
interface NewSecret {
  readonly arn: string
  readonly existing?: SecretRow
}

async function newSecret(ctx: Context, name: string): Promise<NewSecret> {
  checkName(name)
  const owner = prefixOf(name)
  if (owner !== undefined && owner !== callingService(ctx)) {
    throw invalidRequest(
      `You can't create a secret with the prefix ${owner}!, which is for secrets that ${owner} manages.`,
    )
  }
  const existing = await ctx.store.table(secrets).get(name)
  if (existing) return { arn: existing.arn, existing }
  return { arn: newArn(ctx.region, ctx.account, name) }
}

function createAccess(input: CreateSecretRequest, ctx: Context, { arn }: NewSecret): AccessNeeded {
  const { service } = ctx.principal
  if (service !== undefined && service === `${prefixOf(input.Name ?? '')}.amazonaws.com`) {
    return 'authenticated'
  }
  const tagging = requestTagConditions(tagsOf(input.Tags))
  const replicas = replicaConditions(input)
  const access = (action: string, conditions: NonNullable<Access['conditions']>): Access => ({
    action: `secretsmanager:${action}`,
    resource: arn,
    resourceAccount: ctx.account,
    conditions,
  })
  return [
    access('CreateSecret', {
      ...tagging,
      ...replicas,
      'secretsmanager:name': input.Name,
      'secretsmanager:description': input.Description,
      'secretsmanager:kmskeyid': input.KmsKeyId,
      'secretsmanager:type': input.Type,
    }),
    ...(input.Tags?.length ? [access('TagResource', tagging)] : []),
    ...(input.AddReplicaRegions?.length ? [access('ReplicateSecretToRegions', replicas)] : []),
  ]
}

/** A secret's own key; absent for the AWS managed one, whose name AWS does not show. */
export function ownKey(keyId: string | undefined): string | undefined {
  return keyId === undefined || keyId === '' || keyId.endsWith(defaultKeyId) ? undefined : keyId
}

/** CreateSecret. */
export const CreateSecret = operation<CreateSecretRequest, CreateSecretResponse, NewSecret>(
  CreateSecret$,
  {
    check: (input) => void valueOf(input),
    resolve: (input, ctx) => newSecret(ctx, input.Name ?? ''),
    access: createAccess,
    async handle(input, ctx, { arn, existing }) {
      const { Name: name = '' } = input
      const token = tokenOf(ctx, input.ClientRequestToken)
      const value = valueOf(input)
      if (existing?.deletion) {
        throw invalidRequest(
          "You can't create this secret because a secret with this name is already scheduled for deletion.",
        )
      }
      if (existing) {
        const subject = { row: existing, tables: ctx.store }
        const isSame = value !== undefined && (await isThere(ctx, subject, { token, value }))
        if (!isSame) throw secretExists(name)
        return answered(ctx, { ARN: arn, Name: name, VersionId: token })
      }
      const row = await newRow(ctx, input, arn)
      ctx.audit.resource({ ARN: arn, accountId: ctx.account, type: 'AWS::SecretsManager::Secret' })
      if (row.kmsKeyId !== undefined) await tryKey(kmsOf(ctx), row)
      if (row.owningService !== undefined) await grantToOwner(ctx, row)
      const subject = { row, tables: ctx.store }
      if (value) await addVersion(ctx, subject, { token, value, stages: [stage.current] })
      else saveSecret(ctx, ctx.store, row)
      const VersionId = value ? token : undefined
      return answered(
        ctx,
        {
          ARN: arn,
          Name: name,
          VersionId,
          ...(row.replicas && { ReplicationStatus: replicationStatus(row.replicas) }),
        },
        { ...(VersionId !== undefined && { versionId: VersionId }) },
      )
    },
  },
)

async function newRow(ctx: Context, input: CreateSecretRequest, arn: string): Promise<SecretRow> {
  const { Name: name = '', Description } = input
  const now = ctx.now.toISOString()
  const kmsKeyId = ownKey(input.KmsKeyId)
  const owner = prefixOf(name)
  const replicas = checkReplicas(ctx, input, [])
  const rotation = owner === undefined ? undefined : await managedRotation(ctx, owner, name)
  return {
    name,
    arn,
    account: ctx.account,
    region: ctx.region,
    createdAt: now,
    changedAt: now,
    ...(Description && { description: Description }),
    ...(kmsKeyId !== undefined && { kmsKeyId }),
    tags: mergeTags(ctx, {}, input.Tags),
    versions: [],
    ...(owner !== undefined && { owningService: owner }),
    ...(input.Type && { type: input.Type }),
    ...(rotation && { rotation }),
    ...(replicas.length > 0 && { replicas }),
  }
}
