import type { HttpRequest } from '@bartizan/waf'
import type { SecretBox } from '../../../kernel/context.ts'
import type { Judged } from '../../../kernel/web-acl.ts'
import { isAnswer, isProof, posed, type Puzzle } from './puzzles.ts'
import { cookieOf, type RequestFacts } from './request-facts.ts'
import {
  openToken,
  sealToken,
  tokenCookie,
  tokenCookieValue,
  tokenDomain,
  type Token,
} from './tokens.ts'

/** Puzzles that were solved, by id: each counts once on this node. */
export class SolvedPuzzles {
  readonly #until = new Map<string, number>()

  /** Whether a puzzle is solved for the first time. */
  isFirst({ id, expiresMs }: Puzzle, nowMs: number): boolean {
    for (const [known, until] of this.#until) {
      if (until > nowMs) break
      this.#until.delete(known)
    }
    if (this.#until.has(id)) return false
    this.#until.set(id, expiresMs)
    return true
  }
}

/** What checking a solution needs to know. */
export interface Verifying {
  readonly box: SecretBox
  readonly solved: SolvedPuzzles
  readonly domains: readonly string[]
  readonly newId: () => string
}

/** Answers a solution that a browser sends: with a token and back to where it wanted to go, or back to another puzzle. */
export function verified(
  request: HttpRequest,
  { host, nowMs }: RequestFacts,
  verifying: Verifying,
): Judged {
  const { box, solved, domains, newId } = verifying
  const form = new URLSearchParams(Buffer.from(request.body).toString('latin1'))
  const sealed = form.get('puzzle') ?? ''
  const puzzle = posed(box, sealed, nowMs)
  if (!puzzle || puzzle.host !== host) return redirect('/', undefined)
  const isSolved =
    isProof(sealed, form.get('solution') ?? '') &&
    (puzzle.kind === 'challenge' || isAnswer(puzzle, form.get('answer') ?? '')) &&
    solved.isFirst(puzzle, nowMs)
  if (!isSolved) return redirect(puzzle.target, undefined)
  const before = openToken(box, cookieOf(request, tokenCookie) ?? '')
  const domain = tokenDomain(host, domains)
  const known = before?.domain === domain ? before : undefined
  const token: Token = {
    ...known,
    id: known?.id ?? newId(),
    domain,
    issuedMs: nowMs,
    [puzzle.kind === 'captcha' ? 'captchaSolvedAtMs' : 'challengeSolvedAtMs']: nowMs,
  }
  return redirect(puzzle.target, tokenCookieValue(sealToken(box, token), token, host))
}

function redirect(target: string, cookie: string | undefined): Judged {
  // A target such as `//other.example` would lead away from this host.
  const location = `/${target.replace(/^[/\\]+/, '')}`
  const headers = ['Location', location, 'Cache-Control', 'no-store']
  if (cookie !== undefined) headers.push('Set-Cookie', cookie)
  return {
    verdict: { action: 'BLOCK', insertedHeaders: [] },
    answer: { status: 303, headers, body: '' },
  }
}
