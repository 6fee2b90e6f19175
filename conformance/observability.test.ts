import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { ZipFile } from 'yazl'
import { findAwsCli, present, skipWithout } from './clients.ts'
import { ProgramError, run } from './process.ts'
import { startServer, type Server } from './server.ts'

const cli = await findAwsCli()
const skip = skipWithout(cli)
let server: Server

/** What a command prints; arguments are given one by one. */
async function aws(...args: readonly string[]): Promise<string> {
  const outcome = await run(present(cli).path, args, { env: server.env(), cwd: server.folder })
  if (outcome.code !== 0) throw new ProgramError(`aws ${args.join(' ')}`, outcome)
  return outcome.stdout.trim()
}

async function json<Answer>(...args: readonly string[]): Promise<Answer> {
  return JSON.parse(await aws(...args, '--output', 'json')) as Answer
}

async function refusal(...args: readonly string[]): Promise<string> {
  const outcome = await run(present(cli).path, args, { env: server.env(), cwd: server.folder })
  assert.notEqual(outcome.code, 0, `aws ${args.join(' ')} was not refused:\n${outcome.stdout}`)
  return outcome.stderr
}

function file(name: string, content: object): string {
  writeFileSync(join(server.folder, name), JSON.stringify(content))
  return `file://${name}`
}

async function zipped(name: string, files: Readonly<Record<string, string>>): Promise<void> {
  const zip = new ZipFile()
  for (const [path, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), path)
  zip.end()
  writeFileSync(join(server.folder, name), await buffer(zip.outputStream))
}

/** The server's own time, which this suite moves. */
async function nowMs(): Promise<number> {
  return Date.parse((await server.bartizan('clock', 'advance', '0s')).trim())
}

