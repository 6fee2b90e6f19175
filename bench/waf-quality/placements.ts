import type { HttpRequest } from '../../packages/waf/src/request.ts'

/** A request of the quality measurement; texts are byte strings. */
export interface TestRequest {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** An ordinary browser's header fields. */
export const browserHeaders: TestRequest['headers'] = [
  ['Host', 'shop.example.com'],
  [
    'User-Agent',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  ],
  ['Accept', 'text/html,*/*;q=0.8'],
  ['Accept-Language', 'en-US,en;q=0.9'],
  ['Accept-Encoding', 'gzip, br'],
]

/** Text as the bytes that a client sends, one character each. */
export const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

const encoded = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replaceAll(
    /['()]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  )

const get = (target: string, ...more: readonly (readonly [string, string])[]): TestRequest => ({
  method: 'GET',
  target,
  headers: [...browserHeaders, ...more],
  body: '',
})

/** A request with a body. */
export function post(target: string, type: string, body: string): TestRequest {
  const headers = [
    ['Content-Type', type] as const,
    ['Content-Length', String(body.length)] as const,
  ]
  return { method: 'POST', target, headers: [...browserHeaders, ...headers], body }
}

/** A form's body. */
export function formOf(fields: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(fields).map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
  return pairs.join('&').replaceAll('%20', '+')
}

/** A multipart body of text fields, with the boundary `XbX`. */
export function multipartOf(fields: Readonly<Record<string, string>>): string {
  const parts = Object.entries(fields).map(
    ([name, value]) =>
      `--XbX\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${bytesOf(value)}\r\n`,
  )
  return `${parts.join('')}--XbX--\r\n`
}

/** A payload that is percent-encoded already goes as it is. */
const isEncoded = (payload: string): boolean =>
  /%[0-9a-f]{2}/i.test(payload) && !/[<> '"]/.test(payload)

/** Where a payload can stand in a request. */
const places: Readonly<Record<string, (payload: string) => TestRequest>> = {
  query: (payload) => get(`/items?id=3&q=${encoded(payload)}`),
  path: (payload) => get(`/items/${encoded(payload)}/view`),
  header: (payload) => get('/items', ['X-Custom', bytesOf(payload)]),
  referer: (payload) => get('/items', ['Referer', bytesOf(payload)]),
  cookie: (payload) => get('/items', ['Cookie', `sid=abc; pref=${encoded(payload)}`]),
  form: (payload) =>
    post('/save', 'application/x-www-form-urlencoded', formOf({ name: 'joe', text: payload })),
  json: (payload) =>
    post('/api', 'application/json', bytesOf(JSON.stringify({ items: [{ text: payload }] }))),
  multipart: (payload) =>
    post('/upload', 'multipart/form-data; boundary=XbX', multipartOf({ text: payload })),
}

/** A payload in every place that it can stand in. */
export function placed(payload: string): readonly (readonly [place: string, TestRequest])[] {
  if (isEncoded(payload)) {
    const sent = bytesOf(payload).replaceAll(/[ #&]/g, (sign) => encoded(sign))
    return [['query', get(`/items?id=3&q=${sent}`)]]
  }
  return Object.entries(places).map(([place, make]) => [place, make(payload)] as const)
}

/** A request as the engine takes it, with as much of its body as is inspected. */
export function engineRequest({ method, target, headers, body }: TestRequest): HttpRequest {
  const bodyLimit = 65_536
  return {
    method,
    target,
    httpVersion: 'HTTP/1.1',
    headers,
    body: Buffer.from(body.slice(0, bodyLimit), 'latin1'),
    bodyTruncated: body.length > bodyLimit,
    clientIp: '203.0.113.9',
  }
}
