import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { paginateGetParameterHistory, SSM } from '@aws-sdk/client-ssm'
import { startTestServer, type TestServer } from '@bartizan/testkit'

let bartizan: TestServer
let ssm: SSM

before(async () => {
  bartizan = await startTestServer()
  ssm = bartizan.client(SSM)
})
after(() => bartizan.close())

async function versions(Name: string, count: number, first = 1): Promise<void> {
  for (let version = first; version < first + count; version += 1) {
    const Value = `value ${version}`
    await ssm.putParameter({ Name, Value, Type: 'String', Overwrite: version > 1 })
  }
}

const valueOf = async (Name: string) => (await ssm.getParameter({ Name })).Parameter?.Value

test('labels name versions, move between them and are taken off', async () => {
  const Name = '/labels/moving'
  await versions(Name, 3)
  const latest = await ssm.labelParameterVersion({ Name, Labels: ['prod', 'aws-x', '1st', 'a b'] })
  assert.deepEqual(latest.InvalidLabels, ['aws-x', '1st', 'a b'])
  assert.equal(latest.ParameterVersion, 3)
  const { Parameter } = await ssm.getParameter({ Name: `${Name}:prod` })
  assert.deepEqual([Parameter?.Version, Parameter?.Selector], [3, ':prod'])
  await ssm.labelParameterVersion({ Name, ParameterVersion: 1, Labels: ['prod', 'Prod'] })
  assert.equal(await valueOf(`${Name}:prod`), 'value 1')
  const { Parameters } = await ssm.getParameterHistory({ Name })
  assert.deepEqual(
    Parameters?.map(({ Labels }) => Labels),
    [['prod', 'Prod'], [], []],
  )
  const off = await ssm.unlabelParameterVersion({
    Name,
    ParameterVersion: 1,
    Labels: ['prod', 'x'],
  })
  assert.deepEqual([off.RemovedLabels, off.InvalidLabels], [['prod'], ['x']])
  await assert.rejects(valueOf(`${Name}:prod`), { name: 'ParameterVersionNotFound' })
  assert.equal(await valueOf(`${Name}:Prod`), 'value 1')
})

test('a version has ten labels at most', async () => {
  const Name = '/labels/many'
  await versions(Name, 2)
  const Labels = Array.from({ length: 10 }, (_, at) => `label-${at}`)
  await ssm.labelParameterVersion({ Name, ParameterVersion: 1, Labels })
  const more = ssm.labelParameterVersion({ Name, ParameterVersion: 1, Labels: ['more'] })
  await assert.rejects(more, { name: 'ParameterVersionLabelLimitExceeded' })
  await ssm.labelParameterVersion({ Name, ParameterVersion: 2, Labels: ['label-0'] })
  await ssm.labelParameterVersion({ Name, ParameterVersion: 1, Labels: ['more'] })
})

test('versions and labels that are not there are told so', async () => {
  const Name = '/labels/none'
  await versions(Name, 1)
  await assert.rejects(valueOf(`${Name}:2`), {
    name: 'ParameterVersionNotFound',
    message: `Systems Manager could not find version 2 of ${Name}. Verify the version and try again.`,
  })
  const labelling = ssm.labelParameterVersion({ Name, ParameterVersion: 2, Labels: ['x'] })
  await assert.rejects(labelling, { name: 'ParameterVersionNotFound' })
  await assert.rejects(ssm.labelParameterVersion({ Name: '/no', Labels: ['x'] }), {
    name: 'ParameterNotFound',
  })
})

test('a hundred versions are kept, and the oldest is not dropped while it has a label', async () => {
  const Name = '/versions/hundred'
  await versions(Name, 100)
  await ssm.labelParameterVersion({ Name, ParameterVersion: 1, Labels: ['keep'] })
  await assert.rejects(versions(Name, 1, 101), {
    name: 'ParameterMaxVersionLimitExceeded',
    message: /Version 1, the oldest version, can't be deleted because it has a label/,
  })
  await ssm.labelParameterVersion({ Name, ParameterVersion: 2, Labels: ['keep'] })
  await versions(Name, 1, 101)
  await assert.rejects(valueOf(`${Name}:1`), { name: 'ParameterVersionNotFound' })
  assert.equal(await valueOf(`${Name}:keep`), 'value 2')
  await assert.rejects(versions(Name, 1, 102), { name: 'ParameterMaxVersionLimitExceeded' })
  const seen: (number | undefined)[] = []
  const sizes: number[] = []
  const config = { client: ssm, pageSize: 40 }
  for await (const { Parameters = [] } of paginateGetParameterHistory(config, { Name })) {
    seen.push(...Parameters.map(({ Version }) => Version))
    sizes.push(Parameters.length)
  }
  assert.deepEqual(sizes, [40, 40, 20])
  assert.deepEqual(
    seen,
    Array.from({ length: 100 }, (_, at) => at + 2),
  )
  await ssm.deleteParameter({ Name })
  await versions(Name, 1)
  const { Parameters } = await ssm.getParameterHistory({ Name })
  assert.deepEqual(
    Parameters?.map(({ Version, Labels }) => [Version, Labels]),
    [[1, []]],
  )
})

test('history tells who changed what, version by version', async () => {
  const Name = '/versions/history'
  await ssm.putParameter({ Name, Value: 'a', Type: 'SecureString', Description: 'first' })
  await bartizan.advance('1d')
  await ssm.putParameter({ Name, Value: 'b', Overwrite: true, Tier: 'Advanced' })
  const { Parameters = [] } = await ssm.getParameterHistory({ Name, WithDecryption: true })
  assert.deepEqual(
    Parameters.map(({ Value, Tier, KeyId, Description }) => [Value, Tier, KeyId, Description]),
    [
      ['a', 'Standard', 'alias/aws/ssm', 'first'],
      ['b', 'Advanced', 'alias/aws/ssm', 'first'],
    ],
  )
  const [first, second] = Parameters.map(({ LastModifiedDate }) => Number(LastModifiedDate))
  assert.ok((second ?? 0) - (first ?? 0) >= 86_400_000)
  const admin = `arn:aws:iam::${bartizan.accountId}:user/admin`
  assert.ok(Parameters.every(({ LastModifiedUser }) => LastModifiedUser === admin))
})
