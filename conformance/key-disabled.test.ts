import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { CloudTrail } from '@aws-sdk/client-cloudtrail'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { Lambda } from '@aws-sdk/client-lambda'
import { SQS } from '@aws-sdk/client-sqs'
import { ZipFile } from 'yazl'
import { findOpenssl, skipWithout } from './clients.ts'
import { startServer, type Server } from './server.ts'

const skip = skipWithout(await findOpenssl())

/** How long a delivery may take on a busy machine. */
const patienceMs = 30_000

/** What the webhook got. */
interface Hooked {
  readonly key: string | undefined
  readonly event: AuditEvent
}

/** The parts of an event about an audited call that are looked at here. */
interface AuditEvent {
  readonly source: string
  readonly 'detail-type': string
  readonly account: string
  readonly detail: {
    readonly eventName: string
    readonly requestParameters: { readonly keyId: string }
    readonly userIdentity: { readonly arn: string }
  }
}

/** Re-enables the key with its role's own credentials, by the SDK that is there without being packed. */
const guard = `
import { KMS } from '@aws-sdk/client-kms'
const kms = new KMS()
export async function handler(event) {
  const KeyId = event.detail.requestParameters.keyId
  await kms.enableKey({ KeyId })
  console.log('guard enabled ' + KeyId)
}`

describe('a disabled key is noticed', { skip }, () => {
  let folder: string
  let server: Server
  let hook: HttpsServer
  const hooked: Hooked[] = []
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bartizan-hook-'))
    const tls = certificateIn(folder)
    hook = createServer(tls, (request, response) => {
      void text(request).then((body) => {
        hooked.push({ key: String(request.headers['x-hook-key']), event: JSON.parse(body) })
        response.end()
      })
    })
    await new Promise<void>((ready) => hook.listen(0, '127.0.0.1', ready))
    server = await startServer({ env: { NODE_EXTRA_CA_CERTS: join(folder, 'certificate.pem') } })
  })
  after(async () => {
    await server?.stop()
    hook?.closeAllConnections()
    hook?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const clientOf = <Client>(make: new (config: object) => Client): Client => {
    const { endpoint, region, admin: credentials } = server
    return new make({ endpoint, region, credentials, maxAttempts: 1 })
  }

  test('by a function, a queue and an HTTPS webhook at once', async (t) => {
    const { accountId } = server
    const kms = clientOf(KMS)
    const sqs = clientOf(SQS)
    const { KeyMetadata } = await kms.createKey({})
    const KeyId = KeyMetadata?.KeyId ?? ''
    const rule = `arn:aws:events:us-east-1:${accountId}:rule/key-disabled`
    const queue = await newQueue(sqs, accountId, rule)
    const { port } = hook.address() as AddressInfo
    await newRule(clientOf(EventBridge), [
      { Id: 'function', Arn: await newGuard(rule) },
      { Id: 'queue', Arn: queue.Arn },
      { Id: 'webhook', ...(await newWebhook(`https://127.0.0.1:${port}/keys`)) },
    ])

    const started = performance.now()
    await kms.disableKey({ KeyId })
    const { Messages = [] } = await sqs.receiveMessage({ ...queue, WaitTimeSeconds: 20 })
    const queuedMs = performance.now() - started
    await until(async () => hooked.length > 0)
    const isEnabled = async () => (await kms.describeKey({ KeyId })).KeyMetadata?.Enabled === true
    await until(isEnabled)
    const guardedMs = performance.now() - started

    const fromQueue = JSON.parse(Messages[0]?.Body ?? '{}') as AuditEvent
    assert.equal(hooked[0]?.key, 'the-hook-key-value')
    for (const event of [fromQueue, hooked[0]?.event]) {
      assert.equal(event?.source, 'aws.kms')
      assert.equal(event?.['detail-type'], 'AWS API Call via CloudTrail')
      assert.equal(event?.account, accountId)
      assert.equal(event?.detail.eventName, 'DisableKey')
      assert.match(event?.detail.requestParameters.keyId ?? '', new RegExp(KeyId))
      assert.match(event?.detail.userIdentity.arn ?? '', /user\/admin$/)
    }
    await assertGuardIsOnRecord(KeyId)
    t.diagnostic(
      `queue after ${queuedMs.toFixed(0)} ms, key guarded after ${guardedMs.toFixed(0)} ms`,
    )
  })

  async function newGuard(SourceArn: string): Promise<string> {
    const iam = clientOf(IAM)
    const RoleName = 'guard'
    const AssumeRolePolicyDocument = trusting('lambda.amazonaws.com')
    const { Role } = await iam.createRole({ RoleName, AssumeRolePolicyDocument })
    const PolicyDocument = allowing('kms:EnableKey', 'logs:*')
    await iam.putRolePolicy({ RoleName, PolicyName: 'guard', PolicyDocument })
    const zip = new ZipFile()
    zip.addBuffer(Buffer.from(guard), 'index.mjs')
    zip.end()
    const lambda = clientOf(Lambda)
    const FunctionName = 'guard'
    const { FunctionArn = '' } = await lambda.createFunction({
      FunctionName,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: Role?.Arn,
      Timeout: 20,
      Code: { ZipFile: await buffer(zip.outputStream) },
    })
    const Principal = 'events.amazonaws.com'
    const permission = { Action: 'lambda:InvokeFunction', Principal, SourceArn }
    await lambda.addPermission({ FunctionName, StatementId: 'rule', ...permission })
    return FunctionArn
  }

  async function newWebhook(InvocationEndpoint: string): Promise<{ Arn: string; RoleArn: string }> {
    const events = clientOf(EventBridge)
    const iam = clientOf(IAM)
    const { ConnectionArn } = await events.createConnection({
      Name: 'hook',
      AuthorizationType: 'API_KEY',
      AuthParameters: {
        ApiKeyAuthParameters: { ApiKeyName: 'X-Hook-Key', ApiKeyValue: 'the-hook-key-value' },
      },
    })
    const HttpMethod = 'POST'
    const destination = { Name: 'hook', ConnectionArn, InvocationEndpoint, HttpMethod } as const
    const { ApiDestinationArn = '' } = await events.createApiDestination(destination)
    const RoleName = 'hook'
    const AssumeRolePolicyDocument = trusting('events.amazonaws.com')
    const { Role } = await iam.createRole({ RoleName, AssumeRolePolicyDocument })
    const PolicyDocument = allowing('events:InvokeApiDestination')
    await iam.putRolePolicy({ RoleName, PolicyName: 'hook', PolicyDocument })
    return { Arn: ApiDestinationArn, RoleArn: Role?.Arn ?? '' }
  }

  async function assertGuardIsOnRecord(keyId: string): Promise<void> {
    const { Events = [] } = await clientOf(CloudTrail).lookupEvents({
      LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'EnableKey' }],
    })
    const record = JSON.parse(Events[0]?.CloudTrailEvent ?? '{}') as AuditEvent['detail']
    assert.match(record.userIdentity.arn, /:assumed-role\/guard\/guard$/)
    const logs = clientOf(CloudWatchLogs)
    const said = { logGroupName: '/aws/lambda/guard', filterPattern: '"guard enabled"' }
    await until(async () => {
      const { events = [] } = await logs.filterLogEvents(said).catch(() => ({ events: [] }))
      return events.some(({ message }) => message?.includes(keyId))
    })
  }
})

