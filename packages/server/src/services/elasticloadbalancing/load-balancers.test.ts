import assert from 'node:assert/strict'
import { createServer, request, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2'
import { startTestServer, type TestServer } from '@bartizan/testkit'
import { defaultNetwork } from '../../kernel/default-network.ts'
import { plane } from './plane.ts'

/** A server that says what it got. */
async function startTarget(
  name: string,
): Promise<{ server: Server; port: number; seen: string[] }> {
  const seen: string[] = []
  const server = createServer((message, response) => {
    let body = ''
    message.on('data', (chunk: Buffer) => (body += chunk.toString()))
    message.on('end', () => {
      seen.push(`${message.method} ${message.url}`)
      const { method, url, headers } = message
      response.end(JSON.stringify({ name, method, url, headers, body }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, port: (server.address() as AddressInfo).port, seen }
}

async function ask(
  port: number,
  path = '/',
  options: { headers?: Record<string, string>; body?: string; method?: string } = {},
): Promise<{ status: number; headers: IncomingMessage['headers']; text: string }> {
  return new Promise((resolve, reject) => {
    const { method = options.body === undefined ? 'GET' : 'POST', headers = {} } = options
    const asked = request(
      { host: '127.0.0.1', port, path, method, headers, agent: false },
      (answer) => {
        let text = ''
        answer.on('data', (chunk: Buffer) => (text += chunk.toString()))
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }),
        )
      },
    )
    asked.on('error', reject)
    asked.end(options.body)
  })
}

describe('load balancers', () => {
  let bartizan: TestServer
  let elb: ElasticLoadBalancingV2
  let one: Awaited<ReturnType<typeof startTarget>>
  let two: Awaited<ReturnType<typeof startTarget>>
  const subnets = () =>
    defaultNetwork(bartizan.accountId, 'us-east-1')
      .subnets.slice(0, 2)
      .map(({ id }) => id)
  const vpc = () => defaultNetwork(bartizan.accountId, 'us-east-1').vpcId
  const portOf = (listener: string | undefined): number => {
    const url = bartizan.server.kernel.runtimes.of(plane).endpointOf(listener ?? '')
    return Number(new URL(url ?? '').port)
  }

  before(async () => {
    bartizan = await startTestServer({ BARTIZAN_LISTENER_PORTS: '0' })
    elb = bartizan.client(ElasticLoadBalancingV2)
    one = await startTarget('one')
    two = await startTarget('two')
  })
  after(async () => {
    one.server.close()
    two.server.close()
    await bartizan.close()
  })

  async function group(Name: string, ...ports: number[]): Promise<string> {
    const { TargetGroups } = await elb.createTargetGroup({
      Name,
      Protocol: 'HTTP',
      Port: 80,
      VpcId: vpc(),
      TargetType: 'ip',
    })
    const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? ''
    const Targets = ports.map((Port) => ({ Id: '127.0.0.1', Port }))
    if (Targets.length > 0) await elb.registerTargets({ TargetGroupArn, Targets })
    return TargetGroupArn
  }

  async function balancer(Name: string, TargetGroupArn: string, Port = 18_080) {
    const { LoadBalancers } = await elb.createLoadBalancer({ Name, Subnets: subnets() })
    const LoadBalancerArn = LoadBalancers?.[0]?.LoadBalancerArn ?? ''
    const { Listeners } = await elb.createListener({
      LoadBalancerArn,
      Protocol: 'HTTP',
      Port,
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
    })
    const listener = Listeners?.[0]?.ListenerArn ?? ''
    return { LoadBalancerArn, listener, port: portOf(listener) }
  }

  test('a request reaches the target through the listener, with what load balancers add', async () => {
    const { port } = await balancer('slice', await group('slice', one.port))
    const { status, text } = await ask(port, '/a?b=c', { body: 'hello' })
    assert.equal(status, 200)
    const got = JSON.parse(text)
    assert.equal(got.url, '/a?b=c')
    assert.equal(got.body, 'hello')
    assert.equal(got.headers['x-forwarded-for'], '127.0.0.1')
    assert.equal(got.headers['x-forwarded-proto'], 'http')
    assert.equal(got.headers['x-forwarded-port'], '18080')
    assert.match(got.headers['x-amzn-trace-id'], /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/)
  })

  test('rules decide by path, host, header and query, and change at once', async () => {
    const { listener, port } = await balancer('rules', await group('rules-1', one.port), 18_081)
    const second = await group('rules-2', two.port)
    const { Rules } = await elb.createRule({
      ListenerArn: listener,
      Priority: 10,
      Conditions: [{ Field: 'path-pattern', Values: ['/api/*'] }],
      Actions: [{ Type: 'forward', TargetGroupArn: second }],
    })
    await elb.createRule({
      ListenerArn: listener,
      Priority: 5,
      Conditions: [
        { Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'v', Value: '2' }] } },
      ],
      Actions: [
        {
          Type: 'redirect',
          RedirectConfig: {
            Protocol: 'HTTPS',
            Port: '443',
            Path: '/new/#{path}',
            StatusCode: 'HTTP_301',
          },
        },
      ],
    })
    await elb.createRule({
      ListenerArn: listener,
      Priority: 1,
      Conditions: [{ Field: 'host-header', Values: ['*.fixed.example'] }],
      Actions: [
        {
          Type: 'fixed-response',
          FixedResponseConfig: { StatusCode: '418', ContentType: 'text/plain', MessageBody: 'tea' },
        },
      ],
    })
    const tea = await ask(port, '/api/x', { headers: { host: 'a.FIXED.example' } })
    assert.deepEqual([tea.status, tea.text], [418, 'tea'])
    assert.equal(JSON.parse((await ask(port, '/api/x')).text).name, 'two')
    assert.equal(JSON.parse((await ask(port, '/other')).text).name, 'one')
    const moved = await ask(port, '/x?v=2', { headers: { host: 'shop.example:8080' } })
    assert.equal(moved.status, 301)
    assert.equal(moved.headers.location, 'https://shop.example:443/new/x?v=2')
    await elb.deleteRule({ RuleArn: Rules?.[0]?.RuleArn })
    assert.equal(JSON.parse((await ask(port, '/api/x')).text).name, 'one')
  })

  test('a deleted load balancer listens no longer', async () => {
    const { LoadBalancerArn, port } = await balancer('gone', await group('gone', one.port), 18_082)
    assert.equal((await ask(port)).status, 200)
    await elb.deleteLoadBalancer({ LoadBalancerArn })
    await assert.rejects(ask(port), { code: 'ECONNREFUSED' })
  })
})
