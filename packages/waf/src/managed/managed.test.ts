import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseRequest } from '../parse-request.ts'
import { request as httpRequest } from '../testing/builders.ts'
import { managedRuleGroups } from './index.ts'
import type { ManagedMatch, ManagedRule, RequestExample } from './rule.ts'
import { sceneOf } from './testing/scene.ts'

const browser: Readonly<Record<string, string>> = {
  host: 'shop.example',
  'user-agent':
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36',
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'accept-language': 'de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7',
  'accept-encoding': 'gzip, deflate, br, zstd',
  'sec-ch-ua': '"Chromium";v="124", "Google Chrome";v="124", "Not-A.Brand";v="99"',
  referer: 'https://shop.example/',
}

function inspected(rule: ManagedRule, example: RequestExample): ManagedMatch | undefined {
  const { method = 'GET', target = '/', headers = {}, body = '', clientIp = '192.0.2.1' } = example
  const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  const parsed = parseRequest({
    ...httpRequest({
      method,
      target,
      clientIp,
      headers: Object.entries({ ...browser, ...length, ...headers }),
    }),
    body: Buffer.from(body),
  })
  return rule.inspect(parsed, sceneOf(example))
}

/** The groups that look at what a request says, and not at who sends it how often. */
const contentGroups = managedRuleGroups.slice(0, 9)

describe('managed rules', () => {
  test('every rule matches its attacks and lets its benign requests be', () => {
    let rules = 0
    const wrong: string[] = []
    for (const group of managedRuleGroups) {
      for (const rule of group.rules) {
        rules += 1
        const { attack, benign } = rule.examples
        assert.ok(attack.length > 0 && benign.length > 0, `${rule.name} has no examples`)
        for (const each of attack) {
          if (inspected(rule, each) === undefined)
            wrong.push(`${rule.name} misses ${JSON.stringify(each).slice(0, 300)}`)
        }
        for (const each of benign) {
          const found = inspected(rule, each)
          if (found)
            wrong.push(
              `${rule.name} takes ${JSON.stringify(each).slice(0, 300)} for ${found.reason}: ${found.evidence}`,
            )
        }
      }
    }
    assert.deepEqual(wrong, [])
    assert.equal(rules, 138)
  })

  test('names and labels are each used once in a group', () => {
    for (const { rules } of managedRuleGroups) {
      assert.equal(new Set(rules.map(({ name }) => name)).size, rules.length)
      assert.equal(new Set(rules.map(({ label }) => label)).size, rules.length)
    }
  })

  test('no rule stops the benign requests of another', () => {
    const except = new Set([
      'AdminProtection_URIPATH',
      'NoUserAgent_HEADER',
      'WordPressExploitablePaths_URIPATH',
    ])
    const rules = contentGroups
      .flatMap((group) => group.rules)
      .filter(({ name }) => !except.has(name))
    const wrong: string[] = []
    for (const { examples, name } of rules) {
      for (const each of examples.benign) {
        for (const rule of rules) {
          const found = inspected(rule, each)
          if (found)
            wrong.push(
              `${rule.name} takes ${name}'s ${JSON.stringify(each).slice(0, 200)} for ${found.reason}: ${found.evidence}`,
            )
        }
      }
    }
    assert.deepEqual(wrong, [])
  })
})
