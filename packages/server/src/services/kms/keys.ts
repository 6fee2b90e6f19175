import {
  CreateKey$,
  DescribeKey$,
  DisableKey$,
  EnableKey$,
  ListKeys$,
  UpdateKeyDescription$,
} from '@aws-sdk/client-kms'
import type {
  CreateKeyRequest,
  CreateKeyResponse,
  DescribeKeyRequest,
  DescribeKeyResponse,
  DisableKeyRequest,
  EnableKeyRequest,
  KeySpec,
  KeyUsageType,
  ListKeysRequest,
  ListKeysResponse,
  OriginType,
  UpdateKeyDescriptionRequest,
} from '@aws-sdk/client-kms'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import type { Access } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { auditKey, callConditions, grantFor, keyAccess } from './authorisation.ts'
import { keySpecs } from './crypto/key-specs.ts'
import { connectedStore } from './custom-key-store-keys.ts'
import { unsupported, validation } from './errors.ts'
import { checkedKeyPolicy, defaultKeyPolicy } from './key-policy.ts'
import type { KeySubject } from './key-reference.ts'
import { requireState } from './key-states.ts'
import { findKey } from './managed-keys.ts'
import { newMaterial } from './material-store.ts'
import { arnOf, metadataOf } from './model.ts'
import { pageOf } from './paging.ts'
import { rotateIfDue } from './rotate.ts'
import { keyOwners, keys } from './store.ts'
import type { KeyRow } from './store.ts'
import { mergeTags } from './tagging.ts'

/** Finds the key of an operation on the caller's own keys, named by key id or key ARN. */
export function ownKey(ctx: Context, keyId: string | undefined, name: string): Promise<KeySubject> {
  return findKey(ctx, keyId ?? '', { operation: name, alias: false, crossAccount: false })
}

/** Finds the key of an operation that takes any reference, across accounts too. */
export function anyKey(ctx: Context, keyId: string | undefined, name: string): Promise<KeySubject> {
  return findKey(ctx, keyId ?? '', { operation: name, alias: true, crossAccount: true })
}

/** What CreateKey's parameters come to, defaults filled in. */
interface KeyShape {
  readonly spec: KeySpec
  readonly usage: KeyUsageType
  readonly origin: OriginType
}

function shapeOf(input: CreateKeyRequest): KeyShape {
  const { KeySpec: newer, CustomerMasterKeySpec: older } = input
  if (newer !== undefined && older !== undefined) {
    throw validation(
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
    )
  }
  const spec = newer ?? older ?? 'SYMMETRIC_DEFAULT'
  const row = keySpecs[spec]
  if (input.KeyUsage === undefined && spec !== 'SYMMETRIC_DEFAULT') {
    throw validation(
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    )
  }
  const usage = input.KeyUsage ?? 'ENCRYPT_DECRYPT'
  if (!row.usages.includes(usage)) {
    throw validation(`KeyUsage ${usage} is not compatible with KeySpec ${spec}`)
  }
  if (!row.available) throw unsupported(`KeySpec ${spec} is not supported in this Region.`)
  return { spec, usage, origin: input.Origin ?? 'AWS_KMS' }
}

function checkCustomStore(input: CreateKeyRequest, { spec, origin }: KeyShape): void {
  const custom = origin === 'AWS_CLOUDHSM' || origin === 'EXTERNAL_KEY_STORE'
  if (custom !== (input.CustomKeyStoreId !== undefined)) {
    throw validation(
      custom
        ? `You must specify a CustomKeyStoreId for a KMS key with Origin ${origin}.`
        : `CustomKeyStoreId is not valid for a KMS key with Origin ${origin}.`,
    )
  }
  if ((origin === 'EXTERNAL_KEY_STORE') !== (input.XksKeyId !== undefined)) {
    throw validation('XksKeyId is required with, and valid only with, Origin EXTERNAL_KEY_STORE.')
  }
  if (custom && spec !== 'SYMMETRIC_DEFAULT') {
    throw unsupported(`KeySpec ${spec} is not supported in a custom key store.`)
  }
  if (custom && input.MultiRegion) {
    throw unsupported('Multi-Region keys are not supported in a custom key store.')
  }
}

function checkShape(input: CreateKeyRequest): void {
  checkCustomStore(input, shapeOf(input))
}

function createAccess(input: CreateKeyRequest, ctx: Context): Access[] {
  const { spec, usage, origin } = shapeOf(input)
  const conditions = {
    ...callConditions(ctx),
    ...requestTagConditions(input.Tags),
    'kms:keyspec': spec,
    'kms:customermasterkeyspec': spec,
    'kms:keyusage': usage,
    'kms:customermasterkeyusage': usage,
    'kms:keyorigin': origin,
    'kms:multiregion': String(input.MultiRegion ?? false),
    ...(input.MultiRegion && { 'kms:multiregionkeytype': 'PRIMARY' }),
    'kms:bypasspolicylockoutsafetycheck': String(input.BypassPolicyLockoutSafetyCheck ?? false),
  }
  const create = { resource: '*', conditions }
  if (!input.Tags?.length) return [create]
  const resource = arnOf(ctx.region, ctx.account, 'key/*')
  return [create, { action: 'kms:TagResource', resource, conditions }]
}

