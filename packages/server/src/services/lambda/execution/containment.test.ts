import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { systemClock } from '../../../kernel/clock.ts'
import { ids } from '../../../kernel/ids.ts'
import { EnvironmentFactory } from './environment-factory.ts'
import type { FunctionImage } from './function-image.ts'
import { isolationLevels } from './isolation.ts'
import { EnvironmentPool, type CallResult } from './pool.ts'
import type { IsolationLevel } from './sandbox.ts'
import { zipOf } from './test-zip.ts'

const clock = systemClock()
const home = mkdtempSync(join(tmpdir(), 'bartizan-containment-'))
after(() => rmSync(home, { recursive: true, force: true }))
const secretFile = join(home, 'root.key')
writeFileSync(secretFile, 'the root key', { mode: 0o600 })
/** What this machine can hold functions with: a weaker level is tried too. */
const levels: readonly IsolationLevel[] =
  process.getuid?.() === 0 ? ['namespaces', 'user'] : ['user-namespace']

const handlers = {
  nodejs: `exports.handler = async (event) => {
    const fs = require('node:fs'), child = require('node:child_process')
    const attempt = (f) => { try { return f() } catch (error) { return error.code ?? error.message } }
    switch (event.do) {
      case 'echo': console.log('said', event.text); return { got: event.text, pid: process.pid, env: process.env, cwd: process.cwd(), uid: process.getuid() }
      case 'loop': for (;;);
      case 'read': return attempt(() => fs.readFileSync(event.path, 'utf8'))
      case 'list': return attempt(() => fs.readdirSync(event.path))
      case 'write': return attempt(() => { fs.writeFileSync(event.path, 'x'); return 'written' })
      case 'kill': return attempt(() => process.kill(event.pid, 'SIGKILL'))
      case 'exit': process.exit(3)
      case 'throw': throw new RangeError('out of range')
      case 'eat': { const kept = []; for (;;) kept.push(Buffer.alloc(16e6, 1)) }
      case 'fork': {
        const bomb = 'i=0; while [ $i -lt 3000 ]; do sleep 600 >/dev/null 2>&1 & i=$((i+1)); done; echo all'
        const { stdout, stderr } = child.spawnSync('sh', ['-c', bomb], { encoding: 'utf8' })
        return { stdout, stderr }
      }
      case 'ask': return await fetch(event.url).then((r) => r.status, (error) => error.cause?.code ?? error.message)
      case 'stay': child.spawn('/bin/sleep', ['31536000'], { detached: true, stdio: 'ignore' }).unref(); return 'stayed'
    }
  }`,
}

function imageOf(changes: Partial<FunctionImage> = {}): FunctionImage {
  return {
    account: '111122223333',
    region: 'us-east-1',
    functionName: 'contained',
    version: '$LATEST',
    revision: '1',
    runtime: 'nodejs22.x',
    handler: 'index.handler',
    memoryMb: 192,
    temporaryMb: 64,
    timeoutSeconds: 20,
    roleArn: 'arn:aws:iam::111122223333:role/r',
    logGroup: '/aws/lambda/contained',
    logFormat: 'Text',
    code: { id: 'code', read: () => zipOf({ 'index.js': handlers.nodejs }) },
    layers: [],
    variables: async () => ({ OWN: 'yes' }),
    ...changes,
  }
}

function processesThatRun(command: string): number {
  return readdirSync('/proc').filter((name) => {
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ')
      return line.trim() === command
    } catch {
      return false
    }
  }).length
}

