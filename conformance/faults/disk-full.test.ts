import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  KMSClient,
  KMSServiceException,
  paginateListKeys,
} from '@aws-sdk/client-kms'
import { clientConfig, startServerProcess } from './server-process.ts'

const mountPoint = mkdtempSync(join(tmpdir(), 'bartizan-full-'))
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', mountPoint])
const skip = mounted.status === 0 ? false : 'needs the right to mount a small file system'
const refusalsWanted = 40

test(
  'a full disk refuses calls, loses and halves nothing, and calls go on once there is room',
  { skip },
  async (t) => {
    const dataDir = join(mountPoint, 'data')
    const filler = join(mountPoint, 'filler')
    let server = await startServerProcess({ dataDir })
    t.after(async () => {
      await server.stop('SIGKILL')
      execFileSync('umount', [mountPoint])
      rmdirSync(mountPoint)
    })
    let kms = new KMSClient(clientConfig(server))
    const acknowledged = new Map<string, string>()
    let serial = 0
    const create = async () => {
      const Description = `key ${serial++}`
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description }))
      acknowledged.set(KeyMetadata?.KeyId ?? '', Description)
      return KeyMetadata?.KeyId ?? ''
    }
    const KeyId = await create()
    const Plaintext = Buffer.from('written before')
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext }))

    fill(filler)
    let refusals = 0
    for (let call = 0; refusals < refusalsWanted; call++) {
      assert.ok(call < 20_000, 'the disk never filled up')
      try {
        await create()
      } catch (error) {
        assert.ok(error instanceof KMSServiceException, String(error))
        assert.equal(error.$metadata.httpStatusCode, 500, `${error.name}: ${error.message}`)
        assert.equal(error.name, 'KMSInternalException')
        refusals++
      }
    }
    const health = await fetch(`${server.endpoint}/_bartizan/health`)
    assert.equal(health.status, 200, 'the server lives')

    rmSync(filler)
    const intact = async () => {
      const decrypted = await kms.send(new DecryptCommand({ CiphertextBlob }))
      assert.equal(Buffer.from(decrypted.Plaintext ?? []).toString(), 'written before')
      const listed = new Set<string>()
      for await (const page of paginateListKeys({ client: kms, pageSize: 1000 }, {})) {
        for (const key of page.Keys ?? []) listed.add(key.KeyId ?? '')
      }
      assert.deepEqual([...listed].sort(), [...acknowledged.keys()].sort(), 'exactly what was said')
      for (const [id, description] of [...acknowledged].slice(-20)) {
        const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: id }))
        assert.equal(KeyMetadata?.Description, description)
      }
    }
    await create()
    await intact()
    await server.stop('SIGKILL')
    server = await startServerProcess({ dataDir })
    kms = new KMSClient(clientConfig(server))
    await intact()
    await create()
    t.diagnostic(`${acknowledged.size} keys made, ${refusals} calls refused`)
  },
)

/** Takes all the room that is left. */
function fill(path: string): void {
  const file = openSync(path, 'w')
  try {
    for (const block of [Buffer.alloc(65_536), Buffer.alloc(4_096)]) writeUntilFull(file, block)
  } finally {
    closeSync(file)
  }
}

function writeUntilFull(file: number, block: Buffer): void {
  for (;;) {
    try {
      writeSync(file, block)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return
      throw error
    }
  }
}
