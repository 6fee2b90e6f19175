import assert from 'node:assert/strict'
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import {
  CreateWebACLCommand,
  GetSampledRequestsCommand,
  UpdateWebACLCommand,
  WAFV2Client,
  type Rule,
} from '@aws-sdk/client-wafv2'
import { startTestServer, type TestServer } from '@bartizan/testkit'
import { findNginx, startNginx, type TestNginx } from './nginx.fixture.ts'

const visibility = {
  SampledRequestsEnabled: true,
  CloudWatchMetricsEnabled: true,
  MetricName: 'site',
}
const none = [{ Priority: 0, Type: 'NONE' as const }]

function path(Name: string, text: string, Action: Rule['Action'], Priority: number): Rule {
  const SearchString = Buffer.from(text)
  const FieldToMatch = { UriPath: {} }
  const match = { SearchString, FieldToMatch, TextTransformations: none }
  const Statement = {
    ByteMatchStatement: { ...match, PositionalConstraint: 'STARTS_WITH' as const },
  }
  return { Name, Priority, Statement, Action, VisibilityConfig: visibility }
}

const custom = (ResponseCode: number): Rule['Action'] => ({
  Block: {
    CustomResponse: {
      ResponseCode,
      CustomResponseBodyKey: 'why',
      ResponseHeaders: [{ Name: 'x-why', Value: 'rule' }],
    },
  },
})

const rules: Rule[] = [
  path('teapot', '/teapot', custom(418), 0),
  path('fine', '/fine', custom(200), 1),
  path('challenge', '/challenge', { Challenge: {} }, 2),
  path(
    'counted',
    '/seen',
    { Count: { CustomRequestHandling: { InsertHeaders: [{ Name: 'seen', Value: 'yes' }] } } },
    3,
  ),
  {
    Name: 'rate',
    Priority: 4,
    Action: { Block: {} },
    VisibilityConfig: visibility,
    Statement: {
      RateBasedStatement: {
        Limit: 10,
        EvaluationWindowSec: 60,
        AggregateKeyType: 'IP',
        ScopeDownStatement: path('', '/limited', undefined, 0).Statement,
      },
    },
  },
  ...['AWSManagedRulesSQLiRuleSet', 'AWSManagedRulesCommonRuleSet'].map((Name, index): Rule => ({
    Name,
    Priority: 10 + index,
    Statement: { ManagedRuleGroupStatement: { VendorName: 'AWS', Name } },
    OverrideAction: { None: {} },
    VisibilityConfig: visibility,
  })),
]

const attack = `/items?id=${encodeURIComponent("1' UNION SELECT password FROM users--")}`
const browser = { 'user-agent': 'Mozilla/5.0' }

