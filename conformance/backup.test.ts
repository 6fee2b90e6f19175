import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import { Lambda } from '@aws-sdk/client-lambda'
import { S3 } from '@aws-sdk/client-s3'
import { SQS } from '@aws-sdk/client-sqs'
import { Upload } from '@aws-sdk/lib-storage'
import { ZipFile } from 'yazl'
import { buffer } from 'node:stream/consumers'
import { startServer, type Server } from './server.ts'

const Bucket = 'kept-through-a-backup'
const backups = 2
const writers = 3

let server: Server
before(async () => {
  server = await startServer()
})
after(() => server.stop())

function clientOf<Client>(
  { endpoint, region, admin: credentials }: Server,
  make: new (config: object) => Client,
): Client {
  return new make({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 })
}

const digest = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex')

/** Puts an object that tells in its metadata what its bytes are; every fourth in parts. */
async function write(s3: S3, Key: string, index: number): Promise<void> {
  const Body = randomBytes(index % 4 === 0 ? 6_000_000 : 1 + ((index * 7919) % 200_000))
  const Metadata = { digest: digest(Body) }
  await new Upload({ client: s3, params: { Bucket, Key, Body, Metadata } }).done()
}

/** Reads every object of a server; throws where one is not what was put. Returns their keys. */
async function readAll(s3: S3): Promise<ReadonlySet<string>> {
  const { Contents = [] } = await s3.listObjectsV2({ Bucket })
  for (const { Key = '' } of Contents) {
    const { Body, Metadata } = await s3.getObject({ Bucket, Key })
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array()
    assert.equal(digest(bytes), Metadata?.['digest'], Key)
  }
  return new Set(Contents.map(({ Key = '' }) => Key))
}

/** Writes, overwrites and deletes until it is told to stop. Returns how much it did. */
async function churn(s3: S3, writer: number, isOver: () => boolean): Promise<number> {
  let done = 0
  while (!isOver()) {
    const Key = `churned/${writer}/${done % 5}`
    await write(s3, Key, done)
    if (done % 3 === 2) await s3.deleteObject({ Bucket, Key })
    done += 1
  }
  return done
}

async function plantOthers(from: Server): Promise<void> {
  const sqs = clientOf(from, SQS)
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'kept' })
  await sqs.sendMessage({ QueueUrl, MessageBody: 'kept message' })
  const { Role } = await clientOf(from, IAM).createRole({
    RoleName: 'kept',
    AssumeRolePolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
      },
    }),
  })
  const zip = new ZipFile()
  zip.addBuffer(Buffer.from('exports.handler = async () => "kept code"'), 'index.js')
  zip.end()
  await clientOf(from, Lambda).createFunction({
    FunctionName: 'kept',
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Role: Role?.Arn,
    Code: { ZipFile: await buffer(zip.outputStream) },
  })
}

async function assertOthers(of: Server): Promise<void> {
  const sqs = clientOf(of, SQS)
  const { QueueUrl } = await sqs.getQueueUrl({ QueueName: 'kept' })
  const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, VisibilityTimeout: 0 })
  assert.equal(Messages[0]?.Body, 'kept message')
  const { Payload } = await clientOf(of, Lambda).invoke({ FunctionName: 'kept' })
  assert.equal(Buffer.from(Payload ?? []).toString(), '"kept code"')
}

test('backups made amid writes hold every object, message and function, whole', async (t) => {
  const s3 = clientOf(server, S3)
  await s3.createBucket({ Bucket })
  await plantOthers(server)
  let isOver = false
  const churning = Promise.all(
    Array.from({ length: writers }, (_, writer) => churn(s3, writer, () => isOver)),
  )
  const kept: string[] = []
  for (let round = 0; round < backups; round++) {
    kept.push(`kept/${round}`)
    await write(s3, `kept/${round}`, round)
    await server.bartizan('backup', `round-${round}`)
  }
  isOver = true
  const written = (await churning).reduce((sum, count) => sum + count, 0)
  for (let round = 0; round < backups; round++) {
    const backup = join(server.dataDir, 'backups', `round-${round}`)
    const dataDir = join(server.folder, `restored-${round}`)
    await server.bartizan('restore', backup, '--data-dir', dataDir)
    const restored = await startServer({ dataDir })
    try {
      const keys = await readAll(clientOf(restored, S3))
      for (const key of kept.slice(0, round + 1)) assert.ok(keys.has(key), `${key} is lost`)
      await assertOthers(restored)
      // Objects of the restored server can be written over and deleted like any.
      await write(clientOf(restored, S3), 'kept/0', 1)
      await clientOf(restored, S3).deleteObject({ Bucket, Key: 'kept/0' })
    } finally {
      await restored.stop()
    }
  }
  t.diagnostic(`${written} objects written during ${backups} backups`)
  assert.ok(written > backups)
  await readAll(s3)
})

test('what a backup holds is readable by its owner alone, and one that was cut short is not restored', async () => {
  await server.bartizan('backup', 'cut-short')
  const folder = join(server.dataDir, 'backups', 'cut-short')
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  assert.ok(names.some((name) => name.startsWith('bartizan.db.files/s3/blobs/')))
  for (const name of names) assert.equal(statSync(join(folder, name)).mode & 0o077, 0, name)
  renameSync(join(folder, 'bartizan.db.files'), join(folder, 'bartizan.db.files.partial'))
  const dataDir = join(server.folder, 'never')
  const { code, stderr } = await server.tryBartizan('restore', folder, '--data-dir', dataDir)
  assert.notEqual(code, 0)
  assert.match(stderr, /cut short/)
})
