import { createHash } from 'node:crypto'
import texts from './data/texts.json' with { type: 'json' }
import {
  browserHeaders,
  bytesOf,
  formOf,
  multipartOf,
  post,
  type TestRequest,
} from './placements.ts'

/** Makes the same choices in every run: a stream of numbers from a counter. */
class Choices {
  #count = 0

  below(limit: number): number {
    const digest = createHash('sha256').update(String(this.#count++)).digest()
    return digest.readUInt32BE(0) % limit
  }

  of<T>(list: readonly T[]): T {
    const chosen = list[this.below(list.length)]
    if (chosen === undefined) throw new Error('there is nothing to choose from')
    return chosen
  }

  hex(digits: number): string {
    const digest = createHash('sha512').update(`hex ${this.#count++}`).digest('hex')
    return digest.slice(0, digits)
  }

  base64(bytes: number): string {
    const digest = createHash('sha512').update(`base64 ${this.#count++}`).digest()
    return Buffer.concat([digest, digest, digest]).subarray(0, bytes).toString('base64')
  }

  /** A sentence in one of nine languages. */
  sentence(): string {
    return this.of(this.of(Object.values(texts.texts)))
  }
}

const get = (target: string, headers: TestRequest['headers'] = []): TestRequest => ({
  method: 'GET',
  target,
  headers: [...browserHeaders, ...headers],
  body: '',
})
const json = (target: string, value: unknown): TestRequest =>
  post(target, 'application/json', bytesOf(JSON.stringify(value)))
const form = (target: string, fields: Readonly<Record<string, string>>): TestRequest =>
  post(target, 'application/x-www-form-urlencoded', formOf(fields))
const multipart = (target: string, fields: Readonly<Record<string, string>>): TestRequest =>
  post(target, 'multipart/form-data; boundary=XbX', multipartOf(fields))

type Kind = (any: Choices) => TestRequest

const graphql = `query Q($id: ID!, $n: Int = 10) { user(id: $id) { name posts(first: $n, orderBy: { field: CREATED, direction: DESC }) { edges { node { id title } } } } }`

/** Fifteen kinds of ordinary requests. */
const ordinary: readonly Kind[] = [
  (any) =>
    get(`/search?${formOf({ q: any.sentence(), page: '2', sort: any.of(['price', '-date']) })}`),
  (any) =>
    form('/login', {
      email: `user${any.below(99)}@example.com`,
      password: any.base64(9).replaceAll('=', '!#$%'),
      remember: 'on',
    }),
  (any) =>
    form('/register', {
      name: any.of(texts.names),
      street: `Hauptstraße ${any.below(99)}`,
      phone: `+49 (221) 555-${any.below(9999)}`,
      note: any.sentence(),
    }),
  (any) =>
    json('/api/cart', {
      items: [{ sku: `AB-${any.below(999)}`, quantity: 2, price: 19.99, name: any.sentence() }],
      coupon: 'SUMMER-10%',
      currency: 'EUR',
    }),
  (any) =>
    get(
      `/collect?${formOf({ v: '2', tid: `G-${any.hex(8)}`, dl: 'https://shop.example.com/p?x=1&utm_source=news', dt: any.sentence(), sr: '1920x1080' })}`,
    ),
  (any) => json('/graphql', { query: graphql, variables: { id: any.hex(32), n: 20 } }),
  (any) =>
    get(
      `/oauth/callback?${formOf({ code: any.base64(30), state: any.base64(24), scope: 'openid email' })}`,
    ),
  (any) =>
    multipart('/upload', { title: any.sentence(), picture: `\x89PNG\r\n\x1a\n${any.base64(60)}` }),
  (any) =>
    json('/api/users/7', {
      name: any.of(texts.names),
      bio: `${any.sentence()} ${any.sentence()}`,
      settings: { zone: 'Europe/Berlin', notify: { email: true } },
    }),
  (any) =>
    post(
      '/soap',
      'text/xml; charset=utf-8',
      bytesOf(
        `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><m:GetPrice xmlns:m="https://www.example.org/prices"><m:Item>Äpfel &amp; Birnen</m:Item><m:Count>${any.below(99)}</m:Count></m:GetPrice></s:Body></s:Envelope>`,
      ),
    ),
  (any) => get(`/static/js/chunk-${any.hex(6)}.js?v=${any.below(999)}`),
  (any) =>
    json('/webhooks/git', {
      ref: 'refs/heads/main',
      after: any.hex(40),
      commits: [{ id: any.hex(40), message: any.sentence(), added: ['src/index.ts'] }],
    }),
  (any) => json('/chat/messages', { room: any.below(99), text: any.sentence() }),
  (any) =>
    get(
      any.below(2) === 0
        ? `/odata/Products?${formOf({ $filter: "Price gt 20 and Category eq 'Books'", $orderby: 'Name desc' })}`
        : `/api/products?${formOf({ 'filter[price][gte]': '20', include: 'author,reviews', 'page[size]': '25' })}`,
    ),
  (any) =>
    get('/account', [
      [
        'Cookie',
        `_ga=GA1.2.${any.below(1e9)}.${any.below(1e9)}; session=${any.hex(32)}; cart=%5B%7B%22id%22%3A12%7D%5D`,
      ],
      ['Referer', `https://shop.example.com/search?q=${encodeURIComponent(any.sentence())}`],
    ]),
]

/** Text in the places where people write. */
function written(any: Choices, text: string): TestRequest {
  const ways: readonly (() => TestRequest)[] = [
    () => get(`/search?${formOf({ q: text })}`),
    () => form('/comment', { body: text, id: '3' }),
    () => json('/comments', { body: text }),
    () => multipart('/comments', { body: text }),
  ]
  return any.of(ways)()
}

/** Kinds of ordinary requests that look like something else. */
const awkward: readonly Kind[] = [
  (any) => written(any, any.of(texts.awkwardNames)),
  (any) => written(any, any.of(texts.prose)),
  (any) => form('/admin/autosave', { content: any.of(texts.editorHtml), title: any.sentence() }),
  (any) => written(any, any.of(texts.markdown)),
  (any) => written(any, any.of(texts.code)),
  (any) => {
    const body = JSON.stringify(any.of(texts.prose))
    const query = `mutation { addComment(input: { subjectId: "abc", body: ${body} }) { id } }`
    return json('/graphql', { query })
  },
  (any) =>
    get(
      `/go?${formOf({ url: any.of(['https://example.com/?q=a&b=c#d', '//cdn.example.com/lib.js', 'https://user:pw@example.com/x', 'https://example.com/a/../b']) })}`,
    ),
]

function made(kinds: readonly Kind[], count: number): TestRequest[] {
  const any = new Choices()
  return Array.from({ length: count }, (_, index) => {
    const kind = kinds[index % kinds.length]
    if (!kind) throw new Error('there are no kinds')
    return kind(any)
  })
}

/** Ordinary requests, of each kind as many. */
export const ordinaryTraffic = (count: number): TestRequest[] => made(ordinary, count)

/** Awkward but ordinary requests. */
export const awkwardTraffic = (count: number): TestRequest[] => made(awkward, count)