interface Got {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

/** Sends a request as it is written, target and header fields included. */
async function sent(
  endpoint: string,
  line: `${string} ${string}`,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): Promise<Got> {
  const [method, target] = line.split(' ')
  const { hostname, port } = new URL(endpoint)
  const options = {
    hostname,
    port,
    method: method ?? '',
    path: target ?? '',
    headers,
    agent: false,
  }
  const request = httpRequest(options)
  request.end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  return { status: response.statusCode ?? 0, headers: response.headers, text }
}

describe('other proxies ask a web ACL', () => {
  let bartizan: TestServer
  let endpoint = ''
  let waf: WAFV2Client
  let arn = ''
  let id = ''
  let application: Server
  let nginx: TestNginx | undefined
  before(async () => {
    bartizan = await startTestServer({ BARTIZAN_WAF_AUTH_PORT: '0' })
    endpoint = bartizan.server.proxyEndpoint ?? ''
    waf = bartizan.client(WAFV2Client)
    const { Summary } = await waf.send(
      new CreateWebACLCommand({
        Name: 'site',
        Scope: 'REGIONAL',
        DefaultAction: { Allow: {} },
        VisibilityConfig: visibility,
        CustomResponseBodies: { why: { ContentType: 'TEXT_PLAIN', Content: 'because' } },
        Rules: rules,
      }),
    )
    arn = Summary?.ARN ?? ''
    id = Summary?.Id ?? ''
    application = createServer((message, response) => {
      response.end(JSON.stringify({ url: message.url, seen: message.headers['x-amzn-waf-seen'] }))
    })
    await new Promise<void>((resolve) => void application.listen(0, '127.0.0.1', () => resolve()))
  })
  after(async () => {
    await nginx?.stop()
    application.close()
    await bartizan.close()
  })

  test('nginx’s auth_request lets ordinary requests on and shows what the web ACL answers to others', async (t) => {
    const program = findNginx()
    if (!program) return t.skip('nginx is not installed')
    const { port } = application.address() as AddressInfo
    nginx = await startNginx(program, nginxConfiguration(endpoint, port))
    const get = (target: string, headers = {}) =>
      sent(nginx?.url ?? '', `GET ${target}`, { ...browser, ...headers })
    const passed = await get('/items?id=1')
    assert.equal(passed.status, 200)
    assert.equal((JSON.parse(passed.text) as { url: string }).url, '/items?id=1')
    const refused = await get(attack)
    assert.equal(refused.status, 403)
    assert.match(refused.text, /403 Forbidden/)
    assert.equal((await get('/items', { cookie: "a=1' UNION SELECT b FROM c--" })).status, 403)
    const made = { 'X-Original-URI': '/items', 'X-Original-Method': 'GET' }
    assert.equal((await get(attack, made)).status, 403, 'what the client makes up is not believed')
    const teapot = await get('/teapot')
    assert.deepEqual(
      [teapot.status, teapot.headers['x-why'], teapot.text],
      [418, 'rule', 'because'],
    )
    const seen = await get('/seen', { 'x-amzn-waf-seen': 'made up' })
    assert.equal((JSON.parse(seen.text) as { seen: string }).seen, 'yes')
    const challenge = await get('/challenge', { accept: 'text/html' })
    assert.deepEqual([challenge.status, challenge.headers['x-amzn-waf-action']], [202, 'challenge'])
    assert.match(challenge.text, /<script/)
    const form = { ...browser, 'content-type': 'application/x-www-form-urlencoded' }
    const solution = await sent(nginx.url, 'POST /.well-known/aws-waf/verify', form, 'puzzle=x')
    assert.deepEqual([solution.status, solution.headers.location], [303, '/'])
    const upload = await sent(nginx.url, 'POST /items', browser, 'x'.repeat(200_000))
    assert.equal(upload.status, 200)
    const limited = []
    for (let index = 0; index < 12; index++) limited.push((await get('/limited')).status)
    assert.deepEqual(limited, [...Array<number>(10).fill(200), 403, 403])
  })

  test('Traefik’s ForwardAuth gets the answer that its client is to have, and never one that permits', async () => {
    const ask = (uri: string, headers: Readonly<Record<string, string>> = {}, body = '') =>
      sent(
        endpoint,
        'GET /site/traefik',
        {
          host: new URL(endpoint).host,
          'User-Agent': 'Mozilla/5.0',
          'Accept-Encoding': 'gzip',
          'X-Forwarded-For': '203.0.113.9',
          'X-Forwarded-Host': 'shop.example',
          'X-Forwarded-Method': body === '' ? 'GET' : 'POST',
          'X-Forwarded-Port': '443',
          'X-Forwarded-Proto': 'https',
          'X-Forwarded-Server': 'edge',
          'X-Forwarded-Uri': uri,
          'X-Real-Ip': '203.0.113.9',
          ...headers,
        },
        body,
      )
    assert.equal((await ask('/items?id=1')).status, 200)
    const seen = await ask('/seen')
    assert.deepEqual([seen.status, seen.headers['x-amzn-waf-seen']], [200, 'yes'])
    assert.equal((await ask(attack)).status, 403)
    const teapot = await ask('/teapot')
    assert.deepEqual(
      [teapot.status, teapot.headers['x-why'], teapot.text],
      [418, 'rule', 'because'],
    )
    const fine = await ask('/fine')
    assert.deepEqual([fine.status, fine.text], [403, 'because'])
    const challenge = await ask('/challenge')
    assert.deepEqual([challenge.status, challenge.headers['x-amzn-waf-action']], [403, 'challenge'])
    const json = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }
    assert.equal((await ask('/items', json, `{"user":"admin' OR 1=1 -- "}`)).status, 403)
    assert.equal((await ask('/items', json, '{"user":"ann"}')).status, 200)
  })

  test('Envoy’s ext_authz sends the request as it is', async () => {
    const told = {
      host: 'shop.example',
      ...browser,
      'x-forwarded-proto': 'https',
      'x-request-id': '6f1c3f7e-6e0b-4b8c-9d7d-1d9a1d1c1f00',
      'x-bartizan-client-ip': '203.0.113.9',
      'content-length': '0',
    }
    const ask = (target: string, headers: Readonly<Record<string, string>> = {}) =>
      sent(endpoint, `GET /site/envoy${target}`, { ...told, ...headers })
    assert.equal((await ask('/items?id=1')).status, 200)
    assert.equal((await ask('/items?id=1', { 'x-original-uri': '/teapot' })).status, 200)
    assert.equal((await ask(attack, { 'x-original-uri': '/items' })).status, 403)
    assert.equal((await ask('/seen')).headers['x-amzn-waf-seen'], 'yes')
    assert.equal((await ask('/teapot')).status, 418)
    assert.deepEqual([(await ask('/fine')).status, (await ask('/challenge')).status], [403, 202])
    const post = (body: string) =>
      sent(
        endpoint,
        'POST /site/envoy/items',
        {
          ...told,
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body)),
          'x-envoy-auth-partial-body': 'false',
        },
        body,
      )
    assert.equal((await post(`{"user":"admin' OR 1=1 -- "}`)).status, 403)
    assert.equal((await post('{"user":"ann"}')).status, 200)
  })

  test('what proxies ask is sampled as what comes to a load balancer is', async () => {
    const { SampledRequests = [] } = await waf.send(
      new GetSampledRequestsCommand({
        WebAclArn: arn,
        RuleMetricName: 'site',
        Scope: 'REGIONAL',
        TimeWindow: {
          StartTime: new Date(bartizan.now().getTime() - 600_000),
          EndTime: new Date(bartizan.now().getTime() + 1_000),
        },
        MaxItems: 100,
      }),
    )
    const asked = SampledRequests.map(({ Request }) => Request?.ClientIP)
    assert.ok(asked.includes('203.0.113.9'), 'the client’s address, not the proxy’s')
  })

  test('a web ACL is found by id and Region too, and one that is not there lets nothing on', async () => {
    const headers = { ...browser, host: 'shop.example', 'x-bartizan-client-ip': '203.0.113.9' }
    const status = async (target: string) => (await sent(endpoint, `GET ${target}`, headers)).status
    const { accountId } = bartizan
    assert.equal(await status(`/${id}/envoy/`), 200)
    assert.equal(await status(`/us-east-1:site/envoy${attack}`), 403)
    assert.equal(await status(`/${accountId}:us-east-1:site/envoy?a=1`), 200)
    assert.equal(await status('/eu-west-1:site/envoy/'), 503)
    assert.equal(await status('/other/envoy/'), 503)
    assert.equal(await status('/site'), 404)
    assert.equal(await status('/site/answer'), 403)
  })

  test('a question that leaves open what was sent is not answered', async () => {
    const uri = { 'X-Original-URI': '/', 'X-Original-Method': 'GET' }
    const address = { 'X-Bartizan-Client-Ip': '203.0.113.9' }
    const ask = async (headers: Readonly<Record<string, string>>) =>
      (await sent(endpoint, 'GET /site/nginx', { ...browser, host: 'a.example', ...headers }))
        .status
    assert.equal(await ask({ ...uri, ...address }), 200)
    assert.equal(await ask(uri), 503)
    assert.equal(await ask(address), 503)
    assert.equal((await sent(endpoint, 'GET /site/envoy/', browser)).status, 503)
    assert.equal((await sent(endpoint, 'GET /site/traefik', { ...browser, ...uri })).status, 503)
  })

  test('a change of the web ACL counts at once', async () => {
    const headers = { ...browser, host: 'shop.example', 'x-bartizan-client-ip': '203.0.113.9' }
    const update = {
      Name: 'later',
      Scope: 'REGIONAL',
      DefaultAction: { Allow: {} },
      VisibilityConfig: visibility,
    } as const
    const { Summary } = await waf.send(new CreateWebACLCommand({ ...update, Rules: [] }))
    const ask = async () => (await sent(endpoint, 'GET /later/envoy/', headers)).status
    assert.equal(await ask(), 200)
    const { Id = '', LockToken = '' } = Summary ?? {}
    const changed = { ...update, Id, LockToken, DefaultAction: { Block: {} } }
    await waf.send(new UpdateWebACLCommand(changed))
    assert.equal(await ask(), 403)
  })
})

