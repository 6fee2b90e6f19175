import { PutParameter$ } from '@aws-sdk/client-ssm'
import type { ParameterTier, PutParameterRequest, PutParameterResult } from '@aws-sdk/client-ssm'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import type { Access } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { defaultKeyId, sealValue } from './encryption.ts'
import { alreadyExists, oldestIsLabelled, typeIsFixed, validation } from './errors.ts'
import { keyOf, newName } from './names.ts'
import { announceChange } from './parameter-events.ts'
import { parameterAccess, seekName } from './parameter-reference.ts'
import type { Sought } from './parameter-reference.ts'
import { carryPolicies, parsePolicies, planPolicies } from './parameter-policies.ts'
import { schedulePolicies } from './policy-jobs.ts'
import { settingOf } from './service-settings.ts'
import { earlierVersions, parameters, versionKey } from './store.ts'
import type { ParameterRow, PolicyState, VersionFacts } from './store.ts'
import { mergeTags, tagsOf } from './tagging.ts'
import { hasRoom } from './tally.ts'
import { checkDataType, checkPattern, checkValue, isImageId, tierFor } from './values.ts'

const keptVersions = 100

function check(input: PutParameterRequest): void {
  checkValue(input.Value ?? '')
  if (input.Overwrite && input.Tags?.length) {
    throw validation(
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    )
  }
}

function putAccess(input: PutParameterRequest, sought: Sought): Access[] {
  const tags = tagsOf(input.Tags)
  const hasPolicies = (sought.row?.policies.length ?? 0) > 0 || input.Policies !== undefined
  const conditions = {
    ...requestTagConditions(tags),
    'ssm:overwrite': String(input.Overwrite ?? false),
    'ssm:policies': String(hasPolicies),
  }
  const put = parameterAccess(sought, { conditions })
  if (!input.Tags?.length) return [put]
  const tagging = { action: 'AddTagsToResource', conditions: requestTagConditions(tags) }
  return [put, parameterAccess(sought, tagging)]
}

/** What a request leaves as it was (AWS keeps it) and what it changes, before the value is encrypted. */
async function nextFacts(
  ctx: Context,
  input: PutParameterRequest,
  before: ParameterRow | undefined,
): Promise<Omit<VersionFacts, 'value'> & { readonly plain: string }> {
  const { Value: plain = '' } = input
  const type = input.Type ?? before?.type
  if (!type) throw validation('A parameter type is required when you create a parameter.')
  if (before && type !== before.type) throw typeIsFixed()
  const dataType = input.DataType ?? before?.dataType ?? 'text'
  checkDataType(dataType, type)
  if (input.KeyId !== undefined && type !== 'SecureString') {
    throw validation('KeyId is required for parameter type secure string only.')
  }
  const allowedPattern = input.AllowedPattern ?? before?.allowedPattern
  checkPattern(allowedPattern, plain)
  const policies = nextPolicies(input, before?.policies ?? [], ctx.now)
  const tier = await tierFor({
    asked: input.Tier,
    fallback: (await settingOf(ctx, 'default-parameter-tier')).value as ParameterTier,
    before: before?.tier,
    value: plain,
    hasPolicies: policies.length > 0,
    hasRoom: (wanted) => hasRoom(ctx, wanted),
  })
  const description = input.Description ?? before?.description
  // Without a key of its own the default key encrypts, whichever encrypted the version before.
  const keyId = type === 'SecureString' ? (input.KeyId ?? defaultKeyId) : undefined
  return {
    plain,
    version: (before?.version ?? 0) + 1,
    type,
    dataType,
    tier,
    ...(description && { description }),
    ...(allowedPattern && { allowedPattern }),
    ...(keyId && { keyId }),
    modifiedAt: ctx.now.toISOString(),
    modifiedBy: ctx.principal.arn,
    policies,
  }
}

/** The policies that a parameter has from now on. */
function nextPolicies(
  { Policies }: PutParameterRequest,
  before: readonly PolicyState[],
  now: Date,
): readonly PolicyState[] {
  if (Policies === undefined) return carryPolicies(before, now)
  return planPolicies(parsePolicies(Policies), { now, before })
}

/** Makes the current version an earlier one; the oldest goes when there are too many. */
function retire(ctx: Context, key: string, before: ParameterRow): number {
  const versions = ctx.store.table(earlierVersions)
  let { oldest } = before
  if (before.version - oldest + 1 >= keptVersions) {
    if (Object.values(before.labels).includes(oldest)) {
      throw oldestIsLabelled(before.name, oldest)
    }
    versions.delete(versionKey(key, oldest))
    oldest += 1
  }
  const { name: _name, arn: _arn, account: _account, oldest: _oldest, ...rest } = before
  const { labels: _labels, tags: _tags, sharing: _sharing, ...facts } = rest
  versions.put(versionKey(key, before.version), facts)
  return oldest
}

/** PutParameter: a new parameter, or with Overwrite its next version. */
export const PutParameter = operation<PutParameterRequest, PutParameterResult, Sought>(
  PutParameter$,
  {
    check,
    resolve: (input, ctx) => seekName(ctx, newName(input.Name ?? '', ctx)),
    access: (input, _ctx, sought) => putAccess(input, sought),
    async handle(input, ctx, { row: before, arn, reference: { name, key } }) {
      if (before && !input.Overwrite) throw alreadyExists()
      const { plain, ...facts } = await nextFacts(ctx, input, before)
      const tags = before ? before.tags : mergeTags({}, input.Tags)
      const shown = { name: before?.name ?? name, arn, type: facts.type }
      const change = before ? 'Update' : 'Create'
      if (facts.dataType === 'aws:ec2:image') {
        await ctx.require({ action: 'ec2:DescribeImages', resource: '*' })
        if (!isImageId(plain)) {
          const failure = { exception: 'Unable to Describe Resource', dataType: facts.dataType }
          announceChange(ctx, shown, change, failure)
          return { Version: facts.version, Tier: facts.tier }
        }
      }
      const { keyId, tier } = facts
      const value = keyId ? await sealValue(ctx, { arn, keyId, tier }, plain) : plain
      const row: ParameterRow = {
        ...shown,
        ...facts,
        value,
        account: ctx.account,
        oldest: before ? retire(ctx, key, before) : 1,
        labels: before?.labels ?? {},
        tags,
        ...(before?.sharing && { sharing: before.sharing }),
      }
      ctx.store.table(parameters).put(keyOf(row.name), row)
      schedulePolicies(ctx, row, before?.policies ?? [])
      ctx.audit.resource({ ARN: arn, accountId: ctx.account, type: 'AWS::SSM::Parameter' })
      announceChange(ctx, row, change)
      return { Version: row.version, Tier: row.tier }
    },
  },
)
