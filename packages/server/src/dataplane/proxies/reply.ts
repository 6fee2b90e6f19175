import type { Judged } from '../../kernel/web-acl.ts'
import type { Answer } from '../answers.ts'
import type { Proxy } from './question.ts'

/** The header field with which nginx fetches the answer that it is to give. */
export const answerField = 'X-Bartizan-Waf-Answer'

const page: Answer = {
  status: 403,
  headers: ['Content-Type', 'text/html'],
  body:
    '<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n' +
    '<center><h1>403 Forbidden</h1></center>\r\n</body>\r\n</html>\r\n',
}

/** What a client is to get; undefined where its request goes on. */
export function answerOf({ verdict, answer }: Judged): Answer | undefined {
  return verdict.action === 'ALLOW' && !answer ? undefined : (answer ?? page)
}

/** Lets a request go on, with the fields that rules insert. */
export function permission({ verdict }: Judged): Answer {
  return { status: 200, headers: verdict.insertedHeaders.flat(), body: '' }
}

/** What a proxy is told so that its client gets an answer; `keep` holds an answer that is fetched apart. */
export function refusalTo(proxy: Proxy, answer: Answer, keep: (answer: Answer) => string): Answer {
  const { status } = answer
  // nginx gives no answer but 401 and 403, and no body.
  if (proxy === 'nginx') return { status: 403, headers: [answerField, keep(answer)], body: '' }
  // Traefik lets a request go on at any 2xx, Envoy at 200: a custom response or a challenge can have those.
  const isPermission = proxy === 'traefik' ? status >= 200 && status < 300 : status === 200
  return isPermission ? { ...answer, status: 403 } : answer
}