test('with a token, only who shows it may ask', async () => {
  const bartizan = await startTestServer({
    BARTIZAN_WAF_AUTH_PORT: '0',
    BARTIZAN_WAF_AUTH_TOKEN: 'tell-me',
  })
  const endpoint = bartizan.server.proxyEndpoint ?? ''
  const ask = async (headers: Readonly<Record<string, string>>) =>
    (await sent(endpoint, 'GET /site/envoy/', headers)).status
  assert.equal(await ask({}), 401)
  assert.equal(await ask({ 'X-Bartizan-Waf-Token': 'tell' }), 401)
  assert.equal(await ask({ 'X-Bartizan-Waf-Token': 'tell-me' }), 503)
  await bartizan.close()
})

/** As in docs/guides/waf-proxies.md. */
function nginxConfiguration(endpoint: string, port: number): string {
  return `
    location / {
      auth_request /_waf;
      auth_request_set $waf_answer $upstream_http_x_bartizan_waf_answer;
      auth_request_set $waf_seen $upstream_http_x_amzn_waf_seen;
      error_page 403 = /_waf_answer;
      proxy_set_header X-Amzn-Waf-Seen $waf_seen;
      proxy_pass http://127.0.0.1:${port};
    }
    location = /_waf {
      internal;
      proxy_pass ${endpoint}/site/nginx;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Original-URI $request_uri;
      proxy_set_header X-Original-Method $request_method;
      proxy_set_header X-Bartizan-Client-Ip $remote_addr;
    }
    location = /_waf_answer {
      internal;
      proxy_pass ${endpoint}/site/answer;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_set_header X-Bartizan-Waf-Answer $waf_answer;
    }
    location = /.well-known/aws-waf/verify {
      proxy_set_header Host $http_host;
      proxy_set_header X-Bartizan-Client-Ip $remote_addr;
      proxy_pass ${endpoint}/site/envoy/.well-known/aws-waf/verify;
    }`
}
