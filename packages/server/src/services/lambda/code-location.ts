import { callbackAddress, type Callback } from '../../kernel/callback.ts'
import type { Context } from '../../kernel/context.ts'
import type { Place } from './arns.ts'
import { joinPieces } from './code-store.ts'
import { codePieces, type CodeFacts } from './store.ts'

/** How long a package can be fetched after GetFunction named its place (AWS: ten minutes). */
const validMs = 600_000
const purpose = 'lambda-code'

/** Names a package to the server itself; sealed, so that nobody makes one up. */
interface CodeTicket extends Place {
  readonly code: CodeFacts
  /** Epoch milliseconds. */
  readonly expires: number
}

/** The URL at which a deployment package can be fetched for ten minutes, without credentials. */
export function codeLocation(ctx: Context, { accountId, region }: Place, code: CodeFacts): string {
  const expires = ctx.now.getTime() + validMs
  const ticket: CodeTicket = { accountId, region, code, expires }
  const sealed = ctx.secrets.seal(purpose, JSON.stringify(ticket))
  return callbackAddress(ctx.endpoint, 'lambda', Buffer.from(sealed).toString('base64url'))
}

/** Gives out deployment packages at the addresses that `codeLocation` made. */
export const codeDownload: Callback = {
  run: () => Promise.resolve(false),
  async fetch(ctx, token) {
    const sealed = Buffer.from(token, 'base64url').toString()
    const opened = ctx.secrets.open(purpose, sealed)
    if (opened === undefined) return undefined
    const { accountId, region, code, expires } = JSON.parse(opened) as CodeTicket
    if (ctx.now.getTime() > expires) return undefined
    const pieces = ctx.store.at({ account: accountId, region }).table(codePieces)
    return joinPieces(code, (key) => pieces.get(key))
  },
}
