import {
  AlreadyExistsException$,
  CreateAlias$,
  DeleteAlias$,
  LimitExceededException$,
  ListAliases$,
  UpdateAlias$,
} from '@aws-sdk/client-kms'
import type {
  AliasListEntry,
  CreateAliasRequest,
  DeleteAliasRequest,
  ListAliasesRequest,
  ListAliasesResponse,
  UpdateAliasRequest,
} from '@aws-sdk/client-kms'
import type { Context } from '../../kernel/context.ts'
import { awsError, commonError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import type { Access } from '../../kernel/service.ts'
import { callConditions, keyAccess } from './authorisation.ts'
import { notFound, validation } from './errors.ts'
import type { KeySubject } from './key-reference.ts'
import { requireState } from './key-states.ts'
import { ownKey } from './keys.ts'
import { arnOf } from './model.ts'
import { pageOf } from './paging.ts'
import { aliases, keys } from './store.ts'
import type { AliasRow, KeyRow } from './store.ts'

/** A key has at most this many aliases (KMS Developer Guide, "Quotas"). */
const maxAliases = 50

/** Checks an alias name beyond the model's pattern, in AWS's wording. */
function checkName({ AliasName: name = '' }: { AliasName?: string | undefined }): void {
  if (!name.startsWith('alias/')) {
    throw validation(
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    )
  }
  if (name === 'alias/') throw validation('Invalid identifier')
  if (name.includes(':')) throw validation(`${name} contains invalid characters for an alias`)
  if (name.startsWith('alias/aws/')) throw commonError('NotAuthorizedException', '', 400)
}

function checkTarget(input: CreateAliasRequest | UpdateAliasRequest): void {
  checkName(input)
  if (/(^|:)alias\//.test(input.TargetKeyId ?? '')) {
    throw validation('Aliases must refer to keys. Not aliases')
  }
}

function aliasAccess(ctx: Context, name: string): Access {
  auditAlias(ctx, name)
  return {
    resource: arnOf(ctx.region, ctx.account, name),
    resourceAccount: ctx.account,
    conditions: callConditions(ctx),
  }
}

function auditAlias(ctx: Context, name: string): void {
  const ARN = arnOf(ctx.region, ctx.account, name)
  ctx.audit.resource({ ARN, accountId: ctx.account, type: 'AWS::KMS::Alias' })
}

function withAlias(key: KeyRow, name: string): KeyRow {
  if (key.aliases.length >= maxAliases) {
    throw awsError(LimitExceededException$, `${key.arn} has ${maxAliases} aliases already.`)
  }
  return { ...key, aliases: [...key.aliases, name].sort() }
}

function withoutAlias(key: KeyRow, name: string): KeyRow {
  return { ...key, aliases: key.aliases.filter((alias) => alias !== name) }
}

/** CreateAlias; it needs permission on the alias and on the key. */
export const CreateAlias = operation<CreateAliasRequest, object, KeySubject>(CreateAlias$, {
  check: checkTarget,
  resolve: (input, ctx) => ownKey(ctx, input.TargetKeyId, 'CreateAlias'),
  access: (input, ctx, subject) => [
    aliasAccess(ctx, input.AliasName ?? ''),
    keyAccess(ctx, { ...subject, alias: input.AliasName ?? '' }),
  ],
  async handle({ AliasName: name = '' }, ctx, { key, tables }) {
    requireState(key, 'CreateAlias')
    if (await tables.table(aliases).get(name)) {
      const arn = arnOf(ctx.region, ctx.account, name)
      throw awsError(AlreadyExistsException$, `An alias with the name ${arn} already exists`)
    }
    const now = ctx.now.toISOString()
    tables.table(keys).put(key.id, withAlias(key, name))
    tables.table(aliases).put(name, { name, keyId: key.id, createdAt: now, updatedAt: now })
    return {}
  },
})

/** An alias with its present key and, for UpdateAlias, its next one. */
interface AliasSubject extends KeySubject {
  readonly row: AliasRow
}

async function aliasSubject(ctx: Context, name = ''): Promise<AliasSubject> {
  const row = await ctx.store.table(aliases).get(name)
  const key = row && (await ctx.store.table(keys).get(row.keyId))
  if (!row || !key) {
    throw notFound(`Alias ${arnOf(ctx.region, ctx.account, name)} is not found.`)
  }
  return { row, key, tables: ctx.store, alias: name }
}

/** Symmetric, asymmetric or HMAC: an alias cannot move from one to another. */
function kindOf({ usage, spec }: KeyRow): string {
  return usage === 'ENCRYPT_DECRYPT' && spec === 'SYMMETRIC_DEFAULT' ? 'symmetric' : usage
}

/** UpdateAlias: moves an alias to another key of the same type and usage. */
export const UpdateAlias = operation<
  UpdateAliasRequest,
  object,
  { readonly from: AliasSubject; readonly to: KeySubject }
>(UpdateAlias$, {
  check: checkTarget,
  resolve: async (input, ctx) => ({
    from: await aliasSubject(ctx, input.AliasName),
    to: await ownKey(ctx, input.TargetKeyId, 'UpdateAlias'),
  }),
  access: (input, ctx, { from, to }) => [
    aliasAccess(ctx, input.AliasName ?? ''),
    keyAccess(ctx, from),
    keyAccess(ctx, { ...to, alias: input.AliasName ?? '' }),
  ],
  handle({ AliasName: name = '' }, ctx, { from, to }) {
    requireState(to.key, 'UpdateAlias')
    if (kindOf(from.key) !== kindOf(to.key)) {
      throw validation(
        `Alias ${name} cannot be associated with ${to.key.arn}: the current and new KMS key must be the same type and have the same key usage.`,
      )
    }
    const updatedAt = ctx.now.toISOString()
    ctx.store.table(aliases).put(name, { ...from.row, keyId: to.key.id, updatedAt })
    if (from.key.id !== to.key.id) {
      ctx.store.table(keys).put(from.key.id, withoutAlias(from.key, name))
      ctx.store.table(keys).put(to.key.id, withAlias(to.key, name))
    }
    return {}
  },
})

/** DeleteAlias; it needs permission on the alias and on its key. */
export const DeleteAlias = operation<DeleteAliasRequest, object, AliasSubject>(DeleteAlias$, {
  check: checkName,
  resolve: (input, ctx) => aliasSubject(ctx, input.AliasName),
  access: (input, ctx, subject) => [
    aliasAccess(ctx, input.AliasName ?? ''),
    keyAccess(ctx, subject),
  ],
  handle({ AliasName: name = '' }, ctx, { key }) {
    ctx.store.table(aliases).delete(name)
    ctx.store.table(keys).put(key.id, withoutAlias(key, name))
    return {}
  },
})

function entryOf(ctx: Context, row: AliasRow): AliasListEntry {
  return {
    AliasName: row.name,
    AliasArn: arnOf(ctx.region, ctx.account, row.name),
    TargetKeyId: row.keyId,
    CreationDate: new Date(row.createdAt),
    LastUpdatedDate: new Date(row.updatedAt),
  }
}

/** ListAliases, of the account and Region or of one key. */
export const ListAliases = operation<
  ListAliasesRequest,
  ListAliasesResponse,
  KeySubject | undefined
>(ListAliases$, {
  resolve: (input, ctx) =>
    input.KeyId === undefined ? undefined : ownKey(ctx, input.KeyId, 'ListAliases'),
  access: (_input, ctx) => ({ resource: '*', conditions: callConditions(ctx) }),
  async handle(input, ctx, subject) {
    const name = `aliases/${subject?.key.id ?? ''}`
    const filter = subject && { index: 'key', equals: subject.key.id }
    const { items, ...page } = await pageOf(
      { ctx, name, defaultLimit: 50, maxLimit: 100 },
      input,
      (query) => ctx.store.table(aliases).list({ ...filter, ...query }),
    )
    return { Aliases: items.map((row) => entryOf(ctx, row)), ...page }
  },
})
