import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import {
  closeSync,
  createReadStream,
  existsSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  GenerateRandomCommand,
  KMSClient,
  ListKeysCommand,
} from '@aws-sdk/client-kms'
import { environmentWithoutAws, run, succeed } from './process.ts'
import { startServer, type Server } from './server.ts'

const root = resolve(import.meta.dirname, '..')
const mebibyte = 1024 * 1024
let server: Server

function kmsOf({ endpoint, region, admin }: Server): KMSClient {
  return new KMSClient({ endpoint, region, credentials: admin, maxAttempts: 1 })
}

async function newKey(kms: KMSClient): Promise<string> {
  const { KeyMetadata: key } = await kms.send(new CreateKeyCommand({}))
  return key?.KeyId ?? ''
}

/** A file of random bytes, written and hashed piece by piece. */
function bigFile(path: string, mebibytes: number): string {
  const hash = createHash('sha256')
  const file = openSync(path, 'wx')
  for (let written = 0; written < mebibytes; written++) {
    const piece = randomBytes(mebibyte)
    hash.update(piece)
    writeSync(file, piece)
  }
  closeSync(file)
  return hash.digest('hex')
}

/** The SHA-256 of a file, read piece by piece. */
async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer)
  return hash.digest('hex')
}

/** Runs the `bartizan` command, which must succeed, and gives the most memory that it held. */
async function peakMebibytes(args: readonly string[]): Promise<number> {
  const report = join(server.folder, `peak-${randomBytes(4).toString('hex')}`)
  const preload = join(server.folder, 'peak.mjs')
  writeFileSync(
    preload,
    `import { writeFileSync } from 'node:fs'
     process.on('exit', () =>
       writeFileSync(process.env.PEAK_REPORT, String(process.resourceUsage().maxRSS)))`,
  )
  const command = [`--import=${preload}`, join(root, 'packages/cli/bin/bartizan.mjs'), ...args]
  await succeed(process.execPath, command, {
    env: {
      ...environmentWithoutAws(),
      BARTIZAN_ENDPOINT: server.endpoint,
      BARTIZAN_ADMIN_ACCESS_KEY_ID: server.admin.accessKeyId,
      BARTIZAN_ADMIN_SECRET_ACCESS_KEY: server.admin.secretAccessKey,
      PEAK_REPORT: report,
    },
    timeoutMs: 120_000,
  })
  return Number(readFileSync(report, 'utf8')) / 1024
}

