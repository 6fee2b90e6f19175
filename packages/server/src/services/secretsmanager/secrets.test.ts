import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CloudTrail } from '@aws-sdk/client-cloudtrail'
import { KMS } from '@aws-sdk/client-kms'
import {
  SecretsManager,
  type Filter,
  type ListSecretsCommandInput,
} from '@aws-sdk/client-secrets-manager'
import { signedFetch, startTestServer, type TestServer } from '@bartizan/testkit'

let bartizan: TestServer
let secrets: SecretsManager
before(async () => {
  bartizan = await startTestServer()
  secrets = bartizan.client(SecretsManager)
})
after(() => bartizan.close())

async function names(request: ListSecretsCommandInput): Promise<string[]> {
  const { SecretList = [] } = await secrets.listSecrets(request)
  return SecretList.map(({ Name = '' }) => Name)
}

test('a write without a ClientRequestToken is refused, by RotateSecret with a code of its own', async () => {
  await secrets.createSecret({ Name: 'tokenless' })
  const codes = {
    CreateSecret: 'InvalidRequestException',
    UpdateSecret: 'InvalidRequestException',
    PutSecretValue: 'InvalidRequestException',
    RotateSecret: 'InvalidParameterException',
  }
  for (const [name, code] of Object.entries(codes)) {
    const id = name === 'CreateSecret' ? { Name: 'other' } : { SecretId: 'tokenless' }
    const value = name === 'RotateSecret' ? {} : { SecretString: 'x' }
    const response = await signedFetch(bartizan.endpoint, {
      service: 'secretsmanager',
      credentials: bartizan.credentials,
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `secretsmanager.${name}`,
      },
      body: JSON.stringify({ ...id, ...value }),
    })
    const { __type: type, ...rest } = (await response.json()) as Record<string, string>
    assert.equal(response.status, 400)
    assert.equal(type?.split('#').at(-1), code, name)
    assert.match(Object.values(rest).join(), /^You must provide a ClientRequestToken value\./)
  }
  await secrets.deleteSecret({ SecretId: 'tokenless', ForceDeleteWithoutRecovery: true })
})

test('secrets are listed by filters with prefixes, words and negation', async () => {
  const described = [
    ['testing1/one', 'a secret'],
    ['/testing2/two', 'an secret'],
    ['testing3/three', 'asecret'],
    ['/testing4/four', 'thesecret'],
  ] as const
  for (const [Name, Description] of described) {
    const Tags = [{ Key: 'Team', Value: Name }]
    await secrets.createSecret({ Name, Description, SecretString: 'x', Tags })
  }
  const all = described.map(([name]) => name)
  const [one, two, three, four] = all
  const cases: readonly (readonly [readonly Filter[], readonly (string | undefined)[]])[] = [
    [[{ Key: 'name', Values: ['/'] }], [two, four]],
    [[{ Key: 'name', Values: ['!/'] }], [one, three]],
    [[{ Key: 'name', Values: ['testing1 one'] }], []],
    [[{ Key: 'name', Values: ['Testing1'] }], []],
    [[{ Key: 'name', Values: ['/testing2', 'testing3'] }], [two, three]],
    [[{ Key: 'description', Values: ['a'] }], [one, two, three]],
    [[{ Key: 'description', Values: ['A SECRET'] }], [one, two]],
    [[{ Key: 'description', Values: ['!a'] }], [four]],
    [[{ Key: 'description', Values: ['!c'] }], all],
    [
      [
        { Key: 'description', Values: ['a'] },
        { Key: 'name', Values: ['secret'] },
      ],
      [],
    ],
    [[{ Key: 'tag-key', Values: ['Te'] }], all],
    [[{ Key: 'tag-key', Values: ['te'] }], []],
    [[{ Key: 'tag-value', Values: ['testing1'] }], [one]],
    [[{ Key: 'all', Values: ['FOUR'] }], [four]],
    [[{ Key: 'all', Values: ['team'] }], all],
    [[{ Key: 'owning-service', Values: ['rds'] }], []],
  ]
  for (const [Filters, expected] of cases) {
    const found = await names({ Filters: [...Filters] })
    assert.deepEqual(found.toSorted(), expected.toSorted(), JSON.stringify(Filters))
  }
  assert.equal(cases.length, 16)
  const sorted = { SortBy: 'name', SortOrder: 'asc' } as const
  assert.deepEqual(await names(sorted), all.toSorted())
  const paged: string[] = []
  let NextToken: string | undefined
  do {
    const page = await secrets.listSecrets({ ...sorted, MaxResults: 3, NextToken })
    paged.push(...(page.SecretList ?? []).map(({ Name = '' }) => Name))
    NextToken = page.NextToken
  } while (NextToken)
  assert.deepEqual(paged, all.toSorted())
  await assert.rejects(secrets.listSecrets({ NextToken: 'made up' }), {
    name: 'InvalidNextTokenException',
  })
  for (const SecretId of all) {
    await secrets.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true })
  }
})

