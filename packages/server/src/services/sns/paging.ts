import type { Context } from '../../kernel/context.ts'
import { invalidParameter } from './errors.ts'

/** Every listing of SNS has pages of this size. */
const pageSize = 100

/** One page of a listing; `kind` says which, as a token of one is no use in another. */
export async function pageOf<T>(
  ctx: Context,
  kind: string,
  token: string | undefined,
  fetch: (page: { after?: string; limit: number }) => Promise<readonly { key: string; value: T }[]>,
): Promise<{ readonly items: readonly T[]; readonly NextToken?: string }> {
  const purpose = `sns-list ${kind} ${ctx.account} ${ctx.region}`
  const after = token === undefined ? undefined : ctx.secrets.open(purpose, token)
  if (token !== undefined && after === undefined) throw invalidParameter('NextToken')
  const rows = await fetch({ limit: pageSize + 1, ...(after !== undefined && { after }) })
  const items = rows.slice(0, pageSize).map(({ value }) => value)
  const last = rows[pageSize - 1]
  if (rows.length <= pageSize || !last) return { items }
  return { items, NextToken: ctx.secrets.seal(purpose, last.key) }
}
