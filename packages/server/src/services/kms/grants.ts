import {
  CreateGrant$,
  InvalidArnException$,
  InvalidGrantIdException$,
  ListGrants$,
  ListRetirableGrants$,
  RetireGrant$,
  RevokeGrant$,
} from '@aws-sdk/client-kms'
import type {
  CreateGrantRequest,
  CreateGrantResponse,
  GrantListEntry,
  ListGrantsRequest,
  ListGrantsResponse,
  ListRetirableGrantsRequest,
  RetireGrantRequest,
  RevokeGrantRequest,
} from '@aws-sdk/client-kms'
import type { MatchedGrant } from '@bartizan/policy'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { callConditions, keyAccess } from './authorisation.ts'
import { notFound, refuseDryRun, validation } from './errors.ts'
import { matched, principalNames } from './grant-matching.ts'
import { grantPrincipal, soughtPrincipal } from './grant-principals.ts'
import { checkGrant, grantConditions, grantEntry, grantLimits, sameGrant } from './grant-rules.ts'
import { requireGrantToken, sealGrantToken } from './grant-tokens.ts'
import type { KeySubject } from './key-reference.ts'
import { requireState } from './key-states.ts'
import { findKey } from './managed-keys.ts'
import { arnOf } from './model.ts'
import { pageOf } from './paging.ts'
import { grants, keys, retirables } from './store.ts'
import type { GrantRow, RetirableRow } from './store.ts'

function grantKey(ctx: Context, keyId: string | undefined, name: string): Promise<KeySubject> {
  return findKey(ctx, keyId ?? '', { operation: name, alias: false, crossAccount: true })
}

async function newGrant(
  ctx: Context,
  { key }: KeySubject,
  input: CreateGrantRequest,
): Promise<GrantRow> {
  const { GranteePrincipal, GranteeServicePrincipal, RetiringPrincipal } = input
  const retiring =
    RetiringPrincipal === undefined
      ? input.RetiringServicePrincipal
      : await grantPrincipal(ctx, RetiringPrincipal)
  const retiringAccount = accountOf(RetiringPrincipal ?? '')
  const grantee =
    GranteePrincipal === undefined
      ? GranteeServicePrincipal
      : await grantPrincipal(ctx, GranteePrincipal)
  return {
    id: ctx.ids.hex(64),
    keyId: key.id,
    ...(input.Name !== undefined && { name: input.Name }),
    createdAt: ctx.now.toISOString(),
    issuingAccount: arnOf(ctx.region, ctx.account, 'root').replace(/kms:[^:]+/, 'iam:'),
    grantee: grantee ?? '',
    granteeIsService: GranteePrincipal === undefined,
    ...(retiring !== undefined && { retiring }),
    ...(retiringAccount !== undefined && { retiringAccount }),
    retiringIsService: input.RetiringServicePrincipal !== undefined,
    operations: [...new Set(input.Operations)],
    limits: grantLimits(input.Constraints),
  }
}

/** The account of a principal, which its ARN or its own id tells; services have none. */
function accountOf(principal: string): string | undefined {
  if (/^\d{12}$/.test(principal)) return principal
  return principal.startsWith('arn:') ? principal.split(':')[4] : undefined
}

function retirableTable(ctx: Context, { retiringAccount: account }: GrantRow) {
  return account ? ctx.store.at({ account }).table(retirables) : undefined
}

function keepGrant(ctx: Context, { key, tables }: KeySubject, grant: GrantRow): void {
  tables.table(grants).put(`${key.id}/${grant.id}`, grant)
  retirableTable(ctx, grant)?.put(grant.id, {
    keyAccount: key.accountId,
    keyId: key.id,
    grantId: grant.id,
    retiring: grant.retiring ?? '',
  })
}

function dropGrant(ctx: Context, { key, tables }: KeySubject, grant: GrantRow): void {
  tables.table(grants).delete(`${key.id}/${grant.id}`)
  retirableTable(ctx, grant)?.delete(grant.id)
}

/** A grant with the name and content of the request: retries do not make another. */
async function earlierGrant(
  { key, tables }: KeySubject,
  wanted: GrantRow,
): Promise<GrantRow | undefined> {
  if (wanted.name === undefined) return undefined
  const query = { index: 'name', equals: `${key.id} ${wanted.name}` }
  const rows = await tables.table(grants).list(query)
  return rows.map((row) => row.value).find((row) => sameGrant(row, wanted))
}

