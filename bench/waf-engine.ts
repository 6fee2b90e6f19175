import { compile } from '../packages/waf/src/compile.ts'
import type { CompiledWebAcl } from '../packages/waf/src/compile.ts'
import { managedRuleGroups } from '../packages/waf/src/managed/index.ts'
import { parseRequest } from '../packages/waf/src/parse-request.ts'
import type { HttpRequest } from '../packages/waf/src/request.ts'
import { rule, surroundings, webAcl } from '../packages/waf/src/testing/builders.ts'
import { mutatedRequest } from '../packages/waf/src/testing/mutated-requests.ts'
import { median } from './measure.ts'
import { figure, table } from './table.ts'

/** The groups of the quality goal, all in block mode. */
export const goalGroups = [
  'AWSManagedRulesCommonRuleSet',
  'AWSManagedRulesKnownBadInputsRuleSet',
  'AWSManagedRulesSQLiRuleSet',
  'AWSManagedRulesLinuxRuleSet',
  'AWSManagedRulesUnixRuleSet',
  'AWSManagedRulesWindowsRuleSet',
  'AWSManagedRulesPHPRuleSet',
]
const rounds = 5
const warmUpRounds = 4
const bodyLimit = 65_536
const slowMs = 50

/** Ordinary requests, how often each is decided a round, and the processor time that it may take. */
const workloads = [
  { name: 'GET, 6 parameters', calls: 4_000, goalMs: 0.15, request: get() },
  { name: 'POST, 1 KB JSON', calls: 2_000, goalMs: 0.3, request: postJson(10) },
  { name: 'POST, 60 KB JSON', calls: 50, goalMs: 12, request: postJson(600) },
]

/** Measures the processor time of a decision with the managed groups of the goal, and of taking the request apart alone. */
export function measureWafEngine(): string {
  const acl = managedAcl(goalGroups)
  const rows = workloads.map(({ name, calls, goalMs, request }) => {
    const around = surroundings()
    const { action, terminatingRuleMatchDetails } = acl.decide(request, around)
    if (action !== 'ALLOW') {
      throw new Error(`${name} was stopped: ${JSON.stringify(terminatingRuleMatchDetails)}`)
    }
    const whole = processorMs(calls, () => acl.decide(request, around))
    const apart = processorMs(calls, () => takeApart(request))
    const bytes = String(request.target.length + request.body.length)
    return [name, bytes, figure(whole, 3), figure(goalMs, 2), figure(apart, 3)]
  })
  return table(['request', 'bytes', 'CPU ms', 'goal', 'of it taking apart'], rows)
}

/** Sends mutated requests through every managed group, and tells what threw and what took longer than it may. */
export function fuzzWafEngine(count: number): string {
  const acl = managedAcl(managedRuleGroups.map(({ name }) => name))
  const around = surroundings()
  const thrown: string[] = []
  const slow: string[] = []
  let totalMs = 0
  for (let number = 0; number < count; number += 1) {
    const request = mutatedRequest(number, bodyLimit)
    const decide = (): unknown => acl.decide(request, around)
    try {
      const ms = processorMs(1, decide, 1)
      totalMs += ms
      // Once more: the collector's and the compiler's time is no request's.
      const best = ms > slowMs ? Math.min(processorMs(1, decide, 1), ms) : ms
      if (best > slowMs) slow.push(`request ${number}: ${figure(best)} ms`)
    } catch (error) {
      thrown.push(`request ${number}: ${String(error)}`)
    }
  }
  const average = figure(totalMs / count, 3)
  return [
    `${count.toLocaleString('en')} mutated requests: ${thrown.length} threw, ${slow.length} took over ${slowMs} ms, on average ${average} ms`,
    ...thrown.slice(0, 20),
    ...slow.slice(0, 20),
  ].join('\n')
}

/** A web ACL of managed rule groups, each in block mode. */
export function managedAcl(names: readonly string[]): CompiledWebAcl {
  const rules = names.map((Name, Priority) => {
    const statement = { ManagedRuleGroupStatement: { VendorName: 'AWS', Name } }
    return rule(Name, statement, { Priority, OverrideAction: { None: {} } })
  })
  return compile(webAcl(rules), { managedRuleGroups })
}

function takeApart(request: HttpRequest): void {
  const parsed = parseRequest(request)
  for (const component of ['uriPath', 'queryArguments', 'cookies', 'headers', 'body'] as const) {
    parsed.values(component)
  }
}

/** The median processor time of a call; a measurement of several rounds warms up first. */
function processorMs(calls: number, call: () => unknown, measured = rounds): number {
  const taken: number[] = []
  for (let round = measured > 1 ? -warmUpRounds : 0; round < measured; round += 1) {
    const before = process.cpuUsage()
    for (let made = 0; made < calls; made += 1) call()
    const { user, system } = process.cpuUsage(before)
    if (round >= 0) taken.push((user + system) / 1000 / calls)
  }
  return median(taken)
}

function get(): HttpRequest {
  const target =
    '/shop/items/list?category=shoes&color=dark%20blue&size=42&sort=price&page=2&q=winter+boots'
  return { ...ordinary('GET'), target, body: new Uint8Array() }
}

function postJson(items: number): HttpRequest {
  const item = (id: number) => ({
    id,
    sku: `AB-${id}`,
    quantity: id % 7,
    note: 'Gift wrap, please; deliver to Mr. O’Neil’s door',
  })
  const body = JSON.stringify({
    customer: 'Jane Doe',
    items: Array.from({ length: items }, (_, id) => item(id)),
  })
  return { ...ordinary('POST'), target: '/api/orders', body: Buffer.from(body) }
}

function ordinary(method: string): Omit<HttpRequest, 'target' | 'body'> {
  const headers = [
    ['Host', 'shop.example.com'],
    ['User-Agent', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0'],
    ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
    ['Accept-Language', 'en-US,en;q=0.5'],
    ['Accept-Encoding', 'gzip, deflate, br'],
    [
      'Cookie',
      'session=9f86d081884c7d659a2feaa0c55ad015; theme=dark; _ga=GA1.2.1033501218.1368477899',
    ],
    ['Referer', 'https://shop.example.com/shop?campaign=summer'],
    ...(method === 'POST' ? [['Content-Type', 'application/json'] as const] : []),
  ] as const
  const connection = { httpVersion: 'HTTP/1.1', clientIp: '192.0.2.1', bodyTruncated: false }
  return { method, headers, ...connection }
}