for (const level of levels) {
  describe(`held by ${isolationLevels[level]}`, () => {
    const folder = join(home, level)
    mkdirSync(folder, { mode: 0o700 })
    const notices: string[] = []
    const log = {
      info: (_: object, text: string) => notices.push(text),
      warn: (_: object, text: string) => notices.push(text),
    }
    const opened = EnvironmentFactory.open(
      { clock, folder: () => folder, endpoint: () => 'http://127.0.0.1:1', log },
      level,
    )
    const pool = new EnvironmentPool({
      clock,
      ids,
      factory: () => opened,
      credentials: async () => ({
        accessKeyId: 'ASIAX',
        secretAccessKey: 's',
        sessionToken: 't',
        expiresAt: new Date(clock.now().getTime() + 3_600_000),
      }),
      logs: () => undefined,
    })
    after(async () => {
      await pool.stop()
      await (await opened).close()
    })

    const run = (event: object, changes: Partial<FunctionImage> = {}): Promise<CallResult> => {
      const call = {
        requestId: ids.uuid(),
        payload: Buffer.from(JSON.stringify(event)),
        functionArn: 'arn',
      }
      return pool.run(imageOf(changes), call, { unreserved: 100 })
    }
    const answerOf = ({ payload }: CallResult) => JSON.parse(payload.toString())

    test("a function runs with its own variables and none of the server's", async () => {
      const result = await run({ do: 'echo', text: 'hé' })
      const answer = answerOf(result)
      assert.equal(answer.got, 'hé')
      assert.equal(answer.env.OWN, 'yes')
      assert.equal(answer.env.AWS_REGION, 'us-east-1')
      assert.notEqual(answer.env.HOME, process.env['HOME'])
      assert.deepEqual(
        Object.keys(answer.env).filter((name) => /BARTIZAN|npm_|OLDPWD/i.test(name)),
        [],
      )
      // Root of its own user namespace is nobody outside.
      assert.ok(answer.uid !== 0 || level === 'user-namespace', 'root')
      const tail = Buffer.from(result.logTail, 'base64').toString()
      assert.match(
        tail,
        /START RequestId: .* Version: \$LATEST\n.*said hé\nEND RequestId.*\nREPORT .*Init Duration/s,
      )
    })

    test('a warm environment is used again', async () => {
      const first = answerOf(await run({ do: 'echo' }))
      const second = await run({ do: 'echo' })
      assert.equal(answerOf(second).pid, first.pid)
      assert.equal(second.initMs, undefined)
    })

    test('a function that loops is killed at its time limit', async () => {
      const result = await run({ do: 'loop' }, { timeoutSeconds: 1, version: '2' })
      assert.equal(result.errorType, 'Sandbox.Timedout')
      assert.match(answerOf(result).errorMessage, /Error: Task timed out after 1\.00 seconds$/)
    })

    test('a function that eats memory is killed', async () => {
      const result = await run({ do: 'eat' }, { memoryMb: 128, version: '3' })
      // Without a control group, memory is refused rather than the process killed.
      assert.match(result.errorType ?? '', /^(Runtime\.(OutOfMemory|ExitError)|RangeError)$/)
      assert.match(
        answerOf(result).errorMessage,
        /Runtime exited with error: signal: (killed|aborted)|allocat/,
      )
    })

    test('what a function leaves running ends with its environment', async () => {
      assert.equal(answerOf(await run({ do: 'stay' }, { functionName: 'leaving' })), 'stayed')
      const left = () => processesThatRun('/bin/sleep 31536000')
      while (left() === 0) await new Promise((resolve) => setImmediate(resolve))
      pool.retire({ ...imageOf(), functionName: 'leaving' })
      while (left() > 0) await new Promise((resolve) => setImmediate(resolve))
    })

    test('a function that exits is reported with its status', async () => {
      const result = await run({ do: 'exit' }, { version: '5' })
      assert.equal(result.errorType, 'Runtime.ExitError')
      assert.match(answerOf(result).errorMessage, /Runtime exited with error: exit status 3$/)
    })

    test('a function that throws is reported with its error', async () => {
      const result = await run({ do: 'throw' })
      const { errorType, errorMessage, trace } = answerOf(result)
      assert.deepEqual(
        [errorType, errorMessage, result.errorType],
        ['RangeError', 'out of range', 'RangeError'],
      )
      assert.ok(Array.isArray(trace))
    })

    test("the server's files cannot be read", async () => {
      for (const path of [secretFile, `/proc/${process.pid}/environ`, '/etc/shadow']) {
        assert.match(answerOf(await run({ do: 'read', path })), /^(ENOENT|EACCES)$/, path)
      }
      assert.match(answerOf(await run({ do: 'list', path: folder })), /^(ENOENT|EACCES)$/)
    })

    test('the server cannot be signalled', async () => {
      assert.match(answerOf(await run({ do: 'kill', pid: process.pid })), /^(ESRCH|EPERM)$/)
    })

    test('the code and the system cannot be written', async () => {
      for (const path of ['index.js', 'new.js', '/usr/bin/new', '/new']) {
        assert.match(answerOf(await run({ do: 'write', path })), /^(EROFS|EACCES|EPERM)$/, path)
      }
    })

    test("another function's invocations cannot be taken", async () => {
      const { env } = answerOf(await run({ do: 'echo' }))
      const url = `http://${env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/next`
      assert.match(
        answerOf(await run({ do: 'ask', url }, { functionName: 'other' })),
        /ECONNRESET|UND_ERR_SOCKET|socket/,
      )
      await assert.rejects(fetch(url))
    })

    test("the network is the host's", async () => {
      const server = createServer((_request, response) => response.end()).listen(0, '127.0.0.1')
      await new Promise((resolve) => server.once('listening', resolve))
      const { port } = server.address() as AddressInfo
      assert.equal(answerOf(await run({ do: 'ask', url: `http://127.0.0.1:${port}/` })), 200)
      server.close()
      server.closeAllConnections()
    })

    test('a function that forks without end is refused further processes', async () => {
      const { stdout, stderr } = answerOf(
        await run({ do: 'fork' }, { memoryMb: 2048, timeoutSeconds: 60, version: '4' }),
      )
      assert.equal(stdout, '')
      assert.match(stderr, /Cannot fork/)
    })

    test('the log says how functions are held', () => {
      assert.match(notices.join(), /functions run as .*; memory .*; the network is the host's/)
    })
  })
}
