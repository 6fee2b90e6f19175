import type { Principal, SecretBox, SessionFacts } from '../context.ts'
import { ids } from '../ids.ts'

/** What a session token holds: everything needed to identify its bearer, without a row anywhere. */
export interface SessionToken {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly principal: Pick<
    Principal,
    'kind' | 'accountId' | 'arn' | 'principalId' | 'roleArn' | 'userName' | 'federatedProvider'
  >
  readonly session: SessionFacts
}

const purpose = 'sts-session-token'

/** New temporary credentials for a principal (`ASIA…`, as STS hands them out). */
export function issueSession(
  box: SecretBox,
  principal: SessionToken['principal'],
  session: SessionFacts,
): { accessKeyId: string; secretAccessKey: string; sessionToken: string } {
  const accessKeyId = ids.unique('ASIA', 16)
  const secretAccessKey = ids.secret(30)
  const token: SessionToken = { accessKeyId, secretAccessKey, principal, session }
  return { accessKeyId, secretAccessKey, sessionToken: box.seal(purpose, JSON.stringify(token)) }
}

const maxCachedSessions = 10_000

/** The session tokens that one installation has opened: opening one takes longer than the call. */
export class SessionCache {
  readonly #box: SecretBox
  readonly #opened = new Map<string, SessionToken>()

  constructor(box: SecretBox) {
    this.#box = box
  }

  /** undefined when the token is not one of this installation's. */
  open(text: string): SessionToken | undefined {
    const known = this.#opened.get(text)
    if (known) return known
    const session = openSession(this.#box, text)
    if (!session) return undefined
    if (this.#opened.size >= maxCachedSessions) this.#opened.clear()
    this.#opened.set(text, session)
    return session
  }

  forget(text: string): void {
    this.#opened.delete(text)
  }
}

function openSession(box: SecretBox, sessionToken: string): SessionToken | undefined {
  const text = box.open(purpose, sessionToken)
  return text === undefined ? undefined : (JSON.parse(text) as SessionToken)
}
