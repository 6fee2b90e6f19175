import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { paginateListSecrets, SecretsManager } from '@aws-sdk/client-secrets-manager'
import { paginateDescribeParameters, SSM } from '@aws-sdk/client-ssm'
import { startServer, type Server } from './server.ts'

let server: Server
let ssm: SSM
let secrets: SecretsManager
before(async () => {
  server = await startServer()
  // Clients that are told nothing look at these.
  Object.assign(process.env, server.env())
  ssm = new SSM()
  secrets = new SecretsManager()
  const put = (Name: string, Value: string, rest: object = {}) =>
    ssm.putParameter({ Name, Value, Type: 'String', ...rest })
  const Tags = [{ Key: 'team', Value: 'red' }]
  await put('/app/url', 'https://app.example', { Tags })
  await put('/app/password', 'first', { Type: 'SecureString' })
  await put('/app/password', 'second', { Overwrite: true, Type: 'SecureString' })
  await put('/app/nested/flags.json', '{"a":true}')
  const SecretString = '{"user":"ada","password":"first"}'
  await secrets.createSecret({ Name: 'app/db', SecretString, Tags })
  await secrets.putSecretValue({ SecretId: 'app/db', SecretString: '{"user":"ada"}' })
  await secrets.createSecret({ Name: 'other', SecretBinary: Buffer.from('bytes') })
})
after(() => server.stop())

describe('Powertools for AWS Lambda, unmodified', () => {
  test('getParameter, by version, decrypted and as JSON', async () => {
    const { getParameter } = await import('@aws-lambda-powertools/parameters/ssm')
    assert.equal(await getParameter('/app/url'), 'https://app.example')
    assert.equal(await getParameter('/app/password', { decrypt: true }), 'second')
    const first = await getParameter('/app/password:1', { decrypt: true, forceFetch: true })
    assert.equal(first, 'first')
    const flags = await getParameter('/app/nested/flags.json', { transform: 'json' })
    assert.deepEqual(flags, { a: true })
    await assert.rejects(getParameter('/none', { throwOnMissing: true }))
  })

  test('getParameters by path, and getParametersByName with some to be decrypted', async () => {
    const { getParameters, getParametersByName } =
      await import('@aws-lambda-powertools/parameters/ssm')
    assert.deepEqual(await getParameters('/app', { recursive: true, decrypt: true }), {
      url: 'https://app.example',
      password: 'second',
      'nested/flags.json': '{"a":true}',
    })
    const named = await getParametersByName(
      { '/app/url': {}, '/app/password': { decrypt: true }, '/none': {} },
      { throwOnError: false },
    )
    assert.deepEqual(named, {
      '/app/url': 'https://app.example',
      '/app/password': 'second',
      _errors: ['/none'],
    })
  })

  test('setParameter, and getSecret by stage', async () => {
    const { getParameter, setParameter } = await import('@aws-lambda-powertools/parameters/ssm')
    assert.equal(await setParameter('/app/set', { value: '1' }), 1)
    assert.equal(await setParameter('/app/set', { value: '2', overwrite: true }), 2)
    assert.equal(await getParameter('/app/set'), '2')
    const { getSecret } = await import('@aws-lambda-powertools/parameters/secrets')
    assert.deepEqual(await getSecret('app/db', { transform: 'json' }), { user: 'ada' })
    const before = await getSecret('app/db', {
      forceFetch: true,
      sdkOptions: { VersionStage: 'AWSPREVIOUS' },
    })
    assert.equal(before, '{"user":"ada","password":"first"}')
  })
})

