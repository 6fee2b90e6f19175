import type { HttpRequest } from '@bartizan/waf'

/** A request to be judged, and when it came. */
export interface RecordedRequest {
  readonly request: HttpRequest
  readonly atMs: number
}

const line = /^(\S+) (\S+)(?: (HTTP\/[\d.]+))?$/

/** The request that a file holds as it goes over the wire: a request line, headers, an empty line, the body. Throws for anything else. */
export function parseHttpFile(bytes: Buffer, clientIp: string): HttpRequest {
  const text = bytes.toString('latin1')
  const end = /\r?\n\r?\n/.exec(text)
  const head = end ? text.slice(0, end.index) : text.replace(/\r?\n$/, '')
  const [first = '', ...fields] = head.split(/\r?\n/)
  const [, method, target, httpVersion = 'HTTP/1.1'] = line.exec(first) ?? []
  if (method === undefined || target === undefined) {
    throw new Error('the file does not begin with a request line such as GET /path HTTP/1.1')
  }
  const headers = fields.map((field): [string, string] => {
    const colon = field.indexOf(':')
    if (colon < 1) throw new Error(`this is no header: ${field}`)
    return [field.slice(0, colon), field.slice(colon + 1).trim()]
  })
  const body = end ? Buffer.from(text.slice(end.index + end[0].length), 'latin1') : Buffer.alloc(0)
  return { method, target, httpVersion, headers, body, bodyTruncated: false, clientIp }
}

const entry =
  /^(\S+) \S+ .*?\[([^\]]+)\] "(\S+) (\S+)(?: (HTTP\/[\d.]+))?" \d+ \S+(?: "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)")?/

/** The requests of an access log in the common or combined format; lines that are not such are left out. */
export function parseAccessLog(text: string): RecordedRequest[] {
  return text.split('\n').flatMap((each) => {
    const [, clientIp = '', date = '', method = '', target = '', version, referer, agent] =
      entry.exec(each) ?? []
    if (method === '') return []
    const headers: [string, string][] = []
    if (agent !== undefined && agent !== '-') headers.push(['User-Agent', agent])
    if (referer !== undefined && referer !== '-') headers.push(['Referer', referer])
    const httpVersion = version ?? 'HTTP/1.1'
    const body = new Uint8Array()
    const request = { method, target, httpVersion, headers, body, bodyTruncated: false, clientIp }
    return [{ request, atMs: dateOf(date) }]
  })
}

/** `10/Oct/2026:13:55:36 +0200`. */
function dateOf(text: string): number {
  const [, day, month, year, time, zone] =
    /^(\d+)\/(\w+)\/(\d+):([\d:]+) ?([+-]\d+)?/.exec(text) ?? []
  const atMs = Date.parse(`${day} ${month} ${year} ${time} ${zone ?? '+0000'}`)
  return Number.isNaN(atMs) ? 0 : atMs
}

/** The parts of a HAR that are read. */
interface Har {
  readonly log?: {
    readonly entries?: readonly {
      readonly startedDateTime?: string
      readonly request: {
        readonly method: string
        readonly url: string
        readonly httpVersion?: string
        readonly headers?: readonly { readonly name: string; readonly value: string }[]
        readonly postData?: { readonly text?: string }
      }
    }[]
  }
}

/** The requests of a HAR, as browsers save them. */
export function parseHar(text: string, clientIp: string): RecordedRequest[] {
  const { log } = JSON.parse(text) as Har
  return (log?.entries ?? []).map(({ startedDateTime = '', request }) => {
    const { pathname, search, host } = new URL(request.url)
    const sent = (request.headers ?? [])
      .filter(({ name }) => !name.startsWith(':'))
      .map(({ name, value }): [string, string] => [name, Buffer.from(value).toString('latin1')])
    const hasHost = sent.some(([name]) => name.toLowerCase() === 'host')
    return {
      atMs: Date.parse(startedDateTime) || 0,
      request: {
        method: request.method,
        target: pathname + search,
        httpVersion: (request.httpVersion ?? 'HTTP/1.1').toUpperCase(),
        headers: hasHost ? sent : [['host', host], ...sent],
        body: Buffer.from(request.postData?.text ?? ''),
        bodyTruncated: false,
        clientIp,
      },
    }
  })
}
