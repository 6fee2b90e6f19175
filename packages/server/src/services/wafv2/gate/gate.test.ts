import assert from 'node:assert/strict'
import { Agent, createServer, request, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { gunzipSync } from 'node:zlib'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2'
import { S3 } from '@aws-sdk/client-s3'
import { WAFV2 } from '@aws-sdk/client-wafv2'
import type { Rule, RuleAction, Statement } from '@aws-sdk/client-wafv2'
import { startTestServer, type TestServer } from '@bartizan/testkit'
import { defaultNetwork } from '../../../kernel/default-network.ts'
import { gates } from './gates.ts'
import { solverScript } from './solver-script.ts'

const Scope = 'REGIONAL' as const
let bartizan: TestServer
let waf: WAFV2
let port = 0
let balancer = ''
const agent = new Agent({ keepAlive: true, maxSockets: 1 })

before(async () => {
  bartizan = await startTestServer({ BARTIZAN_LISTENER_PORTS: '0' })
  waf = bartizan.client(WAFV2)
  port = await freePort()
  const elb = bartizan.client(ElasticLoadBalancingV2)
  const { subnets } = defaultNetwork(bartizan.accountId, 'us-east-1')
  const Subnets = subnets.slice(0, 2).map(({ id }) => id)
  const { LoadBalancers } = await elb.createLoadBalancer({ Name: 'front', Subnets })
  balancer = LoadBalancers?.[0]?.LoadBalancerArn ?? ''
  const FixedResponseConfig = { StatusCode: '200', ContentType: 'text/plain', MessageBody: 'in' }
  await elb.createListener({
    LoadBalancerArn: balancer,
    Protocol: 'HTTP',
    Port: port,
    DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig }],
  })
})
after(async () => {
  agent.destroy()
  await bartizan.close()
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port: free } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return free
}

interface Asked {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

function ask(path: string, { headers = {}, body }: Asked = {}) {
  const method = body === undefined ? 'GET' : 'POST'
  type Answer = { status: number; headers: IncomingHttpHeaders; text: string; isReused: boolean }
  return new Promise<Answer>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers, agent }, (answer) => {
      let text = ''
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()))
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          text,
          isReused: asked.reusedSocket,
        }),
      )
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

const startsWith = (path: string): Statement => ({
  ByteMatchStatement: {
    SearchString: Buffer.from(path),
    FieldToMatch: { UriPath: {} },
    TextTransformations: [{ Priority: 0, Type: 'NONE' }],
    PositionalConstraint: 'STARTS_WITH',
  },
})

function visible(MetricName: string) {
  return { SampledRequestsEnabled: true, CloudWatchMetricsEnabled: true, MetricName }
}

let priority = 0

function rule(Name: string, statement: Statement, Action: RuleAction, parts: Partial<Rule> = {}) {
  const VisibilityConfig = visible(`${Name}-metric`)
  return { Name, Priority: priority++, Statement: statement, Action, VisibilityConfig, ...parts }
}

/** Puts a web ACL of these rules in front of the load balancer, in place of the one there was. */
async function guardWith(Name: string, ...Rules: Rule[]): Promise<{ arn: string; id: string }> {
  const { Summary } = await waf.createWebACL({
    Name,
    Scope,
    DefaultAction: { Allow: {} },
    VisibilityConfig: visible(Name),
    CustomResponseBodies: { no: { ContentType: 'APPLICATION_JSON', Content: '{"no":true}' } },
    Rules,
  })
  const arn = Summary?.ARN ?? ''
  await waf.associateWebACL({ WebACLArn: arn, ResourceArn: balancer })
  return { arn, id: Summary?.Id ?? '' }
}

