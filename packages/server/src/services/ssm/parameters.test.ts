import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SSM } from '@aws-sdk/client-ssm'
import type { PutParameterCommandInput } from '@aws-sdk/client-ssm'
import { startTestServer, type TestServer } from '@bartizan/testkit'

let bartizan: TestServer
let ssm: SSM

before(async () => {
  bartizan = await startTestServer()
  ssm = bartizan.client(SSM)
})
after(() => bartizan.close())

const put = (Name: string, more: Partial<PutParameterCommandInput> = {}) =>
  ssm.putParameter({ Name, Value: 'value', Type: 'String', ...more })

test('a parameter is put, read by name, ARN and version, overwritten and deleted', async () => {
  const made = await ssm.putParameter({ Name: '/app/url', Value: 'one', Type: 'String' })
  assert.deepEqual([made.Version, made.Tier], [1, 'Standard'])
  await ssm.putParameter({ Name: '/app/url', Value: 'two', Overwrite: true })
  const { Parameter } = await ssm.getParameter({ Name: ' /app/url ' })
  assert.deepEqual(Parameter, {
    Name: '/app/url',
    Type: 'String',
    Value: 'two',
    Version: 2,
    LastModifiedDate: Parameter?.LastModifiedDate,
    ARN: 'arn:aws:ssm:us-east-1:111122223333:parameter/app/url',
    DataType: 'text',
  })
  const byArn = await ssm.getParameter({ Name: `${Parameter?.ARN}:1` })
  assert.deepEqual([byArn.Parameter?.Value, byArn.Parameter?.Selector], ['one', ':1'])
  await ssm.deleteParameter({ Name: '/app/url' })
  await assert.rejects(ssm.getParameter({ Name: '/app/url' }), { name: 'ParameterNotFound' })
  await assert.rejects(ssm.deleteParameter({ Name: '/app/url' }), { name: 'ParameterNotFound' })
  const again = await put('/app/url')
  assert.equal(again.Version, 1)
})

test('a name at the top is one parameter with and without its slash', async () => {
  await put('flat')
  await assert.rejects(put('/flat'), { name: 'ParameterAlreadyExists' })
  const { Parameter } = await ssm.getParameter({ Name: '/flat' })
  assert.deepEqual([Parameter?.Name, Parameter?.ARN?.split(':')[5]], ['/flat', 'parameter/flat'])
  const { Parameter: byArn } = await ssm.getParameter({ Name: Parameter?.ARN })
  assert.equal(byArn?.Name, 'flat')
})

test('overwriting keeps what the request leaves out', async () => {
  const Name = '/kept/all'
  await put(Name, {
    Description: 'about',
    AllowedPattern: '[a-z]+',
    Tier: 'Advanced',
    Tags: [{ Key: 'team', Value: 'red' }],
  })
  await ssm.putParameter({ Name, Value: 'other', Overwrite: true })
  const { Parameters } = await ssm.describeParameters({
    ParameterFilters: [{ Key: 'Name', Values: [Name] }],
  })
  const [parameter] = Parameters ?? []
  assert.deepEqual(
    [parameter?.Description, parameter?.AllowedPattern, parameter?.Tier, parameter?.Version],
    ['about', '[a-z]+', 'Advanced', 2],
  )
  assert.equal(parameter?.LastModifiedUser, `arn:aws:iam::${bartizan.accountId}:user/admin`)
  const { TagList } = await ssm.listTagsForResource({ ResourceType: 'Parameter', ResourceId: Name })
  assert.deepEqual(TagList, [{ Key: 'team', Value: 'red' }])
})

