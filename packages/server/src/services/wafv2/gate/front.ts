import type { CompiledWebAcl, HttpRequest, Surroundings, Verdict } from '@bartizan/waf'
import type { Kernel } from '../../../kernel/kernel.ts'
import type { GuardedResource, Judged, WebAclGate } from '../../../kernel/web-acl.ts'
import type { Aftermath } from './aftermath.ts'
import type { Locations } from './locations.ts'
import { occurrence } from './occurrence.ts'
import { captchaPage, challengePage, pageHeaders, verificationPath } from './pages.ts'
import { newCaptcha, pose } from './puzzles.ts'
import { headerOf, hostOf, type RequestFacts } from './request-facts.ts'
import { judgeToken } from './tokens.ts'
import { verified, type SolvedPuzzles } from './verification.ts'

/** A compiled web ACL with all that its verdicts lead to. */
export interface FrontParts {
  readonly kernel: Kernel
  readonly compiled: CompiledWebAcl
  readonly tokenDomains: readonly string[]
  readonly bodyLimit: number
  readonly aftermath: Aftermath
  readonly locations: Locations
  readonly solved: SolvedPuzzles
}

/** A web ACL in front of one resource. */
export class Front implements WebAclGate {
  readonly bodyLimit: number
  readonly #parts: FrontParts
  readonly #resource: GuardedResource

  constructor(parts: FrontParts, resource: GuardedResource) {
    this.bodyLimit = parts.bodyLimit
    this.#parts = parts
    this.#resource = resource
  }

  inspect(request: HttpRequest): Judged {
    const { kernel, compiled, aftermath } = this.#parts
    const facts = { host: hostOf(request), nowMs: kernel.clock.now().getTime() }
    if (request.method === 'POST' && request.target === verificationPath) {
      return this.#verify(request, facts)
    }
    const verdict = compiled.decide(request, this.#surroundings(facts))
    const answer = this.#answer(request, verdict, facts)
    const isForwarded = verdict.action === 'ALLOW'
    const responseCode = isForwarded ? undefined : (answer?.status ?? 403)
    const { nowMs: atMs } = facts
    aftermath.note(occurrence(request, verdict, { atMs, responseCode, resource: this.#resource }))
    return answer ? { verdict, answer } : { verdict }
  }

  #surroundings({ host, nowMs }: RequestFacts): Surroundings {
    const { kernel, locations, aftermath } = this.#parts
    return {
      nowMs,
      country: locations.country,
      asn: locations.asn,
      rates: aftermath.rates,
      token: (value, domains) => judgeToken(kernel.box, value, { host, domains, nowMs }),
    }
  }

  #verify(request: HttpRequest, facts: RequestFacts): Judged {
    const { kernel, solved, tokenDomains } = this.#parts
    const newId = (): string => kernel.ids.uuid()
    return verified(request, facts, { box: kernel.box, solved, domains: tokenDomains, newId })
  }

  #answer(
    request: HttpRequest,
    { action, customResponse }: Verdict,
    facts: RequestFacts,
  ): Judged['answer'] {
    if (action === 'CAPTCHA' || action === 'CHALLENGE') return this.#puzzle(action, request, facts)
    if (!customResponse) return undefined
    const { status, headers, body } = customResponse
    const named = body === undefined ? [] : ['Content-Type', body.contentType]
    return { status, headers: [...named, ...headers.flat()], body: body?.content ?? '' }
  }

  /** The page, for browsers that ask for one; others are told by the header alone. */
  #puzzle(
    action: 'CAPTCHA' | 'CHALLENGE',
    request: HttpRequest,
    { host, nowMs }: RequestFacts,
  ): NonNullable<Judged['answer']> {
    const kind = action === 'CAPTCHA' ? 'captcha' : 'challenge'
    const status = action === 'CAPTCHA' ? 405 : 202
    const wantsPage =
      request.method === 'GET' && (headerOf(request, 'accept') ?? '').includes('text/html')
    if (!wantsPage) {
      const headers = ['X-Amzn-Waf-Action', kind, 'Cache-Control', 'no-store, max-age=0']
      return { status, headers, body: '' }
    }
    const { box, ids } = this.#parts.kernel
    const nonce = ids.hex(32)
    const captcha = kind === 'captcha' ? newCaptcha() : undefined
    const answers = captcha?.answers ?? []
    const puzzle = pose(box, { kind, id: ids.uuid(), host, target: request.target, answers }, nowMs)
    const body = captcha ? captchaPage(puzzle, captcha, nonce) : challengePage(puzzle, nonce)
    return { status, headers: pageHeaders(kind, nonce), body }
  }
}