test('a secret is deleted when its recovery window is over', async () => {
  const SecretId = 'short-lived'
  const { ARN } = await secrets.createSecret({ Name: SecretId, SecretString: 'x' })
  const { DeletionDate } = await secrets.deleteSecret({ SecretId, RecoveryWindowInDays: 7 })
  const days = (Number(DeletionDate) - bartizan.now().getTime()) / 86_400_000
  assert.ok(Math.abs(days - 7) < 0.01)
  assert.deepEqual(await names({}), [])
  assert.deepEqual(await names({ IncludePlannedDeletion: true }), [SecretId])
  await bartizan.advance('6d')
  assert.ok((await secrets.describeSecret({ SecretId })).DeletedDate)
  await bartizan.advance('25h')
  await assert.rejects(secrets.describeSecret({ SecretId }), { name: 'ResourceNotFoundException' })
  const again = await secrets.createSecret({ Name: SecretId, SecretString: 'y' })
  assert.notEqual(again.ARN, ARN)
  await assert.rejects(secrets.getSecretValue({ SecretId: ARN }), {
    name: 'ResourceNotFoundException',
  })
  const { Events = [] } = await bartizan.client(CloudTrail).lookupEvents({
    LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: ARN ?? '' }],
  })
  const told = Events.map(({ EventName }) => EventName)
  assert.ok(told.includes('StartSecretVersionDelete') && told.includes('EndSecretVersionDelete'))
  await secrets.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true })
})

test('a restored secret is not deleted', async () => {
  const SecretId = 'restored'
  await secrets.createSecret({ Name: SecretId, SecretString: 'x' })
  await secrets.deleteSecret({ SecretId })
  await assert.rejects(secrets.deleteSecret({ SecretId }), { name: 'InvalidRequestException' })
  await secrets.restoreSecret({ SecretId })
  await bartizan.advance('40d')
  assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, 'x')
})

test('old versions without a label are dropped above a hundred, young ones are not', async () => {
  const SecretId = 'often'
  await secrets.createSecret({ Name: SecretId, SecretString: '0' })
  const count = async () =>
    (await secrets.listSecretVersionIds({ SecretId, IncludeDeprecated: true, MaxResults: 100 }))
      .Versions?.length
  for (let at = 1; at <= 104; at++) {
    await secrets.putSecretValue({ SecretId, SecretString: String(at) })
  }
  const page = await secrets.listSecretVersionIds({ SecretId, IncludeDeprecated: true })
  assert.equal(page.Versions?.length, 100)
  assert.ok(page.NextToken)
  await bartizan.advance('25h')
  await secrets.putSecretValue({ SecretId, SecretString: 'last' })
  assert.equal(await count(), 100)
  const rest = await secrets.listSecretVersionIds({ SecretId, IncludeDeprecated: true })
  assert.equal(rest.NextToken, undefined)
  const { SecretString } = await secrets.getSecretValue({ SecretId, VersionStage: 'AWSPREVIOUS' })
  assert.equal(SecretString, '104')
})

test('values are bounded in bytes, labels in number', async () => {
  const SecretId = 'bounded'
  await secrets.createSecret({ Name: SecretId, SecretString: 'x'.repeat(65_536) })
  const refused = { name: 'ValidationException' }
  const over = secrets.putSecretValue({ SecretId, SecretString: 'x'.repeat(65_537) })
  await assert.rejects(over, refused)
  await assert.rejects(
    secrets.putSecretValue({ SecretId, SecretString: 'ä'.repeat(40_000) }),
    refused,
  )
  const VersionStages = Array.from({ length: 20 }, (_, at) => `STAGE${at}`)
  const { VersionId } = await secrets.putSecretValue({ SecretId, SecretString: 'y', VersionStages })
  const move = { SecretId, VersionStage: 'ONE_MORE', MoveToVersionId: VersionId }
  await assert.rejects(secrets.updateSecretVersionStage(move), { name: 'LimitExceededException' })
})

