import { compilePolicy } from '@bartizan/policy'
import type { PolicySource } from '@bartizan/policy'
import type { Context, Tables } from '../../kernel/context.ts'
import type { Access } from '../../kernel/service.ts'
import { resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { notFound, noVersion } from './errors.ts'
import { keyOf, parameterArn, parseReference } from './names.ts'
import type { Reference } from './names.ts'
import { earlierVersions, parameters, versionKey } from './store.ts'
import type { ParameterRow, VersionFacts } from './store.ts'

/** The parameter that a request names, whether or not it exists, with its account's tables. */
export interface Sought {
  readonly reference: Reference
  readonly account: string
  readonly arn: string
  readonly row?: ParameterRow
  readonly tables: Tables
}

/** Looks for the parameter of a name or ARN. Throws ValidationException. */
export function seek(ctx: Context, text: string | undefined): Promise<Sought> {
  return seekReference(ctx, parseReference(text ?? ''))
}

/** Looks for a parameter of the caller's own by name. */
export function seekName(ctx: Context, name: string): Promise<Sought> {
  return seekReference(ctx, { name, key: keyOf(name) })
}

async function seekReference(ctx: Context, reference: Reference): Promise<Sought> {
  const { key, secret } = reference
  const { account, region } = reference.arn ?? ctx
  const tables = account === ctx.account ? ctx.store : ctx.store.at({ account })
  const isHere = region === ctx.region && secret === undefined
  const row = isHere ? await tables.table(parameters).get(key) : undefined
  const arn = parameterArn(region, account, key)
  return { reference, account, arn, tables, ...(row && { row }) }
}

/** The parameter that was found; it is named in the audit record. Throws ParameterNotFound. */
export function found(ctx: Context, { row, account }: Sought): ParameterRow {
  if (!row) throw notFound()
  ctx.audit.resource({ ARN: row.arn, accountId: account, type: 'AWS::SSM::Parameter' })
  return row
}

const sources = new WeakMap<ParameterRow, PolicySource>()

function policyOf(row: ParameterRow | undefined): PolicySource | undefined {
  if (!row?.sharing) return undefined
  let source = sources.get(row)
  if (!source) {
    source = { id: row.arn, policy: compilePolicy(row.sharing.policy, 'resource') }
    sources.set(row, source)
  }
  return source
}

const tagKeys = new WeakMap<ParameterRow, Readonly<Record<string, string>>>()

/** The condition keys of a parameter's tags, under both names that SSM has for them. */
function tagConditions(row: ParameterRow): Readonly<Record<string, string>> {
  const kept = tagKeys.get(row)
  if (kept) return kept
  const own: Record<string, string> = {}
  for (const [key, value] of Object.entries(row.tags)) {
    own[`ssm:resourcetag/${key.toLowerCase()}`] = value
  }
  const conditions = { ...resourceTagConditions(row.tags), ...own }
  tagKeys.set(row, conditions)
  return conditions
}

/** What an operation adds to the permission that it needs on a parameter. */
export interface ParameterUse {
  /** Defaults to the operation's own name. */
  readonly action?: string
  readonly conditions?: Access['conditions']
}

/** The permission that an operation needs on a parameter. */
export function parameterAccess(sought: Sought, use: ParameterUse = {}): Access {
  const { arn, account, row } = sought
  const resourcePolicy = policyOf(row)
  return {
    ...(use.action !== undefined && { action: `ssm:${use.action}` }),
    resource: arn,
    resourceAccount: account,
    unseen: 'this resource',
    ...(resourcePolicy && { resourcePolicy }),
    ...(row || use.conditions
      ? { conditions: { ...(row && tagConditions(row)), ...use.conditions } }
      : {}),
  }
}

/** The version that a selector picks: the current one without any. Throws ParameterVersionNotFound. */
export async function selected(
  sought: Pick<Sought, 'tables' | 'reference'>,
  row: ParameterRow,
): Promise<VersionFacts> {
  const { selector, key, name } = sought.reference
  if (selector === undefined) return row
  const version = /^\d+$/.test(selector) ? Number(selector) : row.labels[selector]
  const facts =
    version === undefined ? undefined : await versionOf(sought.tables, { row, key, version })
  if (!facts) throw noVersion(name, selector)
  return facts
}

/** One version of a parameter, if it is kept. */
export async function versionOf(
  tables: Tables,
  { row, key, version }: { row: ParameterRow; key: string; version: number },
): Promise<VersionFacts | undefined> {
  if (version === row.version) return row
  if (version < row.oldest || version > row.version) return undefined
  return tables.table(earlierVersions).get(versionKey(key, version))
}