/** The calls of External Secrets Operator's AWS provider, one by one, as its source makes them. */
describe('the calls of External Secrets Operator', () => {
  test('a secret by stage, and by a version that begins with uuid/', async () => {
    const SecretId = 'app/db'
    const current = await secrets.getSecretValue({ SecretId, VersionStage: 'AWSCURRENT' })
    assert.equal(current.SecretString, '{"user":"ada"}')
    const version = `uuid/${current.VersionId}`
    const VersionId = version.slice('uuid/'.length)
    assert.equal((await secrets.getSecretValue({ SecretId, VersionId })).VersionId, VersionId)
    const metadata = await secrets.describeSecret({ SecretId })
    assert.deepEqual(metadata.Tags, [{ Key: 'team', Value: 'red' }])
    await assert.rejects(secrets.getSecretValue({ SecretId: 'none', VersionStage: 'AWSCURRENT' }), {
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret.",
    })
  })

  test('secrets by name and by tags, one by one and in a batch', async () => {
    const named = [{ Key: 'name' as const, Values: ['app'] }]
    const tagged = [
      { Key: 'tag-key' as const, Values: ['team'] },
      { Key: 'tag-value' as const, Values: ['red'] },
    ]
    for (const Filters of [named, tagged]) {
      const names: (string | undefined)[] = []
      for await (const { SecretList = [] } of paginateListSecrets(
        { client: secrets },
        { Filters },
      )) {
        names.push(...SecretList.map(({ Name }) => Name))
      }
      assert.deepEqual(names, ['app/db'])
      const { SecretValues, Errors } = await secrets.batchGetSecretValue({ Filters })
      assert.equal(SecretValues?.[0]?.SecretString, '{"user":"ada"}')
      assert.deepEqual(Errors ?? [], [])
    }
    const SecretIdList = ['app/db', 'other', 'none']
    const { SecretValues = [], Errors } = await secrets.batchGetSecretValue({ SecretIdList })
    assert.deepEqual(SecretValues.map(({ Name }) => Name).sort(), ['app/db', 'other'])
    assert.deepEqual(
      Errors?.map(({ SecretId, ErrorCode }) => [SecretId, ErrorCode]),
      [['none', 'ResourceNotFoundException']],
    )
  })

  test('a secret is pushed, changed and deleted', async () => {
    const managed = { Key: 'managed-by', Value: 'external-secrets' }
    const Name = 'pushed'
    const token = '00000000-0000-0000-0000-000000000001'
    const SecretBinary = Buffer.from('value')
    await secrets.createSecret({ Name, SecretBinary, Tags: [managed], ClientRequestToken: token })
    const { Tags } = await secrets.describeSecret({ SecretId: Name })
    assert.deepEqual(Tags, [managed])
    const ClientRequestToken = '00000000-0000-0000-0000-000000000002'
    const SecretId = Name
    await secrets.putSecretValue({ SecretId, SecretBinary: Buffer.from('2'), ClientRequestToken })
    const got = await secrets.getSecretValue({ SecretId, VersionStage: 'AWSCURRENT' })
    assert.equal(got.VersionId, ClientRequestToken)
    await secrets.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true })
  })

  test('parameters by name, path and tags, pushed and deleted', async () => {
    const got = await ssm.getParameter({ Name: '/app/password', WithDecryption: true })
    assert.equal(got.Parameter?.Value, 'second')
    const byPath = { Key: 'Path', Option: 'Recursive', Values: ['/app'] }
    const byTag = { Key: 'tag:team', Option: 'Equals', Values: ['red'] }
    for (const [filters, count] of [
      [[byPath], 3],
      [[byTag, byPath], 1],
    ] as const) {
      const names: (string | undefined)[] = []
      const input = { ParameterFilters: [...filters] }
      for await (const { Parameters = [] } of paginateDescribeParameters({ client: ssm }, input)) {
        names.push(...Parameters.map(({ Name }) => Name))
      }
      assert.equal(names.filter((name) => name !== '/app/set').length, count)
    }
    const { Parameters: below } = await ssm.getParametersByPath({
      Path: '/app',
      Recursive: true,
      WithDecryption: true,
    })
    assert.ok(below?.some(({ Value }) => Value === 'second'))
    const Name = '/pushed'
    await ssm.putParameter({ Name, Value: '1', Type: 'String', Overwrite: true })
    const resource = { ResourceType: 'Parameter' as const, ResourceId: Name }
    const Tags = [{ Key: 'managed-by', Value: 'external-secrets' }]
    await ssm.addTagsToResource({ ...resource, Tags })
    assert.deepEqual((await ssm.listTagsForResource(resource)).TagList, Tags)
    await ssm.deleteParameter({ Name })
    await assert.rejects(ssm.getParameter({ Name, WithDecryption: true }), {
      name: 'ParameterNotFound',
    })
  })
})

test("the calls of AWS's caching clients: the stages of a secret, then a version by its id", async () => {
  const { VersionIdsToStages = {} } = await secrets.describeSecret({ SecretId: 'app/db' })
  const current = Object.entries(VersionIdsToStages).find(([, stages]) =>
    stages.includes('AWSCURRENT'),
  )
  const VersionId = current?.[0]
  const { SecretString } = await secrets.getSecretValue({ SecretId: 'app/db', VersionId })
  assert.equal(SecretString, '{"user":"ada"}')
})