/** CreateKey: a new key with fresh material, or without any for Origin EXTERNAL. */
export const CreateKey = operation<CreateKeyRequest, CreateKeyResponse>(CreateKey$, {
  check: checkShape,
  access: createAccess,
  async handle(input, ctx) {
    const shape = shapeOf(input)
    const tags = mergeTags([], input.Tags)
    const id = input.MultiRegion ? `mrk-${ctx.ids.hex(32)}` : ctx.ids.uuid()
    const arn = arnOf(ctx.region, ctx.account, `key/${id}`)
    const policy =
      input.Policy === undefined
        ? defaultKeyPolicy(ctx.account, ctx.region)
        : await checkedKeyPolicy(ctx, input.Policy, {
            arn,
            accountId: ctx.account,
            bypassLockoutCheck: input.BypassPolicyLockoutSafetyCheck,
          })
    const custom = await connectedStore(ctx, input)
    const imported = shape.origin === 'EXTERNAL'
    const material = imported ? undefined : await newMaterial(ctx.store, { id, spec: shape.spec })
    const key: KeyRow = {
      id,
      accountId: ctx.account,
      region: ctx.region,
      arn,
      createdAt: ctx.now.toISOString(),
      description: input.Description ?? '',
      ...shape,
      manager: 'CUSTOMER',
      enabled: true,
      ...(input.MultiRegion && { multiRegion: { primary: ctx.region, replicas: [] } }),
      policy,
      tags,
      aliases: [],
      materials: material ? [material] : [],
      ...(material && { currentMaterialId: material.id }),
      onDemandRotations: 0,
      ...custom,
    }
    ctx.store.table(keys).put(id, key)
    ctx.store.table(keyOwners).put(id, { accountId: ctx.account })
    auditKey(ctx, { key })
    return { KeyMetadata: metadataOf(key) }
  },
})

/** DescribeKey: a key's metadata; asking for an AWS managed key by alias brings it into being. */
export const DescribeKey = operation<DescribeKeyRequest, DescribeKeyResponse, KeySubject>(
  DescribeKey$,
  {
    resolve: (input, ctx) => anyKey(ctx, input.KeyId, 'DescribeKey'),
    access: (input, ctx, subject) =>
      keyAccess(ctx, subject, { grant: grantFor('DescribeKey'), grantTokens: input.GrantTokens }),
    handle(_input, _ctx, subject) {
      return { KeyMetadata: metadataOf(subject.key) }
    },
  },
)

/** ListKeys: all keys of the account and Region. */
export const ListKeys = operation<ListKeysRequest, ListKeysResponse>(ListKeys$, {
  access: (_input, ctx) => ({ resource: '*', conditions: callConditions(ctx) }),
  async handle(input, ctx) {
    const listing = { ctx, name: 'keys', defaultLimit: 100 }
    const { items, ...page } = await pageOf(listing, input, (query) =>
      ctx.store.table(keys).list(query),
    )
    return { Keys: items.map((key) => ({ KeyId: key.id, KeyArn: key.arn })), ...page }
  },
})

/** EnableKey; a rotation that fell due meanwhile happens now. */
export const EnableKey = operation<EnableKeyRequest, object, KeySubject>(EnableKey$, {
  resolve: (input, ctx) => ownKey(ctx, input.KeyId, 'EnableKey'),
  access: (_input, ctx, subject) => keyAccess(ctx, subject),
  async handle(_input, ctx, { key, tables }) {
    requireState(key, 'EnableKey')
    const next = { ...key, enabled: true }
    tables.table(keys).put(key.id, next)
    await rotateIfDue(ctx, next)
    return {}
  },
})

/** DisableKey. */
export const DisableKey = operation<DisableKeyRequest, object, KeySubject>(DisableKey$, {
  resolve: (input, ctx) => ownKey(ctx, input.KeyId, 'DisableKey'),
  access: (_input, ctx, subject) => keyAccess(ctx, subject),
  handle(_input, _ctx, { key, tables }) {
    requireState(key, 'DisableKey')
    tables.table(keys).put(key.id, { ...key, enabled: false })
    return {}
  },
})

/** UpdateKeyDescription. */
export const UpdateKeyDescription = operation<UpdateKeyDescriptionRequest, object, KeySubject>(
  UpdateKeyDescription$,
  {
    resolve: (input, ctx) => ownKey(ctx, input.KeyId, 'UpdateKeyDescription'),
    access: (_input, ctx, subject) => keyAccess(ctx, subject),
    handle(input, _ctx, { key, tables }) {
      requireState(key, 'UpdateKeyDescription')
      tables.table(keys).put(key.id, { ...key, description: input.Description ?? '' })
      return {}
    },
  },
)
