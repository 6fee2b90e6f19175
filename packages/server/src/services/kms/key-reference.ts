import { InvalidArnException$ } from '@aws-sdk/client-kms'
import type { Context, Tables } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { unseenMessage } from '../../kernel/identity/authorise.ts'
import { denied, notFound } from './errors.ts'
import { arnOf } from './model.ts'
import { aliases, keys } from './store.ts'
import type { KeyRow } from './store.ts'

/** A key that a request named, with the tables of the account that owns it. */
export interface KeySubject {
  readonly key: KeyRow
  readonly tables: Tables
  /** The alias name by which the request named it. */
  readonly alias?: string
}

/** How an operation lets callers name a key. */
export interface ReferenceRules {
  readonly operation: string
  readonly alias: boolean
  readonly crossAccount: boolean
}

const keyIdForm = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/
const arnForm = /^arn:([a-z-]+):kms:([a-z0-9-]+):(\d{12}):(key|alias)\/(.+)$/

/** A key reference, taken apart. */
interface Reference {
  readonly accountId: string
  readonly keyId?: string
  readonly alias?: string
}

function parse(ctx: Context, text: string, rules: ReferenceRules): Reference {
  if (text.startsWith('arn:')) return parseArn(ctx, text, rules)
  if (text.startsWith('alias/') && rules.alias) return { accountId: ctx.account, alias: text }
  if (!keyIdForm.test(text)) throw notFound(`Invalid keyId '${text}'`)
  return { accountId: ctx.account, keyId: text }
}

function parseArn(ctx: Context, text: string, rules: ReferenceRules): Reference {
  const [, , region, accountId, kind, name] = arnForm.exec(text) ?? []
  if (!region || !accountId || !name) throw awsError(InvalidArnException$, `Invalid arn ${text}`)
  if (region !== ctx.region) throw notFound(`Invalid arn ${region}`)
  if (kind === 'alias') {
    if (!rules.alias) throw awsError(InvalidArnException$, `Invalid arn ${text}`)
    return { accountId, alias: `alias/${name}` }
  }
  if (!keyIdForm.test(name)) throw notFound(`Invalid keyId '${name}'`)
  return { accountId, keyId: name }
}

/** What AWS says where saying more would tell that another account's key exists or not. */
export function deniedUnseen(ctx: Context, operation: string, subject = 'this resource'): Error {
  return denied(unseenMessage(ctx.principal.arn, `kms:${operation}`, subject))
}

/**
 * Finds the key that a KeyId names: key id, key ARN, alias name or alias ARN.
 * Errors are AWS's: NotFoundException, InvalidArnException, AccessDeniedException across accounts.
 */
export async function resolveKey(
  ctx: Context,
  text: string,
  rules: ReferenceRules,
): Promise<KeySubject> {
  const reference = parse(ctx, text, rules)
  const own = reference.accountId === ctx.account
  if (!own && !rules.crossAccount) throw deniedUnseen(ctx, rules.operation)
  const tables = own ? ctx.store : ctx.store.at({ account: reference.accountId })
  const keyId = reference.keyId ?? (await aliasTarget(tables, reference.alias ?? ''))
  const key = keyId === undefined ? undefined : await tables.table(keys).get(keyId)
  if (key) return { key, tables, ...(reference.alias && { alias: reference.alias }) }
  if (!own) throw deniedUnseen(ctx, rules.operation)
  if (reference.alias) {
    throw notFound(`Alias ${arnOf(ctx.region, ctx.account, reference.alias)} is not found.`)
  }
  throw notFound(`Key '${arnOf(ctx.region, ctx.account, `key/${keyId}`)}' does not exist`)
}

async function aliasTarget(tables: Tables, alias: string): Promise<string | undefined> {
  return (await tables.table(aliases).get(alias))?.keyId
}