test('tags are put, taken off and kept from what is AWS’s', async () => {
  const SecretId = 'tagged'
  await secrets.createSecret({ Name: SecretId, SecretString: 'x' })
  assert.equal((await secrets.describeSecret({ SecretId })).Tags, undefined)
  await secrets.tagResource({
    SecretId,
    Tags: [
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ],
  })
  await secrets.untagResource({ SecretId, TagKeys: ['a', 'absent'] })
  assert.deepEqual((await secrets.describeSecret({ SecretId })).Tags, [{ Key: 'b', Value: '2' }])
  await secrets.untagResource({ SecretId, TagKeys: ['b'] })
  assert.deepEqual((await secrets.describeSecret({ SecretId })).Tags, [])
  const reserved = secrets.tagResource({ SecretId, Tags: [{ Key: 'aws:x', Value: '1' }] })
  await assert.rejects(reserved, { name: 'InvalidParameterException' })
})

test('a secret that a service keeps can be read by users, and changed by the service alone', async () => {
  const { callAs } = bartizan.server.kernel
  const place = { account: bartizan.accountId, region: 'us-east-1' }
  const service = 'rds.amazonaws.com'
  const call = (operation: string, input: object) =>
    callAs(place, { service }, { service: 'secretsmanager', operation, input })
  const SecretId = 'rds!db-1'
  await assert.rejects(secrets.createSecret({ Name: SecretId, SecretString: 'x' }), {
    name: 'InvalidRequestException',
  })
  const Tags = [{ Key: 'aws:rds:primaryDBInstanceArn', Value: 'arn:aws:rds:us-east-1:1:db:x' }]
  await call('CreateSecret', { Name: SecretId, SecretString: 'x', Tags })
  const found = await secrets.describeSecret({ SecretId })
  assert.equal(found.OwningService, 'rds')
  assert.deepEqual(found.Tags, Tags)
  assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, 'x')
  const Filters: Filter[] = [{ Key: 'owning-service', Values: ['rds'] }]
  assert.deepEqual(await names({ Filters }), [SecretId])
  const managed = {
    name: 'InvalidRequestException',
    message:
      'The secret is managed by another service, and you must use that service to update it.',
  }
  await assert.rejects(secrets.putSecretValue({ SecretId, SecretString: 'y' }), managed)
  await assert.rejects(secrets.updateSecret({ SecretId, Description: 'y' }), managed)
  await assert.rejects(secrets.deleteSecret({ SecretId }), managed)
  await assert.rejects(secrets.cancelRotateSecret({ SecretId }), managed)
  await call('PutSecretValue', { SecretId, SecretString: 'y' })
  assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, 'y')
  await call('DeleteSecret', { SecretId, ForceDeleteWithoutRecovery: true })
  assert.deepEqual(await names({ Filters }), [])
})

test('a service that keeps a secret under a customer managed key has a grant to it', async () => {
  const { callAs } = bartizan.server.kernel
  const { accountId } = bartizan
  const place = { account: accountId, region: 'us-east-1' }
  const service = 'rds.amazonaws.com'
  const arn = `arn:aws:iam::${accountId}:root`
  const onBehalfOf = { kind: 'root', accountId, arn, principalId: accountId } as const
  const { KeyMetadata } = await bartizan.client(KMS).createKey({})
  const KmsKeyId = KeyMetadata?.KeyId ?? ''
  const SecretId = 'rds!db-2'
  const input = { Name: SecretId, SecretString: 'x', KmsKeyId }
  const create = { service: 'secretsmanager', operation: 'CreateSecret', input }
  await callAs(place, { service, onBehalfOf }, create)
  const own = (operation: string, more: object = {}) =>
    callAs(
      place,
      { service },
      { service: 'secretsmanager', operation, input: { SecretId, ...more } },
    )
  assert.equal((await own('GetSecretValue'))['SecretString'], 'x')
  await own('PutSecretValue', { SecretString: 'y' })
  assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, 'y')
  const stranger = { service: 'redshift.amazonaws.com' }
  const read = { service: 'secretsmanager', operation: 'GetSecretValue', input: { SecretId } }
  await assert.rejects(callAs(place, stranger, read), { name: 'AccessDeniedException' })
  await own('DeleteSecret', { ForceDeleteWithoutRecovery: true })
})
