import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { administrator, startServerProcess, type ServerProcess } from './server-process.ts'

const cycles = Number(process.env['BARTIZAN_FAULT_CYCLES'] ?? 5)
const writers = 6
const Bucket = 'kept'
/** Smaller objects have no files. */
const largestInRow = 16_384

function clientOf({ endpoint }: ServerProcess): S3Client {
  const credentials = administrator
  return new S3Client({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 })
}

function filesIn(folder: string): number {
  if (!existsSync(folder)) return 0
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  ).length
}

/** Writes until the server is gone; what was acknowledged is remembered by its hash. */
async function write(s3: S3Client, name: string, kept: Map<string, string>): Promise<void> {
  for (let number = 0; ; number++) {
    const Key = `${name}/${number % 7}`
    const Body = randomBytes(1 + Math.floor(Math.random() * (number % 3 === 0 ? 20_000 : 600_000)))
    // What is under way when the server is killed may be the old object or the new one.
    const before = kept.get(Key)
    kept.delete(Key)
    try {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body }))
    } catch {
      return
    }
    kept.set(Key, createHash('sha256').update(Body).digest('hex'))
    assert.notEqual(before, kept.get(Key))
  }
}

test(`no acknowledged object is lost, and no file is left over, when the server is killed ${cycles} times`, async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'bartizan-kill-objects-'))
  t.after(() => rmSync(dataDir, { recursive: true, force: true }))
  const kept = new Map<string, string>()
  let verified = 0
  let server = await startServerProcess({ dataDir })
  try {
    await clientOf(server).send(new CreateBucketCommand({ Bucket }))
    for (let cycle = 0; cycle < cycles; cycle++) {
      const s3 = clientOf(server)
      const writing = Array.from({ length: writers }, (_, index) => write(s3, `w${index}`, kept))
      await wait(500 + Math.random() * 1500)
      await server.stop('SIGKILL')
      await Promise.all(writing)
      server = await startServerProcess({ dataDir })
      const again = clientOf(server)
      for (const [Key, sum] of kept) {
        const { Body } = await again.send(new GetObjectCommand({ Bucket, Key }))
        const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array()
        assert.equal(createHash('sha256').update(bytes).digest('hex'), sum, Key)
        verified++
      }
      const { Contents = [] } = await again.send(new ListObjectsV2Command({ Bucket }))
      const inFiles = Contents.filter(({ Size = 0 }) => Size > largestInRow)
      const inDoubt = join(dataDir, 's3', 'in-doubt')
      for (let tries = 0; tries < 100 && filesIn(inDoubt) > 0; tries++) await wait(50)
      assert.equal(filesIn(inDoubt), 0)
      assert.equal(filesIn(join(dataDir, 's3', 'blobs')), inFiles.length)
    }
  } finally {
    await server.stop('SIGKILL')
  }
  t.diagnostic(`${cycles} kills, ${verified} objects verified`)
  assert.ok(verified > cycles)
})
