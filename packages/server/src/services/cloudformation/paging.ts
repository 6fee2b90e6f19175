import type { Context } from '../../kernel/context.ts'
import { validation } from './errors.ts'

const purpose = 'cloudformation-page'
const pageSize = 100

/** One page of a list that is at hand; tokens are good for the same list alone. */
export function pageOf<T>(
  ctx: Context,
  list: { readonly name: string; readonly items: readonly T[]; readonly size?: number },
  token: string | undefined,
): { readonly items: T[]; readonly NextToken?: string } {
  const prefix = `${ctx.account}/${ctx.region}/${list.name}/`
  const opened = token === undefined ? `${prefix}0` : ctx.secrets.open(purpose, token)
  if (!opened?.startsWith(prefix)) throw validation('Invalid token')
  const start = Number(opened.slice(prefix.length))
  const end = start + (list.size ?? pageSize)
  const items = list.items.slice(start, end)
  if (end >= list.items.length) return { items }
  return { items, NextToken: ctx.secrets.seal(purpose, `${prefix}${end}`) }
}
