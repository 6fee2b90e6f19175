import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { rotationFunction } from './rotation-function.fixture.ts'

const program = `
  import { readConfig, startServer } from '@bartizan/server'
  const server = await startServer(readConfig({}, process.env))
  console.log('endpoint=' + server.endpoint)`
const credentials = { accessKeyId: 'AKIAKILLED0000000001', secretAccessKey: 'killed-secret' }

let directory: string
let server: ChildProcess
let endpoint = ''

/** Starts a server in a process of its own on the same data as the one before. */
async function start(): Promise<void> {
  server = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    env: {
      ...process.env,
      BARTIZAN_PORT: '0',
      BARTIZAN_DATA_DIR: directory,
      BARTIZAN_ADMIN_ACCESS_KEY_ID: credentials.accessKeyId,
      BARTIZAN_ADMIN_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let heard = ''
  endpoint = await new Promise<string>((resolve, reject) => {
    server.stdout?.on('data', (chunk: Buffer) => {
      heard += chunk.toString()
      const found = /endpoint=(\S+)/.exec(heard)?.[1]
      if (found) resolve(found)
    })
    server.once('exit', () => reject(new Error(`the server ended: ${heard}`)))
  })
}

function client<Client>(make: new (config: never) => Client): Client {
  const config = { endpoint, region: 'us-east-1', credentials, maxAttempts: 1 }
  return new make(config as never)
}

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bartizan-killed-'))
  await start()
})
after(async () => {
  server.kill('SIGKILL')
  await rm(directory, { recursive: true, force: true })
})

/** Another process has no promise to wait on. */
const betweenMs = 100

/** Asks again until the answer is as wanted. */
async function until<Answer>(
  ask: () => Promise<Answer>,
  isWanted: (answer: Answer) => boolean,
): Promise<Answer> {
  for (;;) {
    const answer = await ask()
    if (isWanted(answer)) return answer
    await pause(betweenMs)
  }
}

test('a rotation whose server is killed in a step comes to its end after the next start', async () => {
  const RotationLambdaARN = await rotationFunction({ client })
  const SecretId = 'killed'
  const request = { Name: SecretId, SecretString: 'first', Description: 'slow setSecret' }
  await client(SecretsManager).createSecret(request)
  const { VersionId = '' } = await client(SecretsManager).rotateSecret({
    SecretId,
    RotationLambdaARN,
  })
  const pending = () =>
    client(SecretsManager)
      .getSecretValue({ SecretId, VersionStage: 'AWSPENDING' })
      .then(({ SecretString }) => SecretString)
      .catch(() => undefined)
  const value = await until(pending, (text) => text !== undefined)
  const ended = once(server, 'exit')
  server.kill('SIGKILL')
  await ended
  await start()
  const current = await client(SecretsManager).getSecretValue({ SecretId })
  assert.equal(current.SecretString, 'first')
  const rotated = await until(
    () => client(SecretsManager).getSecretValue({ SecretId }),
    (answer) => answer.VersionId === VersionId,
  )
  assert.equal(rotated.SecretString, value)
  const { VersionIdsToStages = {} } = await client(SecretsManager).describeSecret({ SecretId })
  assert.equal(Object.keys(VersionIdsToStages).length, 2)
})
