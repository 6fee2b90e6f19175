import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { after, before, describe, test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import { Lambda } from '@aws-sdk/client-lambda'
import { SQS } from '@aws-sdk/client-sqs'
import { ZipFile } from 'yazl'
import { findAwsCli, present, skipWithout } from './clients.ts'
import { ProgramError, run } from './process.ts'
import { startServer, type Server } from './server.ts'

const cli = await findAwsCli()
const skip = skipWithout(cli)
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
})
const allowed = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['sqs:*', 'logs:*'], Resource: '*' }],
})

/** Runs a command of the CLI against a server; what it prints, or its refusal as an error. */
async function aws(server: Server, ...args: readonly string[]): Promise<string> {
  const outcome = await run(present(cli).path, args, { env: server.env(), cwd: server.folder })
  if (outcome.code !== 0) throw new ProgramError(`aws ${args.join(' ')}`, outcome)
  return outcome.stdout.trim()
}

async function newRole(server: Server): Promise<string> {
  const role = ['--role-name', 'function']
  await aws(server, 'iam', 'create-role', ...role, '--assume-role-policy-document', trust)
  await aws(
    server,
    'iam',
    'put-role-policy',
    ...role,
    '--policy-name',
    'p',
    '--policy-document',
    allowed,
  )
  return `arn:aws:iam::${server.accountId}:role/function`
}

function packageOf(source: string): Promise<Buffer> {
  const zip = new ZipFile()
  zip.addBuffer(Buffer.from(source), 'index.mjs')
  zip.end()
  return buffer(zip.outputStream)
}

async function newFunction(server: Server, name: string, source: string): Promise<void> {
  writeFileSync(join(server.folder, `${name}.zip`), await packageOf(source))
  const role = `arn:aws:iam::${server.accountId}:role/function`
  const what = ['--runtime', 'nodejs22.x', '--handler', 'index.handler', '--timeout', '30']
  const code = ['--zip-file', `fileb://${name}.zip`, '--memory-size', '256']
  const create = ['create-function', '--function-name', name, '--role', role]
  await aws(server, 'lambda', ...create, ...what, ...code)
  await aws(server, 'lambda', 'wait', 'function-active-v2', '--function-name', name)
}

describe('Lambda by the AWS CLI', { skip }, () => {
  let server: Server
  before(async () => {
    server = await startServer()
    await newRole(server)
  })
  after(() => server.stop())

  test('a function is made, called, looked at, changed and deleted', async () => {
    const source = `export const handler = async (event) => { console.log('heard', event); return { got: event } }`
    await newFunction(server, 'first', source)
    const named = ['--function-name', 'first']
    const call = ['invoke', ...named, '--payload', `fileb://event.json`, '--log-type', 'Tail']
    writeFileSync(join(server.folder, 'event.json'), '{"n":1}')
    const answer = JSON.parse(await aws(server, 'lambda', ...call, 'out.json', '--output', 'json'))
    assert.equal(answer.StatusCode, 200)
    assert.equal(readFileSync(join(server.folder, 'out.json'), 'utf8'), '{"got":{"n":1}}')
    assert.match(Buffer.from(answer.LogResult, 'base64').toString(), /heard \{ n: 1 \}[^]*REPORT/)
    const location = await aws(
      server,
      'lambda',
      'get-function',
      ...named,
      '--query',
      'Code.Location',
      '--output',
      'text',
    )
    const zip = Buffer.from(await (await fetch(location)).arrayBuffer())
    assert.deepEqual(zip, readFileSync(join(server.folder, 'first.zip')))
    await aws(server, 'lambda', 'publish-version', ...named)
    const alias = ['create-alias', ...named, '--name', 'live', '--function-version', '1']
    await aws(server, 'lambda', ...alias)
    await aws(server, 'lambda', 'invoke', '--function-name', 'first:live', 'out.json')
    await aws(server, 'lambda', 'update-function-configuration', ...named, '--timeout', '5')
    await aws(server, 'lambda', 'wait', 'function-updated-v2', ...named)
    await aws(server, 'lambda', 'delete-function', ...named)
    await assert.rejects(aws(server, 'lambda', 'get-function', ...named), (error: unknown) => {
      assert.match(
        String(error),
        /\(ResourceNotFoundException\)[^]*Function not found: arn:aws:lambda/,
      )
      return true
    })
  })
})

/** Processes that run as one of the users of a server's functions. */
function functionProcesses(serverPid: number): number {
  const first = 1_900_000_001 + (serverPid % 100_000) * 1024
  return readdirSync('/proc').filter((name) => {
    try {
      const { uid } = statSync(`/proc/${name}`)
      return /^\d+$/.test(name) && uid >= first && uid < first + 1024
    } catch {
      return false
    }
  }).length
}

interface Clients {
  readonly iam: IAM
  readonly lambda: Lambda
  readonly sqs: SQS
}

function clientsOf({ endpoint, region, admin: credentials }: Server): Clients {
  const config = { endpoint, region, credentials }
  return { iam: new IAM(config), lambda: new Lambda(config), sqs: new SQS(config) }
}

describe('Lambda when the server is killed', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'bartizan-lambda-kill-'))
  const servers: Server[] = []
  const start = async () => {
    const server = await startServer({ dataDir })
    servers.push(server)
    return server
  }
  after(async () => {
    for (const server of servers) await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })

  test('no event on its way to a function is lost, and no function outlives the server', async () => {
    const first = await start()
    const { iam, lambda, sqs } = clientsOf(first)
    const RoleName = 'function'
    const { Role } = await iam.createRole({ RoleName, AssumeRolePolicyDocument: trust })
    await iam.putRolePolicy({ RoleName, PolicyName: 'p', PolicyDocument: allowed })
    const { QueueUrl = '' } = await sqs.createQueue({ QueueName: 'arrived' })
    const source = `import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs'
      export const handler = async ({ n }) => {
        await new Promise((resolve) => setTimeout(resolve, 2000))
        const QueueUrl = process.env.AWS_ENDPOINT_URL + '${new URL(QueueUrl).pathname}'
        await new SQSClient().send(new SendMessageCommand({ QueueUrl, MessageBody: String(n) }))
      }`
    const FunctionName = 'slow'
    await lambda.createFunction({
      FunctionName,
      Role: Role?.Arn,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Timeout: 60,
      MemorySize: 256,
      Code: { ZipFile: await packageOf(source) },
    })
    const InvocationType = 'Event'
    for (const n of [1, 2]) {
      await lambda.invoke({ FunctionName, InvocationType, Payload: JSON.stringify({ n }) })
    }
    for (let tries = 0; functionProcesses(first.pid) === 0; tries++) {
      assert.ok(tries < 600, 'no function runs')
      await wait(50)
    }
    process.kill(first.pid, 'SIGKILL')
    for (let tries = 0; functionProcesses(first.pid) > 0; tries++) {
      assert.ok(tries < 200, 'a function outlives the server')
      await wait(50)
    }
    const second = await start()
    const again = clientsOf(second)
    const url = `${second.endpoint}${new URL(QueueUrl).pathname}`
    const seen = new Set<string>()
    for (let tries = 0; seen.size < 2 && tries < 8; tries++) {
      const { Messages = [] } = await again.sqs.receiveMessage({
        QueueUrl: url,
        WaitTimeSeconds: 20,
      })
      for (const { Body = '' } of Messages) seen.add(Body)
    }
    assert.deepEqual([...seen].toSorted(), ['1', '2'])
  })
})
