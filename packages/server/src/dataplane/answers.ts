import { STATUS_CODES } from 'node:http'

/** An answer that the proxy gives itself; the headers' names and values in turn. */
export interface Answer {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: string | Uint8Array
}

/** How the load balancer names itself in its own answers. */
export const serverField = ['Server', 'awselb/2.0'] as const

/**
 * The page that a load balancer shows for an error of its own
 * (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html).
 */
export function errorAnswer(status: number): Answer {
  const known = pages.get(status)
  if (known) return known
  const title = `${status} ${reasonOf(status)}`.trim()
  const body =
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n` +
    `<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`
  const answer = { status, headers: [...serverField, 'Content-Type', 'text/html'], body }
  pages.set(status, answer)
  return answer
}

const pages = new Map<number, Answer>()

/** The words after a status. */
export function reasonOf(status: number): string {
  return STATUS_CODES[status] ?? ''
}

/** An answer as bytes, for connections that are closed with it. */
export function rawAnswer({ status, headers, body }: Answer): Buffer {
  const bytes = Buffer.from(body)
  let head = `HTTP/1.1 ${status} ${reasonOf(status)}\r\n`
  for (let index = 0; index < headers.length; index += 2) {
    head += `${headers[index]}: ${headers[index + 1]}\r\n`
  }
  head += `Content-Length: ${bytes.length}\r\nConnection: close\r\n\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes])
}
