import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  paginateDescribeParameters,
  paginateGetParametersByPath,
  SSM,
  type DescribeParametersCommandInput,
  type GetParametersByPathCommandInput,
} from '@aws-sdk/client-ssm'
import { startTestServer, type TestServer } from '@bartizan/testkit'

let bartizan: TestServer
let ssm: SSM

const shapes = [
  { Name: '/shop/prod/db/host', Type: 'String' },
  { Name: '/shop/prod/db/password', Type: 'SecureString' },
  { Name: '/shop/prod/zones', Type: 'StringList', Tier: 'Advanced' },
  { Name: '/shop/prod-old/zones', Type: 'StringList' },
  { Name: '/shop/test/db/host', Type: 'String' },
  { Name: '/shop/version', Type: 'String' },
  { Name: 'top', Type: 'String' },
] as const

before(async () => {
  bartizan = await startTestServer()
  ssm = bartizan.client(SSM)
  for (const shape of shapes) await ssm.putParameter({ ...shape, Value: `of ${shape.Name}` })
})
after(() => bartizan.close())

async function namesBelow(input: GetParametersByPathCommandInput, pageSize = 10) {
  const names: string[] = []
  for await (const { Parameters = [] } of paginateGetParametersByPath(
    { client: ssm, pageSize },
    input,
  )) {
    assert.ok(Parameters.length <= pageSize)
    names.push(...Parameters.map(({ Name = '' }) => Name))
  }
  return names
}

async function described(input: DescribeParametersCommandInput, pageSize = 10) {
  const names: string[] = []
  const config = { client: ssm, pageSize }
  for await (const { Parameters = [] } of paginateDescribeParameters(config, input)) {
    names.push(...Parameters.map(({ Name = '' }) => Name))
  }
  return names
}

test('a path gives one level, or all that is below it', async () => {
  assert.deepEqual(await namesBelow({ Path: '/shop' }), ['/shop/version'])
  assert.deepEqual(await namesBelow({ Path: '/shop/prod/' }), ['/shop/prod/zones'])
  const below = ['/shop/prod/db/host', '/shop/prod/db/password', '/shop/prod/zones']
  for (const pageSize of [1, 2, 10]) {
    assert.deepEqual(await namesBelow({ Path: '/shop/prod', Recursive: true }, pageSize), below)
  }
  assert.deepEqual(await namesBelow({ Path: '/' }), ['top'])
  assert.equal((await namesBelow({ Path: '/', Recursive: true })).length, shapes.length)
  assert.deepEqual(await namesBelow({ Path: '/nothing', Recursive: true }), [])
  assert.deepEqual(await namesBelow({ Path: '/shop/version' }), [])
})

test('a path is filtered by type, key and label', async () => {
  const Path = '/shop'
  const by = (Key: string, Values: string[], Option?: string) =>
    namesBelow({
      Path,
      Recursive: true,
      ParameterFilters: [{ Key, Values, ...(Option && { Option }) }],
    })
  assert.deepEqual(await by('Type', ['StringList']), ['/shop/prod-old/zones', '/shop/prod/zones'])
  assert.equal((await by('Type', ['String'], 'BeginsWith')).length, 5)
  assert.deepEqual(await by('KeyId', ['alias/aws/ssm']), ['/shop/prod/db/password'])
  const Name = '/shop/version'
  await ssm.labelParameterVersion({ Name, Labels: ['live'] })
  await ssm.putParameter({ Name, Value: 'newer', Overwrite: true })
  const { Parameters } = await ssm.getParametersByPath({
    Path,
    ParameterFilters: [{ Key: 'Label', Values: ['live'] }],
  })
  assert.deepEqual(
    Parameters?.map(({ Value, Version, Selector }) => [Value, Version, Selector]),
    [['of /shop/version', 1, ':live']],
  )
  for (const Key of ['Name', 'Path', 'Tier', 'DataType', 'tag:x']) {
    await assert.rejects(by(Key, ['x']), { name: 'InvalidFilterKey' }, Key)
  }
  await assert.rejects(by('Label', ['x'], 'BeginsWith'), { name: 'InvalidFilterOption' })
  await assert.rejects(by('Type', ['Text']), { name: 'InvalidFilterValue' })
})

test('tokens are good for their own listing only', async () => {
  const { NextToken } = await ssm.getParametersByPath({
    Path: '/shop',
    Recursive: true,
    MaxResults: 1,
  })
  assert.ok(NextToken)
  for (const Path of ['/shop/prod', '/']) {
    const page = ssm.getParametersByPath({ Path, Recursive: true, NextToken })
    await assert.rejects(page, { name: 'InvalidNextToken' })
  }
  const made = ssm.getParametersByPath({ Path: '/shop', NextToken: 'made-up' })
  await assert.rejects(made, { name: 'InvalidNextToken' })
  await assert.rejects(ssm.getParametersByPath({ Path: '/shop', MaxResults: 11 }), {
    name: 'ValidationException',
  })
  await assert.rejects(ssm.getParametersByPath({ Path: 'shop' }), { name: 'ValidationException' })
})

test('parameters are described by name, path, type, tier, key and data type', async () => {
  const by = (Key: string, Values: string[] | undefined, Option?: string) =>
    described({ ParameterFilters: [{ Key, ...(Values && { Values }), ...(Option && { Option }) }] })
  assert.equal((await described({}, 3)).length, shapes.length)
  assert.deepEqual(await by('Name', ['/top']), ['top'])
  assert.deepEqual(await by('Name', ['top', '/shop/version']), ['/shop/version', 'top'])
  assert.equal((await by('Name', ['/shop/prod'], 'BeginsWith')).length, 4)
  assert.equal((await by('Name', ['host'], 'Contains')).length, 2)
  assert.deepEqual(await by('Path', ['/shop']), ['/shop/version'])
  assert.equal((await by('Path', ['/shop/prod'], 'Recursive')).length, 3)
  assert.deepEqual(await by('Path', ['/shop/test', '/shop/prod/db'], 'Recursive'), [
    '/shop/prod/db/host',
    '/shop/prod/db/password',
    '/shop/test/db/host',
  ])
  assert.deepEqual(await by('Tier', ['Advanced']), ['/shop/prod/zones'])
  assert.equal((await by('DataType', ['text'])).length, shapes.length)
  assert.deepEqual(await by('KeyId', ['alias/aws/'], 'BeginsWith'), ['/shop/prod/db/password'])
  assert.deepEqual(await described({ Filters: [{ Key: 'Name', Values: ['/shop/test'] }] }), [
    '/shop/test/db/host',
  ])
  await assert.rejects(by('Label', ['x']), { name: 'InvalidFilterKey' })
  await assert.rejects(by('Name', undefined), { name: 'InvalidFilterValue' })
  await assert.rejects(by('Type', ['String'], 'Contains'), { name: 'InvalidFilterOption' })
  await assert.rejects(by('Path', ['/aws/x']), { name: 'ValidationException' })
  assert.deepEqual((await ssm.describeParameters({ Shared: true })).Parameters, [])
})