describe('the AWS CLI watches', { skip }, () => {
  before(async () => {
    server = await startServer()
  })
  after(() => server.stop())

  test('a log line is put, found by a pattern, counted by a metric filter, and raises an alarm', async () => {
    const group = ['--log-group-name', '/app/web']
    await aws('logs', 'create-log-group', ...group, '--tags', 'team=red')
    await aws('logs', 'create-log-stream', ...group, '--log-stream-name', 'one')
    const transformation = 'metricName=Errors,metricNamespace=App,metricValue=1,defaultValue=0'
    const filter = ['--filter-name', 'errors', '--filter-pattern', '{ $.level = "ERROR" }']
    const into = ['--metric-transformations', transformation]
    await aws('logs', 'put-metric-filter', ...group, ...filter, ...into)
    const condition = ['--comparison-operator', 'GreaterThanThreshold', '--threshold', '0']
    const metric = ['--namespace', 'App', '--metric-name', 'Errors', '--statistic', 'Sum']
    const periods = ['--period', '60', '--evaluation-periods', '1']
    const name = ['--alarm-name', 'errors']
    await aws('cloudwatch', 'put-metric-alarm', ...name, ...metric, ...periods, ...condition)
    const timestamp = await nowMs()
    const events = [
      { timestamp, message: '{"level":"ERROR","ms":12}' },
      { timestamp: timestamp + 1, message: '{"level":"INFO","ms":120}' },
    ]
    const stream = ['--log-stream-name', 'one', '--log-events', file('events.json', events)]
    await aws('logs', 'put-log-events', ...group, ...stream)
    const found = await json<{ events: { message: string }[] }>(
      'logs',
      'filter-log-events',
      ...group,
      '--filter-pattern',
      '{ $.ms > 100 }',
    )
    assert.deepEqual(
      found.events.map(({ message }) => message),
      ['{"level":"INFO","ms":120}'],
    )
    await server.bartizan('clock', 'advance', '2m')
    const query = ['--query', 'MetricAlarms[0].StateValue', '--output', 'text']
    assert.equal(
      await aws('cloudwatch', 'describe-alarms', '--alarm-names', 'errors', ...query),
      'ALARM',
    )
    assert.match(
      await refusal('logs', 'create-log-group', ...group),
      /ResourceAlreadyExistsException.*The specified log group already exists/s,
    )
    assert.match(
      await refusal('cloudwatch', 'delete-alarms', '--alarm-names', 'none'),
      /\(ResourceNotFound\) when calling the DeleteAlarms operation/,
    )
  })

  test('a subscription hands log lines to a function, whose own lines are logged', async () => {
    const group = ['--log-group-name', '/app/feed']
    await aws('logs', 'create-log-group', ...group)
    await aws('logs', 'create-log-stream', ...group, '--log-stream-name', 'one')
    const trust = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'lambda.amazonaws.com' },
          Action: 'sts:AssumeRole',
        },
      ],
    }
    const role = ['--role-name', 'reader', '--assume-role-policy-document', file('t.json', trust)]
    const roleArn = await aws(
      'iam',
      'create-role',
      ...role,
      '--query',
      'Role.Arn',
      '--output',
      'text',
    )
    const basic = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'
    await aws('iam', 'attach-role-policy', '--role-name', 'reader', '--policy-arn', basic)
    const code = `
      const { gunzipSync } = require('node:zlib')
      exports.handler = async ({ awslogs }) => {
        const message = JSON.parse(gunzipSync(Buffer.from(awslogs.data, 'base64')).toString())
        for (const event of message.logEvents) {
          console.log('GOT ' + message.messageType + ' ' + message.logStream + ' ' + event.message)
        }
      }`
    await zipped('function.zip', { 'index.js': code })
    const functionArn = `arn:aws:lambda:us-east-1:${server.accountId}:function:reader`
    const named = ['--function-name', 'reader']
    const runtime = ['--runtime', 'nodejs22.x', '--handler', 'index.handler', '--role', roleArn]
    const create = ['lambda', 'create-function', ...named, ...runtime]
    await aws(...create, '--zip-file', 'fileb://function.zip')
    await aws('lambda', 'wait', 'function-active-v2', ...named)
    const filter = ['--filter-name', 'feed', '--filter-pattern', 'ERROR']
    const put = ['logs', 'put-subscription-filter', ...group, ...filter]
    assert.match(
      await refusal(...put, '--destination-arn', functionArn),
      /InvalidParameterException.*Could not execute the lambda function/s,
    )
    const permission = ['--statement-id', 'logs', '--action', 'lambda:InvokeFunction']
    const from = ['--principal', 'logs.amazonaws.com']
    await aws('lambda', 'add-permission', ...named, ...permission, ...from)
    await aws(...put, '--destination-arn', functionArn)
    const timestamp = await nowMs()
    const events = [
      { timestamp, message: 'ERROR in the feed' },
      { timestamp, message: 'all is well' },
    ]
    const stream = ['--log-stream-name', 'one', '--log-events', file('feed.json', events)]
    await aws('logs', 'put-log-events', ...group, ...stream)
    const own = ['--log-group-name', '/aws/lambda/reader', '--filter-pattern', 'GOT']
    const search = ['logs', 'filter-log-events', ...own, '--query', 'events[].message']
    let lines: string[] = []
    for (let turn = 0; turn < 20 && lines.length === 0; turn++) {
      const outcome = await run(present(cli).path, [...search, '--output', 'json'], {
        env: server.env(),
      })
      lines = outcome.code === 0 ? (JSON.parse(outcome.stdout) as string[]) : []
    }
    assert.equal(lines.length, 1)
    assert.match(lines[0] ?? '', /GOT DATA_MESSAGE one ERROR in the feed/)
  })

  test('validate-logs accepts what a trail delivers, and sees what was changed', async () => {
    const bucket = 'conformance-trail-logs'
    const trailArn = `arn:aws:cloudtrail:us-east-1:${server.accountId}:trail/proven`
    const allow = (Action: string, Resource: string, Condition: object) => ({
      Effect: 'Allow',
      Principal: { Service: 'cloudtrail.amazonaws.com' },
      Action,
      Resource,
      Condition: { StringEquals: { 'aws:SourceArn': trailArn, ...Condition } },
    })
    const policy = {
      Version: '2012-10-17',
      Statement: [
        allow('s3:GetBucketAcl', `arn:aws:s3:::${bucket}`, {}),
        allow('s3:PutObject', `arn:aws:s3:::${bucket}/AWSLogs/${server.accountId}/*`, {
          's3:x-amz-acl': 'bucket-owner-full-control',
        }),
      ],
    }
    await aws('s3api', 'create-bucket', '--bucket', bucket)
    const create = ['cloudtrail', 'create-trail', '--name', 'proven', '--s3-bucket-name', bucket]
    assert.match(
      await refusal(...create),
      /InsufficientS3BucketPolicyException.*Incorrect S3 bucket policy is detected for bucket/s,
    )
    const document = file('policy.json', policy)
    await aws('s3api', 'put-bucket-policy', '--bucket', bucket, '--policy', document)
    await aws(...create, '--enable-log-file-validation', '--is-multi-region-trail')
    await aws('cloudtrail', 'start-logging', '--name', 'proven')
    const start = new Date(await nowMs()).toISOString()
    await aws('kms', 'create-key')
    await server.bartizan('clock', 'advance', '61m')
    await aws('kms', 'list-keys')
    await server.bartizan('clock', 'advance', '61m')
    const end = new Date(await nowMs()).toISOString()
    const range = ['--start-time', start, '--end-time', end]
    const validate = ['cloudtrail', 'validate-logs', '--trail-arn', trailArn, ...range, '--verbose']
    const report = await aws(...validate)
    assert.match(report, /2\/2 digest files valid/)
    assert.match(report, /(\d+)\/\1 log files valid/)
    assert.doesNotMatch(report, /INVALID/)
    const prefix = `AWSLogs/${server.accountId}/CloudTrail/`
    const listing = ['s3api', 'list-objects-v2', '--bucket', bucket, '--prefix', prefix]
    const keys = await json<string[]>(...listing, '--query', 'Contents[].Key')
    const [key = ''] = keys
    assert.match(key, /_CloudTrail_us-east-1_\d{8}T\d{4}Z_[A-Za-z0-9]{16}\.json\.gz$/)
    await aws('s3api', 'delete-object', '--bucket', bucket, '--key', key)
    const after = await run(present(cli).path, validate, { env: server.env() })
    assert.equal(after.code, 1)
    assert.match(after.stderr, /INVALID: not found/)
  })
})
