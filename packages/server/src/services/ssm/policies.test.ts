import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { SQS } from '@aws-sdk/client-sqs'
import { SSM } from '@aws-sdk/client-ssm'
import { startTestServer, type TestServer } from '@bartizan/testkit'
import { heard, listen, policyText, type HeardEvent } from './heard-events.fixture.ts'

let bartizan: TestServer
let ssm: SSM
let events: () => Promise<readonly HeardEvent[]>

before(async () => {
  bartizan = await startTestServer()
  ssm = bartizan.client(SSM)
  events = await listen(bartizan)
})
after(() => bartizan.close())

const dayMs = 86_400_000
const inDays = (days: number, from = bartizan.now()): string =>
  new Date(from.getTime() + days * dayMs).toISOString()
const policiesOf = (...texts: readonly string[]): string => `[${texts.join(',')}]`

/** What happened, in the order of its dates: `<operation or policy type> <name>`. */
function told(all: readonly HeardEvent[]): readonly string[] {
  return all.map(({ detail }) =>
    detail['policy-type'] === undefined
      ? `${String(detail['operation'])} ${String(detail['name'])}`
      : `${String(detail['policy-type'])} ${String(detail['parameter-name'])}`,
  )
}

test('every change is announced, once, with what AWS tells of it', async () => {
  const Name = '/events/change'
  await ssm.putParameter({ Name, Value: 'hidden', Type: 'String', Description: 'about' })
  await ssm.putParameter({ Name, Value: 'hidden too', Overwrite: true })
  await ssm.labelParameterVersion({ Name, Labels: ['live'] })
  await ssm.deleteParameter({ Name })
  const all = await events()
  const operations = all.map(({ detail }) => detail['operation']).toSorted()
  assert.deepEqual(operations, ['Create', 'Delete', 'LabelParameterVersion', 'Update'])
  const created = all.find(({ detail }) => detail['operation'] === 'Create')
  const detail = { name: Name, type: 'String', operation: 'Create', description: 'about' }
  assert.deepEqual(created?.detail, detail)
  assert.equal(created?.['detail-type'], 'Parameter Store Change')
  const arn = `arn:aws:ssm:us-east-1:${bartizan.accountId}:parameter/events/change`
  assert.deepEqual(created?.resources, [arn])
  assert.ok(!JSON.stringify(all).includes('hidden'))
})

test('an image that is none is accepted, not put, and announced with what was wrong', async () => {
  const Name = '/events/image'
  const image = { Name, Type: 'String', DataType: 'aws:ec2:image' } as const
  await ssm.putParameter({ ...image, Value: 'not an image' })
  const [event] = await events()
  assert.deepEqual(event?.detail, {
    exception: 'Unable to Describe Resource',
    dataType: 'aws:ec2:image',
    name: Name,
    type: 'String',
    operation: 'Create',
  })
  await assert.rejects(ssm.getParameter({ Name }), { name: 'ParameterNotFound' })
})

test('policies are shown with how far they have got', async () => {
  const expiration = policyText('Expiration', { Timestamp: inDays(10) })
  const notice = policyText('ExpirationNotification', { Before: '9', Unit: 'Days' })
  const Name = '/policies/shown'
  const parameter = { Name, Value: 'v', Type: 'String', Tier: 'Intelligent-Tiering' } as const
  const { Tier } = await ssm.putParameter({
    ...parameter,
    Policies: policiesOf(expiration, notice),
  })
  assert.equal(Tier, 'Advanced')
  const shown = async () => {
    const ParameterFilters = [{ Key: 'Name', Values: [Name] }]
    const { Parameters } = await ssm.describeParameters({ ParameterFilters })
    return Parameters?.[0]?.Policies
  }
  assert.deepEqual(await shown(), [
    { PolicyText: expiration, PolicyType: 'Expiration', PolicyStatus: 'Pending' },
    { PolicyText: notice, PolicyType: 'ExpirationNotification', PolicyStatus: 'Pending' },
  ])
  await bartizan.advance('25h')
  assert.deepEqual(
    (await shown())?.map(({ PolicyStatus }) => PolicyStatus),
    ['Pending', 'Finished'],
  )
  await ssm.putParameter({ Name, Value: 'w', Overwrite: true, Policies: '[{}]' })
  assert.deepEqual(await shown(), [])
  await bartizan.advance('20d')
  assert.equal((await ssm.getParameter({ Name })).Parameter?.Value, 'w')
  const standard = { Name: '/policies/none', Value: 'v', Type: 'String' } as const
  const put = ssm.putParameter({ ...standard, Policies: policiesOf(expiration) })
  await assert.rejects(put, { name: 'InvalidPolicyAttributeException' })
  const late = policiesOf(policyText('Expiration', { Timestamp: inDays(1) }))
  await assert.rejects(ssm.putParameter({ ...standard, Policies: late }), {
    name: 'ValidationException',
    message: /^Standard tier parameters don't support parameter policies/,
  })
  await events()
})

