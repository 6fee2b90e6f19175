import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CloudFront, type DistributionConfig } from '@aws-sdk/client-cloudfront'
import { newUser, startTestServer, type TestServer } from '@bartizan/testkit'

let bartizan: TestServer
let cloudfront: CloudFront
before(async () => {
  bartizan = await startTestServer()
  cloudfront = bartizan.client(CloudFront)
})
after(() => bartizan.close())

const failsWith = (name: string) => (error: unknown) => {
  assert.ok(error instanceof Error)
  assert.equal(error.name, name)
  return true
}

const cachingOptimized = '658327ea-f89d-4fab-a63d-7e88639e58f6'

function configOf(CallerReference: string): DistributionConfig {
  return {
    CallerReference,
    Comment: 'a site',
    Enabled: true,
    Origins: {
      Quantity: 1,
      Items: [
        {
          Id: 'app',
          DomainName: 'app.example.com',
          CustomOriginConfig: { HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: 'http-only' },
        },
      ],
    },
    DefaultCacheBehavior: {
      TargetOriginId: 'app',
      ViewerProtocolPolicy: 'allow-all',
      CachePolicyId: cachingOptimized,
    },
  }
}

test('a distribution has CloudFront’s defaults, and is changed and deleted by its version', async () => {
  const made = await cloudfront.createDistribution({ DistributionConfig: configOf('life') })
  const Id = made.Distribution?.Id ?? ''
  assert.match(made.Distribution?.DomainName ?? '', /^d[a-z0-9]{13}\.cloudfront\.localhost$/)
  const { DistributionConfig: config, ETag } = await cloudfront.getDistributionConfig({ Id })
  assert.ok(config)
  assert.equal(config.PriceClass, 'PriceClass_All')
  assert.equal(config.Origins?.Items?.[0]?.CustomOriginConfig?.OriginReadTimeout, 30)
  assert.deepEqual(config.DefaultCacheBehavior?.AllowedMethods?.Items, ['HEAD', 'GET'])
  const disabled = { ...config, Enabled: false }
  await assert.rejects(
    cloudfront.updateDistribution({ Id, DistributionConfig: disabled }),
    failsWith('InvalidIfMatchVersion'),
  )
  await assert.rejects(
    cloudfront.updateDistribution({ Id, DistributionConfig: disabled, IfMatch: 'E1' }),
    failsWith('PreconditionFailed'),
  )
  await assert.rejects(
    cloudfront.deleteDistribution({ Id, IfMatch: ETag }),
    failsWith('DistributionNotDisabled'),
  )
  const changed = await cloudfront.updateDistribution({
    Id,
    DistributionConfig: disabled,
    IfMatch: ETag,
  })
  await cloudfront.deleteDistribution({ Id, IfMatch: changed.ETag })
  await assert.rejects(cloudfront.getDistribution({ Id }), failsWith('NoSuchDistribution'))
})

test('a configuration that cannot work is refused', async () => {
  const create = (change: Partial<DistributionConfig>) =>
    cloudfront.createDistribution({ DistributionConfig: { ...configOf('wrong'), ...change } })
  const { Origins, DefaultCacheBehavior: behavior } = configOf('wrong')
  const cases: readonly (readonly [string, Partial<DistributionConfig>])[] = [
    ['InconsistentQuantities', { Origins: { ...Origins, Items: Origins?.Items, Quantity: 2 } }],
    [
      'NoSuchOrigin',
      {
        DefaultCacheBehavior: {
          ...behavior,
          TargetOriginId: 'x',
          ViewerProtocolPolicy: 'allow-all',
        },
      },
    ],
    [
      'NoSuchCachePolicy',
      {
        DefaultCacheBehavior: {
          ...behavior,
          TargetOriginId: 'app',
          ViewerProtocolPolicy: 'allow-all',
          CachePolicyId: 'x',
        },
      },
    ],
    ['InvalidDefaultRootObject', { DefaultRootObject: '/index.html' }],
    ['InvalidWebACLId', { WebACLId: 'arn:aws:wafv2:us-east-1:000000000000:global/webacl/a/b' }],
  ]
  for (const [name, change] of cases) await assert.rejects(create(change), failsWith(name))
  assert.equal(cases.length, 5)
})

test('a caller reference makes one distribution, and an alias is one distribution’s', async () => {
  const Aliases = { Quantity: 1, Items: ['www.example.com'] }
  await cloudfront.createDistribution({ DistributionConfig: { ...configOf('one'), Aliases } })
  await assert.rejects(
    cloudfront.createDistribution({ DistributionConfig: configOf('one') }),
    failsWith('DistributionAlreadyExists'),
  )
  await assert.rejects(
    cloudfront.createDistribution({ DistributionConfig: { ...configOf('two'), Aliases } }),
    failsWith('CNAMEAlreadyExists'),
  )
})

test('tags decide who may change a distribution', async () => {
  const made = await cloudfront.createDistributionWithTags({
    DistributionConfigWithTags: {
      DistributionConfig: configOf('tagged'),
      Tags: { Items: [{ Key: 'team', Value: 'web' }] },
    },
  })
  const Id = made.Distribution?.Id ?? ''
  const Condition = { StringEquals: { 'aws:ResourceTag/team': 'web' } }
  const { credentials } = await newUser(bartizan, 'front', [
    { Effect: 'Allow', Action: 'cloudfront:GetDistribution', Resource: '*', Condition },
  ])
  const front = bartizan.client(CloudFront, { credentials })
  assert.equal((await front.getDistribution({ Id })).Distribution?.Id, Id)
  await cloudfront.untagResource({ Resource: made.Distribution?.ARN, TagKeys: { Items: ['team'] } })
  await assert.rejects(front.getDistribution({ Id }), failsWith('AccessDenied'))
})

test('an invalidation is asked for once under one reference', async () => {
  const made = await cloudfront.createDistribution({ DistributionConfig: configOf('invalid') })
  const DistributionId = made.Distribution?.Id ?? ''
  const batch = (path: string) => ({
    DistributionId,
    InvalidationBatch: { CallerReference: 'a', Paths: { Quantity: 1, Items: [path] } },
  })
  const first = await cloudfront.createInvalidation(batch('/images/*'))
  const again = await cloudfront.createInvalidation(batch('/images/*'))
  assert.equal(first.Invalidation?.Id, again.Invalidation?.Id)
  await assert.rejects(cloudfront.createInvalidation(batch('/x')), failsWith('InvalidArgument'))
  const { InvalidationList } = await cloudfront.listInvalidations({ DistributionId })
  assert.equal(InvalidationList?.Quantity, 1)
})

test('distributions are listed a page at a time, and managed policies by AWS’s ids', async () => {
  const seen: string[] = []
  let Marker: string | undefined
  do {
    const { DistributionList: page } = await cloudfront.listDistributions({ Marker, MaxItems: 2 })
    assert.ok((page?.Items?.length ?? 0) <= 2)
    seen.push(...(page?.Items ?? []).map(({ Id = '' }) => Id))
    Marker = page?.NextMarker
  } while (Marker !== undefined)
  assert.equal(new Set(seen).size, 3)
  const { CachePolicy } = await cloudfront.getCachePolicy({ Id: cachingOptimized })
  assert.equal(CachePolicy?.CachePolicyConfig?.Name, 'Managed-CachingOptimized')
})
