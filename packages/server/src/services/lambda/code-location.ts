import type { Context } from '../../kernel/context.ts'
import type { Place } from './arns.ts'
import type { CodeFacts } from './store.ts'

/** How long a package can be fetched after GetFunction named its place (AWS: ten minutes). */
const validMs = 600_000

/** Names a package to the server itself; sealed, so that nobody makes one up. */
export interface CodeTicket {
  readonly accountId: string
  readonly region: string
  readonly code: CodeFacts
  /** Epoch milliseconds. */
  readonly expires: number
}

/** The purpose that tickets are sealed for. */
export const ticketPurpose = 'lambda-code'

/** The URL at which a deployment package can be fetched for ten minutes, without credentials. */
export function codeLocation(ctx: Context, { accountId, region }: Place, code: CodeFacts): string {
  const expires = ctx.now.getTime() + validMs
  const ticket: CodeTicket = { accountId, region, code, expires }
  const sealed = ctx.secrets.seal(ticketPurpose, JSON.stringify(ticket))
  return `${ctx.endpoint}/_bartizan/lambda-code?ticket=${encodeURIComponent(sealed)}`
}