/** CreateGrant. */
export const CreateGrant = operation<CreateGrantRequest, CreateGrantResponse, KeySubject>(
  CreateGrant$,
  {
    resolve: (input, ctx) => grantKey(ctx, input.KeyId, 'CreateGrant'),
    access: (input, ctx, subject) =>
      keyAccess(ctx, subject, {
        conditions: grantConditions(ctx, input),
        grantTokens: input.GrantTokens,
        grant: {
          operation: 'CreateGrant',
          child: { operations: input.Operations ?? [], limits: grantLimits(input.Constraints) },
        },
      }),
    async handle(input, ctx, subject) {
      checkGrant(subject.key, input)
      requireState(subject.key, 'CreateGrant')
      const wanted = await newGrant(ctx, subject, input)
      refuseDryRun(input.DryRun)
      const earlier = await earlierGrant(subject, wanted)
      const grant = earlier ?? wanted
      if (!earlier) keepGrant(ctx, subject, grant)
      // The key is written too, so that of two retries at once the second finds the first's grant.
      if (grant.name !== undefined) subject.tables.table(keys).put(subject.key.id, subject.key)
      // The token is as good as the grant, so the record does without it, as AWS's does.
      ctx.audit.responseElements({ grantId: grant.id, keyId: subject.key.arn })
      return { GrantId: grant.id, GrantToken: sealGrantToken(ctx, subject.key, grant.id) }
    },
  },
)

/** ListGrants of a key. */
export const ListGrants = operation<ListGrantsRequest, ListGrantsResponse, KeySubject>(
  ListGrants$,
  {
    check(input) {
      if (input.GranteePrincipal !== undefined && input.GranteeServicePrincipal !== undefined) {
        throw validation(
          'You can specify either GranteePrincipal or GranteeServicePrincipal, but not both.',
        )
      }
    },
    resolve: (input, ctx) => grantKey(ctx, input.KeyId, 'ListGrants'),
    access: (_input, ctx, subject) =>
      keyAccess(ctx, subject, { conditions: { 'kms:grantisforawsresource': isForService(ctx) } }),
    async handle(input, ctx, subject) {
      const { key, tables } = subject
      const grantee =
        input.GranteePrincipal === undefined
          ? input.GranteeServicePrincipal
          : await soughtPrincipal(ctx, input.GranteePrincipal)
      const filter =
        grantee === undefined
          ? { index: 'key', equals: key.id }
          : { index: 'grantee', equals: `${key.id} ${grantee}` }
      if (input.GrantId !== undefined) {
        if (!/^[0-9a-f]{64}$/.test(input.GrantId)) {
          throw awsError(InvalidGrantIdException$, `Grant ID ${input.GrantId} is not valid.`)
        }
        const row = await tables.table(grants).get(`${key.id}/${input.GrantId}`)
        const shown = row && (grantee === undefined || row.grantee === grantee)
        return { Grants: shown ? [await grantEntry(ctx, key.arn, row)] : [], Truncated: false }
      }
      const listing = {
        ctx,
        name: `grants/${key.id}/${grantee ?? ''}`,
        defaultLimit: 50,
        maxLimit: 100,
      }
      const { items, ...page } = await pageOf(listing, input, (query) =>
        tables.table(grants).list({ ...filter, ...query }),
      )
      const entries = items.map((row) => grantEntry(ctx, key.arn, row))
      return { Grants: await Promise.all(entries), ...page }
    },
  },
)

function isForService(ctx: Context): string {
  return String(ctx.viaService !== undefined || ctx.principal.kind === 'service')
}

/** A grant to be ended, with its key. */
interface GrantSubject extends KeySubject {
  readonly grant: GrantRow | undefined
}

async function grantSubject(
  subject: KeySubject,
  grantId: string | undefined,
): Promise<GrantSubject> {
  const { key, tables } = subject
  return { ...subject, grant: await tables.table(grants).get(`${key.id}/${grantId ?? ''}`) }
}

function requireGrant({ grant, key }: GrantSubject, grantId: string | undefined): GrantRow {
  if (!grant) {
    throw notFound(`Grant ID ${grantId ?? ''} not found in key ${key.arn}`)
  }
  return grant
}

