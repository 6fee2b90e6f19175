import type { HttpRequest } from '../request.ts'

/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** An integer from 0 up to, without, `sides`. */
  roll(sides: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * sides)
  }

  pick<T>(of: readonly [T, ...T[]]): T {
    return of[this.roll(of.length)] ?? of[0]
  }
}

interface Seed {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

const agent = [
  'User-Agent',
  'Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0',
] as const

function post(type: string, body: string): Seed {
  const headers = [['Host', 'shop.example.com'], agent, ['Content-Type', type]] as const
  return { method: 'POST', target: '/api/v1/items', headers, body }
}

const multipart =
  '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue\r\n' +
  '--b\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n' +
  '\x89PNG\r\n\x1a\n\0\0\0\rIHDR\r\n--b--\r\n'

const seeds: readonly [Seed, ...Seed[]] = [
  {
    method: 'GET',
    target: '/shop/list?category=shoes&color=dark%20blue&size=42&sort=price&page=2&q=winter+boots',
    headers: [
      ['Host', 'shop.example.com'],
      agent,
      ['Accept', 'text/html,*/*;q=0.8'],
      ['Cookie', 'session=9f86d081884c7d65; theme=dark; cart=%7B%22a%22%3A1%7D'],
      ['X-Forwarded-For', '198.51.100.7, 10.0.0.1'],
    ],
    body: '',
  },
  {
    method: 'GET',
    target: "/a/../b.php?id=1'%20union%20select%201,2--&x=%3Cscript%3E&f=..%2f..%2fetc%2fpasswd",
    headers: [['Host', 'localhost'], agent, ['Referer', 'https://example.com/?q=${jndi:ldap://x}']],
    body: '',
  },
  post('application/x-www-form-urlencoded', 'name=O%27Neil&comment=I+like+this%3B+a+lot&id=7&id=8'),
  post(
    'application/json',
    '{"user":{"name":"Jane","tags":["a","b"],"n":1.5e3},"note":"\\u0041 \\"x\\""}',
  ),
  post('multipart/form-data; boundary=b', multipart),
  post('text/xml', '<?xml version="1.0"?><a x="1"><b>text &amp; more</b><![CDATA[x]]></a>'),
  post('application/graphql', 'query Q($id: ID!) { item(id: $id) { name tags(first: 3) } }'),
  post('text/plain', 'Please select a size from the list; then call me.'),
]

const pieces: readonly [string, ...string[]] = [
  "'", '"', '`', '<', '>', '(', ')', '{', '}', '[', ']', ';', '|', '&', '$', '/', '\\', '..', '=', '#',
  '--', '/*', '*/', '%', '%25', '%00', '%u003c', '%c0%ae', '\0', '\r\n', '\xff', '\xe2\x80\xa8', '+', ' ', '&#x3c;',
  '&lt;', '\\u003c', '\\x3c', '${', '`id`', '$(id)', '<script>', 'javascript:', ' or 1=1', ' union select ',
  '{"a":', '["', '<!--', '<![CDATA[', '<!ENTITY x "', '--b\r\n', 'boundary=', '?', '*', '{{7*7}}', '<?php ',
  'O:8:"a":0:{}', 'rO0AB', '() { :;};', '/etc/passwd', 'PHNjcmlwdD4=', '@@version', '0x41', '~', '^', ',',
] // prettier-ignore

/** The mutated request of a number: the same for the same number. Bodies have up to `bodyLimit` bytes. */
export function mutatedRequest(number: number, bodyLimit: number): HttpRequest {
  const dice = new Dice(number)
  const seed = dice.pick(seeds)
  const isLarge = dice.roll(200) === 0
  const headers = seed.headers.map(([name, value]) => [name, mutated(dice, value, 3)] as const)
  const body = grown(dice, mutated(dice, seed.body, 6), isLarge ? bodyLimit : 2000)
  return {
    method: dice.roll(50) === 0 ? mutated(dice, seed.method, 2) : seed.method,
    target: grown(dice, mutated(dice, seed.target, 4), isLarge ? 8000 : 500),
    httpVersion: 'HTTP/1.1',
    headers,
    body: Buffer.from(body.slice(0, bodyLimit), 'latin1'),
    bodyTruncated: body.length > bodyLimit,
    clientIp: dice.roll(2) === 0 ? '192.0.2.1' : '2001:db8::1',
  }
}

/** Most parts stay as they are. */
function mutated(dice: Dice, text: string, most: number): string {
  let result = text
  for (let left = dice.roll(most + 1); left > 0; left -= 1) result = mutatedOnce(dice, result)
  return result
}

function mutatedOnce(dice: Dice, text: string): string {
  const at = dice.roll(text.length + 1)
  const until = Math.min(text.length, at + dice.roll(12))
  const before = text.slice(0, at)
  const within = text.slice(at, until)
  const after = text.slice(until)
  switch (dice.roll(7)) {
    case 0:
      return before + dice.pick(pieces) + text.slice(at)
    case 1:
      return before + dice.pick(pieces) + dice.pick(pieces) + after
    case 2:
      return before + after
    case 3:
      return before + within.repeat(1 + dice.roll(8)) + after
    case 4:
      return before + encodeURIComponent(within) + after
    case 5:
      return before + String.fromCharCode(dice.roll(256)) + after
    default:
      return before + within.toUpperCase() + after
  }
}

/** Now and then a part of the text is repeated until it is as long as may be: what is slow shows there. */
function grown(dice: Dice, text: string, length: number): string {
  if (text === '' || dice.roll(10) !== 0) return text
  const at = dice.roll(text.length)
  const unit = dice.roll(2) === 0 ? dice.pick(pieces) : text.slice(at, at + 1 + dice.roll(12))
  const room = length - text.length
  if (room <= 0 || unit === '') return text
  return text.slice(0, at) + unit.repeat(Math.ceil(room / unit.length)) + text.slice(at)
}