describe('a web ACL in front of a load balancer', () => {
  test('changes act on the next request of an open connection, and disassociating opens the way', async () => {
    assert.equal((await ask('/admin')).status, 200)
    const block = { Block: {} }
    const { arn, id } = await guardWith('live', rule('admin', startsWith('/admin'), block))
    const blocked = await ask('/admin')
    assert.equal(blocked.status, 403)
    assert.ok(blocked.isReused)
    const found = await waf.getWebACLForResource({ ResourceArn: balancer })
    assert.equal(found.WebACL?.ARN, arn)
    const listed = await waf.listResourcesForWebACL({ WebACLArn: arn })
    assert.deepEqual(listed.ResourceArns, [balancer])
    const { LockToken } = await waf.getWebACL({ Name: 'live', Scope, Id: id })
    const answer = { CustomResponse: { ResponseCode: 418, CustomResponseBodyKey: 'no' } }
    await waf.updateWebACL({
      Name: 'live',
      Scope,
      Id: id,
      LockToken,
      DefaultAction: { Allow: {} },
      VisibilityConfig: visible('live'),
      CustomResponseBodies: { no: { ContentType: 'APPLICATION_JSON', Content: '{"no":true}' } },
      Rules: [rule('admin', startsWith('/adm'), { Block: answer })],
    })
    const custom = await ask('/adm')
    assert.equal(custom.status, 418)
    assert.equal(custom.text, '{"no":true}')
    assert.equal(custom.headers['content-type'], 'application/json')
    assert.ok(custom.isReused)
    const inUse = waf.deleteWebACL({
      Name: 'live',
      Scope,
      Id: id,
      LockToken: (await waf.getWebACL({ ARN: arn })).LockToken,
    })
    await assert.rejects(inUse, { name: 'WAFAssociatedItemException' })
    await waf.disassociateWebACL({ ResourceArn: balancer })
    assert.equal((await ask('/admin')).status, 200)
  })

  test('requests are sampled by rule, with what was done to them', async () => {
    const { arn } = await guardWith('sampled', rule('bad', startsWith('/bad'), { Block: {} }))
    await ask('/bad?a=1', { headers: { 'X-Mine': 'yes' } })
    await ask('/good')
    const window = {
      StartTime: new Date(Date.now() - 60_000),
      EndTime: new Date(Date.now() + 60_000),
    }
    const asked = { WebAclArn: arn, Scope, TimeWindow: window, MaxItems: 10 }
    const bad = await waf.getSampledRequests({ ...asked, RuleMetricName: 'bad-metric' })
    assert.equal(bad.PopulationSize, 1)
    const [sample] = bad.SampledRequests ?? []
    assert.equal(sample?.Action, 'BLOCK')
    assert.equal(sample?.ResponseCodeSent, 403)
    assert.equal(sample?.Request?.URI, '/bad?a=1')
    assert.ok(
      sample?.Request?.Headers?.some(({ Name, Value }) => Name === 'X-Mine' && Value === 'yes'),
    )
    const rest = await waf.getSampledRequests({ ...asked, RuleMetricName: 'sampled' })
    assert.equal(rest.SampledRequests?.[0]?.Request?.URI, '/good')
    const paths = await waf.getTopPathStatisticsByTraffic({
      WebAclArn: arn,
      Scope,
      TimeWindow: window,
      Limit: 5,
      NumberOfTopTrafficBotsPerPath: 1,
    })
    assert.equal(paths.TotalRequestCount, 2)
  })

  test('a rate-based rule stops who asks too often, and says whom', async () => {
    const statement = { RateBasedStatement: { Limit: 10, AggregateKeyType: 'IP' as const } }
    const { id } = await guardWith('rated', rule('often', statement, { Block: {} }))
    const statuses: number[] = []
    for (let each = 0; each < 12; each++) statuses.push((await ask('/')).status)
    assert.deepEqual(statuses, [...Array.from({ length: 10 }, () => 200), 403, 403])
    const keys = await waf.getRateBasedStatementManagedKeys({
      Scope,
      WebACLName: 'rated',
      WebACLId: id,
      RuleName: 'often',
    })
    assert.deepEqual(keys.ManagedKeysIPV4?.Addresses, ['127.0.0.1/32'])
    await bartizan.advance('301s')
    assert.equal((await ask('/')).status, 200)
  })
})