/** RevokeGrant, by those whom the key policy or IAM lets. */
export const RevokeGrant = operation<RevokeGrantRequest, object, GrantSubject>(RevokeGrant$, {
  resolve: async (input, ctx) =>
    grantSubject(await grantKey(ctx, input.KeyId, 'RevokeGrant'), input.GrantId),
  access: (_input, ctx, subject) =>
    keyAccess(ctx, subject, { conditions: { 'kms:grantisforawsresource': isForService(ctx) } }),
  handle(input, ctx, subject) {
    const grant = requireGrant(subject, input.GrantId)
    refuseDryRun(input.DryRun)
    dropGrant(ctx, subject, grant)
    return {}
  },
})

async function retireSubject(input: RetireGrantRequest, ctx: Context): Promise<GrantSubject> {
  if (input.GrantToken === undefined) {
    if (input.KeyId === undefined || input.GrantId === undefined) {
      throw validation('You must specify a GrantToken, or both a KeyId and a GrantId.')
    }
    return grantSubject(await grantKey(ctx, input.KeyId, 'RetireGrant'), input.GrantId)
  }
  const token = requireGrantToken(ctx, input.GrantToken)
  const tables = ctx.store.at({ account: token.accountId })
  const key = await tables.table(keys).get(token.keyId)
  if (!key) throw notFound(`Key '${token.keyArn}' does not exist`)
  return grantSubject({ key, tables }, token.grantId)
}

/** Whether the grant itself lets the caller retire it. */
function mayRetire(ctx: Context, grant: GrantRow | undefined): readonly MatchedGrant[] {
  if (!grant) return []
  const isService = ctx.principal.kind === 'service'
  return principalNames(ctx.principal).flatMap((name) => {
    const retires = grant.retiring === name && grant.retiringIsService === isService
    const isGrantee = grant.grantee === name && grant.granteeIsService === isService
    const may = retires || (isGrantee && grant.operations.includes('RetireGrant'))
    return may ? [matched(grant, name)] : []
  })
}

/** RetireGrant, by the retiring principal, a grantee with RetireGrant, or whom policies let. */
export const RetireGrant = operation<RetireGrantRequest, object, GrantSubject>(RetireGrant$, {
  resolve: retireSubject,
  access: (_input, ctx, subject) => ({
    ...keyAccess(ctx, subject),
    grants: () => Promise.resolve(mayRetire(ctx, subject.grant)),
  }),
  handle(input, ctx, subject) {
    const grant = requireGrant(subject, input.GrantId)
    refuseDryRun(input.DryRun)
    dropGrant(ctx, subject, grant)
    return {}
  },
})

async function entryAt(ctx: Context, row: RetirableRow): Promise<GrantListEntry[]> {
  const tables = ctx.store.at({ account: row.keyAccount })
  const grant = await tables.table(grants).get(`${row.keyId}/${row.grantId}`)
  const arn = arnOf(ctx.region, row.keyAccount, `key/${row.keyId}`)
  return grant ? [await grantEntry(ctx, arn, grant)] : []
}

/** ListRetirableGrants: grants on any account's keys that a principal of this account may retire. */
export const ListRetirableGrants = operation<ListRetirableGrantsRequest, ListGrantsResponse>(
  ListRetirableGrants$,
  {
    check(input) {
      if (
        (input.RetiringPrincipal === undefined) ===
        (input.RetiringServicePrincipal === undefined)
      ) {
        throw validation(
          'You must specify either RetiringPrincipal or RetiringServicePrincipal, but not both.',
        )
      }
    },
    access: (_input, ctx) => ({ resource: '*', conditions: callConditions(ctx) }),
    async handle(input, ctx) {
      const { RetiringPrincipal: principal, RetiringServicePrincipal: service = '' } = input
      if (principal !== undefined && accountOf(principal) === undefined) {
        throw awsError(InvalidArnException$, `Invalid arn ${principal}`)
      }
      const retiring = principal === undefined ? service : await soughtPrincipal(ctx, principal)
      const listing = { ctx, name: `retirable/${retiring}`, defaultLimit: 50, maxLimit: 100 }
      const { items, ...page } = await pageOf(listing, input, (query) =>
        ctx.store.table(retirables).list({ index: 'retiring', equals: retiring, ...query }),
      )
      const entries = await Promise.all(items.map((row) => entryAt(ctx, row)))
      return { Grants: entries.flat(), ...page }
    },
  },
)
