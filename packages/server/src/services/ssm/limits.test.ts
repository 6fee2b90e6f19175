import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { paginateGetParametersByPath, SSM } from '@aws-sdk/client-ssm'
import { startTestServer, type TestServer } from '@bartizan/testkit'
import { placeOf } from '../../kernel/store/row-codec.ts'
import { parameterArn } from './names.ts'
import { parameters, type ParameterRow } from './store.ts'

const already = 9990
let bartizan: TestServer
let ssm: SSM

/** Parameters as PutParameter makes them, put where they are kept: ten thousand calls would take their time. */
async function seed(): Promise<void> {
  const account = bartizan.accountId
  const rows = Array.from({ length: already }, (_, at): ParameterRow => {
    const name = `/seeded/group-${at % 30}/parameter-${at}`
    return {
      name,
      arn: parameterArn('us-east-1', account, name),
      account,
      version: 1,
      oldest: 1,
      type: 'String',
      dataType: 'text',
      tier: 'Standard',
      value: `value ${at}`,
      modifiedAt: bartizan.now().toISOString(),
      modifiedBy: `arn:aws:iam::${account}:user/admin`,
      policies: [],
      labels: {},
      tags: {},
    }
  })
  const changes = rows.map((value) => ({
    ...placeOf(parameters, `${account}/us-east-1`, value.name),
    expectedVersion: 0,
    value,
  }))
  await bartizan.server.kernel.store.commit({ changes, expectations: [], audit: [] })
}

before(async () => {
  bartizan = await startTestServer()
  ssm = bartizan.client(SSM)
  await seed()
})
after(() => bartizan.close())

test('ten thousand standard parameters are the limit, however many calls come at once', async () => {
  const puts = Array.from({ length: 25 }, (_, at) =>
    ssm
      .putParameter({ Name: `/more/${at}`, Value: 'v', Type: 'String' })
      .then(({ Tier }) => Tier)
      .catch((error: unknown) => (error instanceof Error ? error.name : 'unknown')),
  )
  const outcomes = await Promise.all(puts)
  assert.equal(outcomes.filter((outcome) => outcome === 'Standard').length, 10)
  assert.equal(outcomes.filter((outcome) => outcome === 'ParameterLimitExceeded').length, 15)
  const more = { Name: '/more/smart', Value: 'v', Type: 'String' } as const
  assert.equal((await ssm.putParameter({ ...more, Tier: 'Intelligent-Tiering' })).Tier, 'Advanced')
  const overwritten = await ssm.putParameter({
    Name: '/seeded/group-0/parameter-0',
    Value: 'changed',
    Overwrite: true,
  })
  assert.equal(overwritten.Version, 2)
  await ssm.deleteParameter({ Name: '/seeded/group-0/parameter-0' })
  await ssm.putParameter({ ...more, Name: '/more/again' })
  await assert.rejects(ssm.putParameter({ ...more, Name: '/more/last' }), {
    name: 'ParameterLimitExceeded',
  })
})

test('among ten thousand a path finds its own, at one level and below', async () => {
  const names: string[] = []
  const config = { client: ssm, pageSize: 10 }
  const Path = '/seeded/group-7'
  for await (const { Parameters = [] } of paginateGetParametersByPath(config, { Path })) {
    names.push(...Parameters.map(({ Name = '' }) => Name))
  }
  assert.equal(names.length, already / 30)
  assert.ok(names.every((name) => name.startsWith(`${Path}/`)))
  assert.deepEqual(names, names.toSorted())
  const top = await ssm.getParametersByPath({ Path: '/seeded' })
  assert.deepEqual([top.Parameters, top.NextToken], [[], undefined])
  const below = await ssm.getParametersByPath({ Path: '/seeded', Recursive: true })
  assert.equal(below.Parameters?.length, 10)
  assert.ok(below.NextToken)
})