const refusals: readonly (readonly [
  input: Partial<PutParameterCommandInput>,
  error: string,
  message: RegExp,
])[] = [
  [{ Type: undefined }, 'ValidationException', /^A parameter type is required/],
  [{ Value: '' }, 'ValidationException', /Value '' at 'value' failed to satisfy constraint/],
  [{ Value: 'x{{ssm:other}}' }, 'ValidationException', /can't nest another parameter/],
  [{ Value: '{{x}}' }, 'ValidationException', /can't nest another parameter/],
  [{ Type: 'Text' as 'String' }, 'ValidationException', /enum value set/],
  [{ DataType: 'TEXT' }, 'ValidationException', /data type is not supported: TEXT/],
  [
    { KeyId: 'alias/aws/ssm' },
    'ValidationException',
    /^KeyId is required for parameter type secure string only/,
  ],
  [{ AllowedPattern: '[' }, 'InvalidAllowedPatternException', /regular expression/],
  [{ AllowedPattern: '\\d+' }, 'ParameterPatternMismatchException', /allowedPattern: \\d\+$/],
  [{ Value: 'x'.repeat(4097) }, 'ValidationException', /^Standard tier .* 4096 characters/],
  [{ Value: 'x'.repeat(8193), Tier: 'Advanced' }, 'ValidationException', /^Advanced .* 8192/],
  [
    { Value: 'x'.repeat(8193), Tier: 'Intelligent-Tiering' },
    'ValidationException',
    /^Advanced .* 8192/,
  ],
  [{ Policies: '[{"Type":"x"}]' }, 'InvalidPolicyTypeException', /x isn't supported/],
  [
    { Tags: [{ Key: 'a', Value: 'b' }], Overwrite: true },
    'ValidationException',
    /tags and overwrite can't be used together/,
  ],
  [
    { Tags: Array.from({ length: 51 }, (_, at) => ({ Key: `k${at}`, Value: 'v' })) },
    'TooManyTagsError',
    /50 tags/,
  ],
  [{ Tags: [{ Key: 'aws:x', Value: 'v' }] }, 'ValidationException', /^aws: prefixed tag key/],
]

test('what AWS does not take is refused', async () => {
  for (const [input, name, message] of refusals) {
    await assert.rejects(put('/refused', input), { name, message }, JSON.stringify(input))
  }
  assert.equal(refusals.length, 16)
  await assert.rejects(ssm.getParameter({ Name: '/refused' }), { name: 'ParameterNotFound' })
})

test('a pattern that would never end elsewhere is answered at once', async () => {
  const hard = { Value: `${'a'.repeat(4000)}!`, AllowedPattern: '(a+)+b' }
  await assert.rejects(put('/linear', hard), { name: 'ParameterPatternMismatchException' })
})

test('a type is fixed, and a tier goes up only', async () => {
  await put('/fixed')
  await assert.rejects(put('/fixed', { Type: 'SecureString', Overwrite: true }), {
    name: 'HierarchyTypeMismatchException',
  })
  const up = await put('/fixed', { Tier: 'Advanced', Overwrite: true })
  assert.equal(up.Tier, 'Advanced')
  assert.equal((await put('/fixed', { Overwrite: true })).Tier, 'Advanced')
  const smart = await put('/fixed', { Tier: 'Intelligent-Tiering', Overwrite: true })
  assert.equal(smart.Tier, 'Advanced')
  await assert.rejects(put('/fixed', { Tier: 'Standard', Overwrite: true }), {
    name: 'ValidationException',
    message: /can't downgrade a parameter from the advanced-parameter tier/,
  })
})

test('Intelligent-Tiering is advanced where it has to be, and can be the default', async () => {
  const tierOf = async (Name: string, more: Partial<PutParameterCommandInput>) =>
    (await put(Name, more)).Tier
  const smart = { Tier: 'Intelligent-Tiering' } as const
  assert.equal(await tierOf('/smart/small', smart), 'Standard')
  assert.equal(await tierOf('/smart/large', { ...smart, Value: 'x'.repeat(4097) }), 'Advanced')
  const SettingId = '/ssm/parameter-store/default-parameter-tier'
  const { ServiceSetting } = await ssm.getServiceSetting({ SettingId })
  assert.deepEqual([ServiceSetting?.SettingValue, ServiceSetting?.Status], ['Standard', 'Default'])
  const arn = `arn:aws:ssm:us-east-1:${bartizan.accountId}:servicesetting${SettingId}`
  assert.equal(ServiceSetting?.ARN, arn)
  await ssm.updateServiceSetting({ SettingId: arn, SettingValue: 'Intelligent-Tiering' })
  assert.equal((await ssm.getServiceSetting({ SettingId })).ServiceSetting?.Status, 'Customized')
  assert.equal(await tierOf('/smart/default', { Value: 'x'.repeat(4097) }), 'Advanced')
  assert.equal(await tierOf('/smart/explicit', { Tier: 'Standard' }), 'Standard')
  const reset = await ssm.resetServiceSetting({ SettingId })
  assert.deepEqual(
    [reset.ServiceSetting?.SettingValue, reset.ServiceSetting?.Status],
    ['Standard', 'Default'],
  )
  const wrong = ssm.updateServiceSetting({ SettingId, SettingValue: 'Premium' })
  await assert.rejects(wrong, { name: 'ValidationException' })
  await assert.rejects(ssm.getServiceSetting({ SettingId: '/ssm/other' }), {
    name: 'ServiceSettingNotFound',
  })
})

test('several are read and deleted at once, in alphabetical order, with what is not there apart', async () => {
  for (const name of ['c', 'a', 'b']) await put(`/many/${name}`)
  const Names = ['/many/c', '/many/nothing', '/many/a', '/many/a', 'not a name', '/many/b:9']
  const { Parameters, InvalidParameters } = await ssm.getParameters({ Names })
  assert.deepEqual(
    Parameters?.map(({ Name }) => Name),
    ['/many/a', '/many/c'],
  )
  assert.deepEqual(InvalidParameters, ['/many/b:9', '/many/nothing', 'not a name'])
  const eleven = Array.from({ length: 11 }, (_, at) => `/many/${at}`)
  await assert.rejects(ssm.getParameters({ Names: eleven }), { name: 'ValidationException' })
  const deleted = await ssm.deleteParameters({ Names: ['/many/a', '/many/nothing'] })
  assert.deepEqual(deleted.DeletedParameters, ['/many/a'])
  assert.deepEqual(deleted.InvalidParameters, ['/many/nothing'])
})

test('tags come and go', async () => {
  await put('/tagged', { Tags: [{ Key: 'a', Value: '1' }] })
  const resource = { ResourceType: 'Parameter', ResourceId: '/tagged' } as const
  await ssm.addTagsToResource({ ...resource, Tags: [{ Key: 'b', Value: '2' }] })
  await ssm.removeTagsFromResource({ ...resource, TagKeys: ['a', 'none'] })
  const { TagList } = await ssm.listTagsForResource(resource)
  assert.deepEqual(TagList, [{ Key: 'b', Value: '2' }])
  const { Parameters } = await ssm.describeParameters({
    ParameterFilters: [{ Key: 'tag:b', Values: ['2'] }],
  })
  assert.deepEqual(
    Parameters?.map(({ Name }) => Name),
    ['/tagged'],
  )
  for (const odd of [
    { ResourceType: 'Parameter', ResourceId: '/nowhere' },
    { ResourceType: 'Document', ResourceId: '/tagged' },
  ] as const) {
    await assert.rejects(ssm.listTagsForResource(odd), { name: 'InvalidResourceId' })
  }
})