test('a simulated year of expiries, notices and labels: each once, at its date', async () => {
  const start = bartizan.now()
  const Type = 'SecureString'
  const Tier = 'Advanced'
  for (let month = 1; month <= 12; month += 1) {
    const Name = `/year/month-${String(month).padStart(2, '0')}`
    const Policies = policiesOf(
      policyText('Expiration', { Timestamp: inDays(month * 30, start) }),
      policyText('ExpirationNotification', { Before: '15', Unit: 'Days' }),
      policyText('ExpirationNotification', { After: '36', Unit: 'Hours' }),
    )
    await ssm.putParameter({ Name, Value: 'v', Type, Tier, Policies })
    await ssm.labelParameterVersion({ Name, Labels: ['live'] })
  }
  const unchanged = policiesOf(policyText('NoChangeNotification', { After: '100', Unit: 'Days' }))
  const Name = '/year/kept'
  await ssm.putParameter({ Name, Value: 'v', Type, Tier, Policies: unchanged })
  await events()
  const heardOf: HeardEvent[] = []
  for (let step = 1; step <= 31; step += 1) {
    await bartizan.advance('287h')
    heardOf.push(...(await events()))
    if (step === 7) await ssm.putParameter({ Name, Value: 'changed', Overwrite: true })
    if (step === 15) await ssm.labelParameterVersion({ Name, Labels: ['seen'] })
  }
  const count = (text: string): number =>
    told(heardOf).filter((each) => each.startsWith(text)).length
  assert.equal(count('Expiration /year/month'), 12)
  assert.equal(count('Delete /year/month'), 12)
  assert.equal(count('ExpirationNotification /year/month'), 24)
  assert.equal(count('NoChangeNotification /year/kept'), 1)
  assert.equal(count('Update /year/kept'), 1)
  assert.equal(count('LabelParameterVersion /year/kept'), 1)
  assert.equal(heardOf.length, 12 + 12 + 24 + 3)
  const second = heardOf.filter(({ detail }) =>
    [detail['parameter-name'], detail['name']].includes('/year/month-02'),
  )
  const dayOf = ({ time }: HeardEvent): number => (Date.parse(time) - start.getTime()) / dayMs
  assert.deepEqual(
    second.map((event) => Math.round(dayOf(event) * 10) / 10),
    [45, 60, 60, 61.5],
  )
  const [notice] = second
  assert.equal(notice?.['detail-type'], 'Parameter Store Policy Action')
  assert.deepEqual(Object.keys(notice?.detail ?? {}), [
    'policy-type',
    'parameter-name',
    'parameter-type',
    'policy-content',
    'action-status',
    'action-reason',
  ])
  const quiet = heardOf.find(({ detail }) => detail['policy-type'] === 'NoChangeNotification')
  assert.match(
    String(quiet?.detail['action-reason']),
    /^The parameter has not been changed for 100 Days\./,
  )
  const { Parameters } = await ssm.getParametersByPath({ Path: '/year', WithDecryption: true })
  assert.deepEqual(
    Parameters?.map(({ Value }) => Value),
    ['changed'],
  )
})

test('policies sent again with a new value do not act twice', async () => {
  const Name = '/policies/again'
  const Policies = policiesOf(
    policyText('Expiration', { Timestamp: inDays(30) }),
    policyText('ExpirationNotification', { Before: '20', Unit: 'Days' }),
  )
  const parameter = { Name, Value: 'v', Type: 'String', Tier: 'Advanced', Policies } as const
  await ssm.putParameter(parameter)
  await bartizan.advance('10d')
  await ssm.putParameter({ ...parameter, Value: 'w', Overwrite: true })
  await bartizan.advance('1d')
  assert.deepEqual(told(await events()), [
    `Create ${Name}`,
    `ExpirationNotification ${Name}`,
    `Update ${Name}`,
  ])
  await ssm.deleteParameter({ Name })
  assert.deepEqual(told(await events()), [`Delete ${Name}`])
  for (const step of ['13d', '13d']) {
    await bartizan.advance(step)
    assert.deepEqual(told(await events()), [])
  }
})

test('what is told in the course of a long advance has not lain in its queue since the advance began', async () => {
  const sqs = bartizan.client(SQS)
  const { QueueUrl } = await sqs.getQueueUrl({ QueueName: 'heard' })
  const keepFor = (MessageRetentionPeriod: string) =>
    sqs.setQueueAttributes({ QueueUrl, Attributes: { MessageRetentionPeriod } })
  await keepFor('345600')
  const Name = '/policies/long'
  const Policies = policiesOf(policyText('Expiration', { Timestamp: inDays(30) }))
  await ssm.putParameter({ Name, Value: 'v', Type: 'String', Tier: 'Advanced', Policies })
  await bartizan.advance('31d')
  assert.deepEqual(told(await events()).toSorted(), [`Delete ${Name}`, `Expiration ${Name}`])
  await keepFor('1209600')
})

test('what fell due while the server was down happens once when it is up again', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'bartizan-policies-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const first = await startTestServer({ BARTIZAN_DATA_DIR: folder })
  await listen(first)
  const Name = '/down/gone'
  const due = new Date(first.now().getTime() + 1500).toISOString()
  const Policies = policiesOf(
    policyText('Expiration', { Timestamp: due }),
    policyText('ExpirationNotification', { After: '1', Unit: 'Hours' }),
  )
  const parameter = { Name, Value: 'v', Type: 'String', Tier: 'Advanced', Policies } as const
  await first.client(SSM).putParameter(parameter)
  assert.deepEqual(told(await heard(first)), [`Create ${Name}`])
  await first.close()
  for (const expected of [[`Delete ${Name}`, `Expiration ${Name}`], []]) {
    const next = await startTestServer({ BARTIZAN_DATA_DIR: folder })
    await next.advance('10s')
    const all = await heard(next)
    assert.deepEqual(told(all).toSorted(), expected)
    assert.ok(all.every(({ time }) => time === due.replace(/\.\d+/, '')))
    await assert.rejects(next.client(SSM).getParameter({ Name }), { name: 'ParameterNotFound' })
    await next.close()
  }
  const last = await startTestServer({ BARTIZAN_DATA_DIR: folder })
  await last.advance('2h')
  assert.deepEqual(told(await heard(last)), [`ExpirationNotification ${Name}`])
  await last.close()
})