describe('the bartizan command', () => {
  before(async () => {
    server = await startServer()
  })
  after(() => server.stop())

  test('every command has help with examples', async () => {
    const help = await server.bartizan('--help')
    const commands = ['up', 'status', 'env', 'clock', 'reset', 'backup', 'restore', 'encrypt']
    for (const command of commands) assert.match(help, new RegExp(`^  ${command} `, 'm'))
    for (const command of ['up', 'status', 'env', 'backup', 'restore', 'encrypt', 'decrypt']) {
      assert.match(await server.bartizan(command, '--help'), /Examples:\n  \$ /)
    }
    const { code, stderr } = await server.tryBartizan('no-such-command')
    assert.notEqual(code, 0)
    assert.match(stderr, /unknown command/)
  })

  test('an older Node hands it to the one that it needs', async (context) => {
    const elsewhere = (process.env['PATH'] ?? '')
      .split(':')
      .filter((path) => !path.includes('node_modules'))
    const node = elsewhere.map((path) => join(path, 'node')).find((path) => existsSync(path))
    if (node === undefined) return context.skip('no Node on the machine but the pinned one')
    const env = { ...environmentWithoutAws(), BARTIZAN_ENDPOINT: server.endpoint }
    const said = await succeed(node, [join(root, 'packages/cli/bin/bartizan.mjs'), 'status'], {
      env,
    })
    assert.match(said, /^status +ok$/m)
  })

  test('npx runs it on whatever Node there is', async () => {
    const env = { ...environmentWithoutAws(), BARTIZAN_ENDPOINT: server.endpoint }
    const said = await succeed('npx', ['--no-install', 'bartizan', 'status'], { cwd: root, env })
    assert.match(said, new RegExp(`^endpoint +${server.endpoint}$`, 'm'))
    assert.match(said, /^status +ok$/m)
    assert.match(said, /^services .*kms/m)
  })

  test('env prints exports that a shell can use', async () => {
    const exports = await server.bartizan('env')
    writeFileSync(join(server.folder, 'env.sh'), exports)
    const script = `. ./env.sh; printf '%s|%s|%s' "$AWS_ENDPOINT_URL" "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY"`
    const said = await succeed('sh', ['-c', script], { cwd: server.folder })
    const { accessKeyId, secretAccessKey } = server.admin
    assert.equal(said, `${server.endpoint}|${accessKeyId}|${secretAccessKey}`)
  })

  test('credentials and the root key are files that their owner alone reads', () => {
    for (const name of ['credentials', 'root.key']) {
      assert.equal(statSync(join(server.dataDir, name)).mode & 0o777, 0o600, name)
    }
  })

  test('a file of 120 MB is encrypted and decrypted in a stream, and a wrong context stops it', async () => {
    const kms = kmsOf(server)
    const keyId = await newKey(kms)
    await kms.send(new CreateAliasCommand({ AliasName: 'alias/files', TargetKeyId: keyId }))
    const path = join(server.folder, 'big')
    const hash = bigFile(path, 120)
    const encryptPeak = await peakMebibytes(
      `encrypt ${path} --key-id alias/files --context team=red`.split(' '),
    )
    assert.ok(existsSync(`${path}.encrypted`))
    const decryptPeak = await peakMebibytes(
      `decrypt ${path}.encrypted --output ${path}.back --context team=red`.split(' '),
    )
    assert.equal(await hashOf(`${path}.back`), hash)
    const peaks = `${encryptPeak} and ${decryptPeak} MiB`
    assert.ok(encryptPeak < 320 && decryptPeak < 320, peaks)
    const wrong = await server.tryBartizan(
      ...`decrypt ${path}.encrypted --output ${path}.wrong --context team=blue`.split(' '),
    )
    assert.equal(wrong.code, 1)
    assert.match(wrong.stderr, /the encryption context does not have team=blue/)
    assert.ok(!existsSync(`${path}.wrong`))
    assert.ok(!existsSync(`${path}.wrong.partial`))
    await kms.send(new DisableKeyCommand({ KeyId: keyId }))
    const disabled = await server.tryBartizan('decrypt', `${path}.encrypted`, '--output', 'x')
    assert.equal(disabled.code, 1)
  })

  test('a small file, an empty one and a damaged one', async () => {
    const keyId = await newKey(kmsOf(server))
    for (const content of [randomBytes(5), Buffer.alloc(0)]) {
      const path = join(server.folder, `small-${content.length}`)
      writeFileSync(path, content)
      await server.bartizan('encrypt', path, '--key-id', keyId)
      await server.bartizan('decrypt', `${path}.encrypted`, '--output', `${path}.back`)
      assert.deepEqual(readFileSync(`${path}.back`), content)
      const damaged = readFileSync(`${path}.encrypted`)
      damaged[damaged.length - 3] = (damaged.at(-3) ?? 0) ^ 1
      writeFileSync(`${path}.damaged`, damaged)
      const { code } = await server.tryBartizan(
        ...`decrypt ${path}.damaged --output ${path}.none`.split(' '),
      )
      assert.equal(code, 1)
      assert.ok(!existsSync(`${path}.none`))
    }
  })

  test('a backup made while the server serves is restored elsewhere', async () => {
    const kms = kmsOf(server)
    const keyId = await newKey(kms)
    const { CiphertextBlob: blob } = await kms.send(
      new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('kept') }),
    )
    const restored = join(server.folder, 'restored')
    const outside = await server.tryBartizan('backup', join(server.folder, 'elsewhere'))
    assert.match(outside.stderr, /path must be inside/)
    assert.ok(!existsSync(join(server.folder, 'elsewhere')))
    const [backup = ''] = (await server.bartizan('backup', 'kept')).split(/ with |\n/)
    const again = await server.tryBartizan('backup', 'kept')
    assert.match(again.stderr, /exists/)
    await server.bartizan('restore', backup, '--data-dir', restored)
    const taken = await server.tryBartizan('restore', backup, '--data-dir', restored)
    assert.match(taken.stderr, /holds a database already/)
    const second = await startServer({ dataDir: restored })
    try {
      const { Plaintext: plaintext } = await kmsOf(second).send(
        new DecryptCommand({ CiphertextBlob: blob }),
      )
      assert.equal(Buffer.from(plaintext ?? []).toString(), 'kept')
    } finally {
      await second.stop()
    }
  })

  test('another account sees nothing of the first', async () => {
    const keyId = await newKey(kmsOf(server))
    const created = JSON.parse(
      await server.bartizan(...'account create --name dev --email dev@example.com'.split(' ')),
    ) as { accountId: string; admin: { accessKeyId: string; secretAccessKey: string } }
    assert.match(created.accountId, /^\d{12}$/)
    const other = kmsOf({ ...server, admin: created.admin })
    assert.deepEqual((await other.send(new ListKeysCommand({}))).Keys, [])
    const arn = `arn:aws:kms:${server.region}:${server.accountId}:key/${keyId}`
    await assert.rejects(other.send(new DescribeKeyCommand({ KeyId: arn })), {
      name: 'AccessDeniedException',
    })
  })

  test('the clock advances as it is told, and what was acknowledged outlives a stop', async () => {
    const dataDir = join(server.folder, 'moved')
    const before = await startServer({ dataDir })
    const start = Date.now()
    const moved = Date.parse((await before.bartizan('clock', 'advance', '365d')).trim())
    assert.ok(Math.abs(moved - start - 365 * 86_400_000) < 60_000)
    assert.notEqual((await before.tryBartizan('clock', 'advance', 'soon')).code, 0)
    const keyId = await newKey(kmsOf(before))
    await before.stop()
    const after = await startServer({ dataDir })
    try {
      const health = (await (await fetch(`${after.endpoint}/_bartizan/health`)).json()) as {
        now: string
      }
      assert.ok(Date.parse(health.now) >= moved)
      const { KeyMetadata: key } = await kmsOf(after).send(new DescribeKeyCommand({ KeyId: keyId }))
      assert.ok((key?.CreationDate?.getTime() ?? 0) >= moved)
    } finally {
      await after.stop()
    }
  })

  test('reset goes back to a first start in under a second, with the same credentials', async () => {
    const own = await startServer()
    try {
      await newKey(kmsOf(own))
      await own.bartizan('clock', 'advance', '10d')
      const begun = performance.now()
      await own.bartizan('reset')
      const elapsedMs = performance.now() - begun
      assert.deepEqual((await kmsOf(own).send(new ListKeysCommand({}))).Keys, [])
      const health = (await (await fetch(`${own.endpoint}/_bartizan/health`)).json()) as {
        now: string
      }
      assert.ok(Math.abs(Date.parse(health.now) - Date.now()) < 60_000)
      assert.ok(elapsedMs < 5000, `${elapsedMs} ms with the command's own start`)
    } finally {
      await own.stop()
    }
  })

  test('production refuses to move the clock and to reset', async () => {
    const production = await startServer({ args: ['--production'] })
    try {
      for (const command of [['clock', 'advance', '1d'], ['reset']]) {
        const { code, stderr } = await production.tryBartizan(...command)
        assert.equal(code, 1)
        assert.match(stderr, /is refused in production mode/)
      }
      const { Plaintext: bytes } = await kmsOf(production).send(
        new GenerateRandomCommand({ NumberOfBytes: 16 }),
      )
      assert.equal(bytes?.length, 16)
    } finally {
      await production.stop()
    }
  })

  test('a server that is not there is named as the reason', async () => {
    const env = { ...environmentWithoutAws(), BARTIZAN_ENDPOINT: 'http://127.0.0.1:9' }
    const main = join(root, 'packages/cli/bin/bartizan.mjs')
    const { code, stderr } = await run(process.execPath, [main, 'status'], { env })
    assert.equal(code, 1)
    assert.match(stderr, /no server answers at http:\/\/127\.0\.0\.1:9/)
  })
})