function certificateIn(folder: string): { key: Buffer; cert: Buffer } {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const out = ['-keyout', key, '-out', certificate]
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, ...out], { stdio: 'pipe' })
  return { key: readFileSync(key), cert: readFileSync(certificate) }
}

async function newQueue(
  sqs: SQS,
  accountId: string,
  rule: string,
): Promise<{ QueueUrl: string; Arn: string }> {
  const Arn = `arn:aws:sqs:us-east-1:${accountId}:key-disabled`
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: Arn,
    Condition: { ArnEquals: { 'aws:SourceArn': rule } },
  }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: statement })
  const made = await sqs.createQueue({ QueueName: 'key-disabled', Attributes: { Policy } })
  return { QueueUrl: made.QueueUrl ?? '', Arn }
}

async function newRule(
  events: EventBridge,
  Targets: { Id: string; Arn: string; RoleArn?: string }[],
): Promise<void> {
  const pattern = {
    source: ['aws.kms'],
    'detail-type': ['AWS API Call via CloudTrail'],
    detail: { eventSource: ['kms.amazonaws.com'], eventName: ['DisableKey'] },
  }
  await events.putRule({ Name: 'key-disabled', EventPattern: JSON.stringify(pattern) })
  const { FailedEntryCount } = await events.putTargets({ Rule: 'key-disabled', Targets })
  assert.equal(FailedEntryCount, 0)
}

function trusting(Service: string): string {
  const statement = { Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }
  return JSON.stringify({ Version: '2012-10-17', Statement: statement })
}

function allowing(...Action: readonly string[]): string {
  const statement = { Effect: 'Allow', Action, Resource: '*' }
  return JSON.stringify({ Version: '2012-10-17', Statement: statement })
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + patienceMs
  while (!(await holds())) {
    assert.ok(performance.now() < end, 'nothing happened')
    await wait(50)
  }
}
