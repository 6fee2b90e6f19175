import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compile } from './compile.ts'
import { managedRuleGroups } from './managed/index.ts'
import { rule, surroundings, webAcl } from './testing/builders.ts'

/** Repeated, each makes a pattern or a reader begin anew at every place, or try again what it has read. */
const units = [
  ...`a1 '"\`()[]{}<>/\\=-+*.,;:&|$#%_@!?~^`, '\0', '\n', '\r', '\t', '\u2028', '\u0085', '\uff07', 'é', '\ud83d\ude00',
  '\\\n', '|\\', ';\\', '${a/\n', '\r\n', '\n ', '\n(', '\n{', '\n#', '$(', '${', '{{', '}}', '`ls` ', '`a`', '|id ', ';a -b', '&&', '"a"', "'a'.", "' or ", ' or 1=1',
  '/*', '/*a', '*/', '--', '<!--', '<![CDATA[', '<a ', '</', '<script>', '<style>', '<x a="', '&#x3c;', '&lt;', '%2e', '%25', '%u002e',
  '../', '..\\', './', '\\u003c', '\\"', "\\'", '""', "''", '{"a":', '["', '[[', 'a,b\n', 'a=1&', '${a:', '${::-', 'jndi:', 'rO0AB',
  '__', '__a', 'a.b', '@import', 'java.lang.', 'fetch(', 'top[', 'eval(', 'if(', '(select', 'union select ', 'concat(', '$_GET', '$a(',
  '<?php ', '<%', '<!DOCTYPE ', '<!ENTITY a "', '<?xml-stylesheet ', '\nfrom:', '\nheader', 'GET /', '{math ', '{#a', 'function(){',
  'powershell ', 'cmd ', 'cmd|', 'regsvr32\n', 'keep-alive', '-1', '0x', 'a b ', 'aa bb cc ', 'http://a@', 'data:', 'on', ' onerror=',
] // prettier-ignore
/** What stands before a run of blanks, line ends, or other signs that much may follow. */
const heads = ['"', '}', 'cmd|', '<!DOCTYPE', '<%', '@import', '`id`', 'document', 'new Date()', '$a', '\n', 'http://1.2.3.4/a.php', '<a b=', 'powershell', '{#a', 'a=', '<'] // prettier-ignore
const fillers = [' ', '\n', 'a', ';', '?', '_']

const small = 16_384
const large = 65_536
/** Milliseconds that even sixteen times over are no harm. */
const negligible = 2
/** Milliseconds for a little text that need no comparison with more. */
const hopeless = 200

const rules = managedRuleGroups.map(({ name: Name }, Priority) => {
  const statement = { ManagedRuleGroupStatement: { VendorName: 'AWS', Name } }
  return rule(Name, statement, { Priority, OverrideAction: { Count: {} } })
})
const acl = compile(webAcl(rules), { managedRuleGroups })

/** The processor time of a decision, in milliseconds: the lower of two, since the collector's and the compiler's is no request's. */
function cost(type: string, body: Buffer): number {
  const request = {
    method: 'POST',
    target: '/',
    httpVersion: 'HTTP/1.1',
    headers: [
      ['Host', 'shop.example.com'],
      ['User-Agent', 'Mozilla/5.0'],
      ['Content-Type', type],
    ],
    body,
    bodyTruncated: false,
    clientIp: '192.0.2.1',
  } as const
  const decided = (): number => {
    const before = process.threadCpuUsage()
    acl.decide(request, surroundings())
    const { user, system } = process.threadCpuUsage(before)
    return (user + system) / 1000
  }
  const first = decided()
  return first < negligible ? first : Math.min(first, decided())
}

/** A body of so many bytes that ends as no pattern expects. */
function filled(head: string, unit: string, length: number): Buffer {
  const bytes = Buffer.alloc(length, unit)
  bytes.write(head)
  bytes.write('\x01', length - 1)
  return bytes
}

/**
 * Four times the text takes four times as long; what takes sixteen times as long, each time that it is tried, is told. A single
 * time may be the compiler's or the collector's.
 */
function slowBodies(bodies: readonly (readonly [head: string, unit: string, type: string])[]) {
  const slow: string[] = []
  for (const [head, unit, type] of bodies) {
    const isSlow = (): boolean => {
      const little = cost(type, filled(head, unit, small))
      if (little < negligible) return false
      return little > hopeless || cost(type, filled(head, unit, large)) > 7 * little + 25
    }
    if (isSlow() && isSlow() && isSlow()) slow.push(`${JSON.stringify(head + unit)} as ${type}`)
  }
  return slow
}

describe('a hostile body', () => {
  test('of one thing over and over costs no more than its length', () => {
    const bodies = units.map((unit) => ['', unit, 'text/plain'] as const)
    assert.deepEqual(slowBodies(bodies), [])
    assert.ok(bodies.length > 130, String(bodies.length))
  })

  test('of a beginning and a run costs no more than its length', () => {
    const bodies = heads.flatMap((head) =>
      fillers.map((unit) => [head, unit, 'text/plain'] as const),
    )
    assert.deepEqual(slowBodies(bodies), [])
    assert.equal(bodies.length, 102)
  })

  test('costs no more than its length for the readers of each type', () => {
    const types = [
      'application/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=b',
      'text/xml',
      'text/csv',
      'application/graphql',
    ]
    const nested = ['{', '[', '{"a":', '"', '\\"', 'a=', '&', 'a&', '%', '+', '<a>', '<a b="', '<', '<!--', '--b\r\n', '"a",', ',', '#', '"""', '\n', ' '] // prettier-ignore
    const bodies = types.flatMap((type) => nested.map((unit) => ['', unit, type] as const))
    assert.deepEqual(slowBodies(bodies), [])
    assert.equal(bodies.length, 126)
  })
})
