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

/** Opens a session token; undefined when it is not one of ours. */
export function openSession(box: SecretBox, sessionToken: string): SessionToken | undefined {
  const text = box.open(purpose, sessionToken)
  return text === undefined ? undefined : (JSON.parse(text) as SessionToken)
}
