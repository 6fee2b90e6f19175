import assert from 'node:assert/strict'
import { createServer, request, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { CloudFront, type DefaultCacheBehavior } from '@aws-sdk/client-cloudfront'
import { startTestServer, type TestServer } from '@bartizan/testkit'
import { plane } from './plane.ts'

const cachingOptimized = '658327ea-f89d-4fab-a63d-7e88639e58f6'
const cachingDisabled = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad'
const allViewer = '216adef6-5c7f-47e4-b989-5492eafa07d3'

let bartizan: TestServer
let cloudfront: CloudFront
let origin: Server
let originPort = 0
/** What the origin has been asked, by path. */
const asked: { readonly url: string; readonly headers: IncomingMessage['headers'] }[] = []
before(async () => {
  bartizan = await startTestServer()
  cloudfront = bartizan.client(CloudFront)
  origin = createServer((message, response) => {
    const { url = '', headers } = message
    asked.push({ url, headers })
    if (url.includes('short')) response.setHeader('cache-control', 'max-age=10')
    if (url.includes('private')) response.setHeader('cache-control', 'no-store')
    response.setHeader('etag', '"one"')
    response.end(`answer ${asked.length}`)
  })
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
  originPort = (origin.address() as AddressInfo).port
})
after(async () => {
  await bartizan.close()
  origin.close()
})

type Given = Partial<DefaultCacheBehavior> & { readonly PathPattern?: string }

/** A distribution before the origin, with a behaviour for all paths and more for some. */
async function distribution(
  CallerReference: string,
  usual: Given = {},
  more: readonly Given[] = [],
) {
  const behavior = (given: Given) => ({
    TargetOriginId: 'app',
    ViewerProtocolPolicy: 'allow-all' as const,
    CachePolicyId: cachingOptimized,
    ...given,
  })
  const custom = {
    HTTPPort: originPort,
    HTTPSPort: 443,
    OriginProtocolPolicy: 'http-only' as const,
  }
  const made = await cloudfront.createDistribution({
    DistributionConfig: {
      CallerReference,
      Comment: '',
      Enabled: true,
      DefaultRootObject: 'index.html',
      Origins: {
        Quantity: 1,
        Items: [
          { Id: 'app', DomainName: '127.0.0.1', OriginPath: '/site', CustomOriginConfig: custom },
        ],
      },
      DefaultCacheBehavior: behavior(usual),
      CacheBehaviors: {
        Quantity: more.length,
        Items: more.map((each) => ({ PathPattern: '/none', ...behavior(each) })),
      },
    },
  })
  return made.Distribution?.Id ?? ''
}

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

async function ask(
  id: string,
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
) {
  const instance = bartizan.server.kernel.runtimes.of(plane)
  await instance.refresh()
  const { host, port } = new URL(instance.urlOf(id) ?? '')
  const { method = 'GET', headers } = options
  return new Promise<Answer>((resolve, reject) => {
    const at = { host: '127.0.0.1', port, path, method, headers: { host, ...headers } }
    const sent = request(at, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const { statusCode: status = 0, headers: got } = response
        resolve({ status, headers: got, body: Buffer.concat(chunks).toString() })
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

test('an object is fetched once, and again when it is stale or invalidated', async () => {
  const id = await distribution('cached')
  const first = await ask(id, '/short?a=1')
  assert.equal(first.headers['x-cache'], 'Miss from cloudfront')
  assert.equal(asked.at(-1)?.url, '/site/short')
  const again = await ask(id, '/short?a=2')
  assert.deepEqual([again.headers['x-cache'], again.body], ['Hit from cloudfront', first.body])
  assert.equal(again.headers.age, '0')
  const known = await ask(id, '/short', { headers: { 'if-none-match': '"one"' } })
  assert.equal(known.status, 304)
  await bartizan.advance('11s')
  assert.equal((await ask(id, '/short')).headers['x-cache'], 'Miss from cloudfront')
  assert.equal((await ask(id, '/short')).headers['x-cache'], 'Hit from cloudfront')
  await cloudfront.createInvalidation({
    DistributionId: id,
    InvalidationBatch: { CallerReference: 'x', Paths: { Quantity: 1, Items: ['/sh*'] } },
  })
  assert.equal((await ask(id, '/short')).headers['x-cache'], 'Miss from cloudfront')
  const head = await ask(id, '/short', { method: 'HEAD' })
  assert.deepEqual([head.headers['x-cache'], head.body], ['Hit from cloudfront', ''])
})

test('what the origin does not want kept is not, and a path has its own behaviour', async () => {
  const dynamic = {
    PathPattern: '/api/*',
    CachePolicyId: cachingDisabled,
    OriginRequestPolicyId: allViewer,
    AllowedMethods: {
      Quantity: 7,
      Items: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'OPTIONS', 'DELETE'] as const,
    },
  }
  const id = await distribution('behaviours', {}, [
    {
      ...dynamic,
      AllowedMethods: { ...dynamic.AllowedMethods, Items: [...dynamic.AllowedMethods.Items] },
    },
  ])
  const headers = { cookie: 'a=b', authorization: 'Bearer x', 'user-agent': 'viewer' }
  // A behaviour's least TTL is a second: that long even what says no-store may be kept.
  await ask(id, '/private', { headers })
  const plain = asked.at(-1)?.headers
  assert.deepEqual(
    [plain?.['cookie'], plain?.['authorization'], plain?.['user-agent']],
    [undefined, undefined, 'Amazon CloudFront'],
  )
  assert.equal(plain?.host, `127.0.0.1:${originPort}`)
  await ask(id, '/api/x?b=1', { headers, method: 'POST' })
  const whole = asked.at(-1)
  assert.equal(whole?.url, '/site/api/x?b=1')
  assert.deepEqual(
    [whole?.headers['cookie'], whole?.headers['authorization'], whole?.headers['user-agent']],
    ['a=b', 'Bearer x', 'viewer'],
  )
  const before = asked.length
  await ask(id, '/api/y')
  await ask(id, '/api/y')
  assert.equal(asked.length, before + 2)
  assert.equal((await ask(id, '/other', { method: 'POST' })).status, 403)
  assert.equal((await ask(id, '/')).status, 200)
  assert.equal(asked.at(-1)?.url, '/site/index.html')
})

test('a distribution that is disabled, or wants HTTPS, does not answer from its origin', async () => {
  const id = await distribution('https', { ViewerProtocolPolicy: 'redirect-to-https' })
  const moved = await ask(id, '/a?b=c')
  assert.equal(moved.status, 301)
  assert.match(
    moved.headers.location ?? '',
    /^https:\/\/d[a-z0-9]+\.cloudfront\.localhost:\d+\/a\?b=c$/,
  )
  const { DistributionConfig, ETag } = await cloudfront.getDistributionConfig({ Id: id })
  assert.ok(DistributionConfig)
  await cloudfront.updateDistribution({
    Id: id,
    IfMatch: ETag,
    DistributionConfig: { ...DistributionConfig, Enabled: false },
  })
  assert.equal((await ask(id, '/a')).status, 403)
})