/** What a browser would do with the page: run its script. */
function solved(page: string): string {
  const [, seed = '', bits = ''] = /solve\("([0-9a-f]+)", (\d+)/.exec(page) ?? []
  let found = ''
  const sandbox = {
    setTimeout: (callback: () => void) => callback(),
    done: (number: number) => (found = String(number)),
  }
  runInNewContext(`${solverScript}; solve(${JSON.stringify(seed)}, ${bits}, done)`, sandbox)
  return found
}

function fieldOf(page: string, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? ''
}

describe('challenge and captcha', () => {
  const html = { accept: 'text/html', host: 'shop.example' }

  test('a browser that does the work gets a token that lets it pass; a program is told by a header', async () => {
    await guardWith('challenged', rule('c', startsWith('/c'), { Challenge: {} }))
    const told = await ask('/c')
    assert.equal(told.status, 202)
    assert.equal(told.headers['x-amzn-waf-action'], 'challenge')
    assert.equal(told.text, '')
    const page = await ask('/c?x=1', { headers: html })
    assert.equal(page.status, 202)
    assert.match(page.text, /<noscript>/)
    const form = new URLSearchParams({
      puzzle: fieldOf(page.text, 'puzzle'),
      solution: solved(page.text),
    }).toString()
    const send = { headers: { host: 'shop.example' }, body: form }
    const answer = await ask('/.well-known/aws-waf/verify', send)
    assert.equal(answer.status, 303)
    assert.equal(answer.headers.location, '/c?x=1')
    const [cookie = ''] = answer.headers['set-cookie'] ?? []
    assert.match(cookie, /^aws-waf-token=.+; Path=\/; SameSite=Lax; HttpOnly$/)
    const token = { cookie: cookie.split(';')[0] ?? '' }
    assert.equal((await ask('/c', { headers: { ...html, ...token } })).status, 200)
    const elsewhere = { ...token, host: 'other.example' }
    assert.equal((await ask('/c', { headers: elsewhere })).status, 202)
    const again = await ask('/.well-known/aws-waf/verify', send)
    assert.equal(again.headers['set-cookie'], undefined)
    await bartizan.advance('301s')
    assert.equal((await ask('/c', { headers: { ...html, ...token } })).status, 202)
  })

  test('a captcha wants the right answer, which words give as well as the picture', async () => {
    await guardWith('asked', rule('q', startsWith('/q'), { Captcha: {} }))
    const page = await ask('/q', { headers: html })
    assert.equal(page.status, 405)
    assert.equal(page.headers['x-amzn-waf-action'], 'captcha')
    const [, ordinal = '', list = ''] =
      /Type the (\w+) word of this list: ([^.]+)\./.exec(page.text) ?? []
    const place = ['first', 'second', 'third', 'fourth', 'fifth'].indexOf(ordinal)
    const word = list.split(', ')[place] ?? ''
    const send = (answer: string) => {
      const form = {
        puzzle: fieldOf(page.text, 'puzzle'),
        solution: solved(page.text),
        answer,
      }
      const body = new URLSearchParams(form).toString()
      return ask('/.well-known/aws-waf/verify', { headers: { host: 'shop.example' }, body })
    }
    assert.equal((await send('nonsense')).headers['set-cookie'], undefined)
    const [cookie = ''] = (await send(word)).headers['set-cookie'] ?? []
    const token = { cookie: cookie.split(';')[0] ?? '' }
    assert.equal((await ask('/q', { headers: { ...html, ...token } })).status, 200)
  })
})

describe('what follows a verdict', () => {
  const flush = (): Promise<void> => bartizan.server.kernel.runtimes.of(gates).flush(true)

  test('the log goes to a log group in AWS’s form, redacted and filtered, and metrics to CloudWatch', async () => {
    const labelled = rule(
      'bad',
      startsWith('/bad'),
      { Block: {} },
      { RuleLabels: [{ Name: 'bad' }] },
    )
    const { arn } = await guardWith('logged', labelled)
    const logs = bartizan.client(CloudWatchLogs)
    await logs.createLogGroup({ logGroupName: 'aws-waf-logs-here' })
    const group = `arn:aws:logs:us-east-1:${bartizan.accountId}:log-group:aws-waf-logs-here`
    await waf.putLoggingConfiguration({
      LoggingConfiguration: {
        ResourceArn: arn,
        LogDestinationConfigs: [group],
        RedactedFields: [{ SingleHeader: { Name: 'x-secret' } }, { QueryString: {} }],
        LoggingFilter: {
          DefaultBehavior: 'DROP',
          Filters: [
            {
              Behavior: 'KEEP',
              Requirement: 'MEETS_ANY',
              Conditions: [{ ActionCondition: { Action: 'BLOCK' } }],
            },
          ],
        },
      },
    })
    await ask('/good')
    await ask('/bad?token=hidden', { headers: { 'X-Secret': 'hidden' } })
    await flush()
    const { events = [] } = await logs.getLogEvents({
      logGroupName: 'aws-waf-logs-here',
      logStreamName: 'us-east-1_logged_0',
    })
    assert.equal(events.length, 1)
    const text = events[0]?.message ?? ''
    assert.ok(!text.includes('hidden'))
    const record = JSON.parse(text)
    assert.equal(record.webaclId, arn)
    assert.equal(record.action, 'BLOCK')
    assert.equal(record.terminatingRuleId, 'bad')
    assert.equal(record.httpSourceName, 'ALB')
    assert.match(record.httpSourceId, /^app\/front\//)
    assert.deepEqual(record.labels, [{ name: 'awswaf:111122223333:webacl:logged:bad' }])
    assert.equal(record.httpRequest.args, 'REDACTED')
    await bartizan.server.kernel.serviceMetrics.flush()
    const sum = await bartizan.client(CloudWatch).getMetricStatistics({
      Namespace: 'AWS/WAFV2',
      MetricName: 'BlockedRequests',
      Dimensions: [
        { Name: 'Region', Value: 'us-east-1' },
        { Name: 'WebACL', Value: 'logged' },
        { Name: 'Rule', Value: 'bad-metric' },
      ],
      StartTime: new Date(bartizan.now().getTime() - 600_000),
      EndTime: new Date(bartizan.now().getTime() + 600_000),
      Period: 3600,
      Statistics: ['Sum'],
    })
    assert.equal(sum.Datapoints?.[0]?.Sum, 1)
  })

  test('the log goes to a bucket in files under AWS’s keys', async () => {
    const { arn } = await guardWith('filed')
    const s3 = bartizan.client(S3)
    await s3.createBucket({ Bucket: 'aws-waf-logs-files' })
    await waf.putLoggingConfiguration({
      LoggingConfiguration: {
        ResourceArn: arn,
        LogDestinationConfigs: ['arn:aws:s3:::aws-waf-logs-files/pre'],
      },
    })
    await ask('/one')
    await ask('/two')
    await flush()
    const { Contents = [] } = await s3.listObjectsV2({ Bucket: 'aws-waf-logs-files' })
    const Key = Contents[0]?.Key ?? ''
    assert.match(
      Key,
      /^pre\/AWSLogs\/111122223333\/WAFLogs\/us-east-1\/filed\/\d{4}\/\d\d\/\d\d\/\d\d\/\d[05]\/111122223333_waflogs_us-east-1_filed_\d{8}T\d{4}Z_[0-9a-f]{8}\.log\.gz$/,
    )
    const { Body } = await s3.getObject({ Bucket: 'aws-waf-logs-files', Key })
    const lines = gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array())
      .toString()
      .trim()
      .split('\n')
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).httpRequest.uri),
      ['/one', '/two'],
    )
  })
})
