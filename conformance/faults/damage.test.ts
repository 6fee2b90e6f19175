import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  KMSClient,
  KMSServiceException,
} from '@aws-sdk/client-kms'
import { clientConfig, ServerDidNotStart, startServerProcess } from './server-process.ts'

const keyCount = 30
const victim = 'the description of key number 7 of'
const scratch = mkdtempSync(join(tmpdir(), 'bartizan-damage-'))
const sound = join(scratch, 'sound')
const descriptions = new Map<string, string>()
const ciphertexts = new Map<string, Uint8Array>()

before(async () => {
  const server = await startServerProcess({ dataDir: sound })
  const kms = new KMSClient(clientConfig(server))
  for (let index = 0; index < keyCount; index++) {
    const Description = `the description of key number ${index} of ${keyCount}`
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description }))
    const KeyId = KeyMetadata?.KeyId ?? ''
    descriptions.set(KeyId, Description)
    const Plaintext = Buffer.from(Description)
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext }))
    ciphertexts.set(KeyId, CiphertextBlob ?? new Uint8Array())
  }
  kms.destroy()
  await server.stop('SIGTERM')
})

after(() => rmSync(scratch, { recursive: true, force: true }))

test('a damaged row is reported, and the others are served', async () => {
  const { outcomes } = await serveDamaged('row', (file) => {
    for (const at of places(file)) file[at + 4] = 'D'.charCodeAt(0)
  })
  const [damaged] = [...descriptions].find(([, text]) => text.startsWith(victim)) ?? []
  assert.equal(outcomes?.get(damaged ?? ''), 'refused')
  const right = [...(outcomes ?? [])].filter(([, outcome]) => outcome === 'right')
  assert.equal(right.length, keyCount - 1)
})

test('a page of zeros is reported', async () => {
  await reported('zeros', (file) => {
    for (const start of pages(file)) file.fill(0, start, start + pageBytes)
  })
})

test('a page of noise is reported', async () => {
  await reported('noise', (file) => {
    for (const start of pages(file)) file.set(randomBytes(pageBytes), start)
  })
})

test('a page that another page was written over is reported', async () => {
  await reported('misplaced', (file) => {
    for (const start of pages(file)) file.copy(file, start, pageBytes, 2 * pageBytes)
  })
})

test('a damaged file header keeps the server from starting, with words that say why', async () => {
  const { refusal } = await serveDamaged('header', (file) => file.fill(0x5a, 0, 100))
  assert.match(refusal ?? '', /damaged or not a database; restore a backup/)
  assert.doesNotMatch(refusal ?? '', /^\s+at /m, 'no stack trace')
})

test('flipped bytes anywhere in the rows are never served as something else', async (t) => {
  const tally = new Map<string, number>()
  for (let round = 0; round < flipRounds; round++) {
    const { outcomes } = await serveDamaged(`flips-${round}`, (file) => {
      const firstRow = file.indexOf('the description of key number')
      for (let flip = 0; flip < flipsPerRound; flip++) {
        const at = firstRow + Math.floor(Math.random() * (file.length - firstRow))
        file[at] = (file[at] ?? 0) ^ (1 << Math.floor(Math.random() * 8))
      }
    })
    for (const outcome of outcomes?.values() ?? ['not started']) {
      tally.set(outcome, (tally.get(outcome) ?? 0) + 1)
    }
  }
  t.diagnostic(JSON.stringify(Object.fromEntries(tally)))
  assert.equal(tally.get('wrong') ?? 0, 0)
})

const pageBytes = 8_192
const flipRounds = 4
const flipsPerRound = 40

/** Where the victim's description is: in its row and in the record of its making. */
function places(file: Buffer): number[] {
  const found: number[] = []
  for (let at = file.indexOf(victim); at >= 0; at = file.indexOf(victim, at + 1)) found.push(at)
  assert.ok(found.length > 1, 'the row and the record are in the file')
  return found
}

/** The pages where the victim's description is. */
function pages(file: Buffer): number[] {
  return [...new Set(places(file).map((at) => at - (at % pageBytes)))]
}

type Outcome = 'right' | 'refused' | 'absent' | 'wrong'

/** Damage that may be found at the start or at the read, but by then at the latest. */
async function reported(name: string, damage: (file: Buffer) => unknown): Promise<void> {
  const { outcomes, refusal } = await serveDamaged(name, damage)
  if (refusal !== undefined) {
    assert.match(refusal, /damaged/)
    return
  }
  const found = [...(outcomes?.values() ?? [])]
  assert.ok(found.includes('refused'), `nothing was reported: ${JSON.stringify(found)}`)
  assert.ok(!found.includes('wrong') && !found.includes('absent'), JSON.stringify(found))
}

/** Starts a server on a damaged copy of the store and asks for everything in it. */
async function serveDamaged(
  name: string,
  damage: (file: Buffer) => unknown,
): Promise<{ outcomes?: Map<string, Outcome>; refusal?: string }> {
  const dataDir = join(scratch, name)
  cpSync(sound, dataDir, { recursive: true })
  const path = join(dataDir, 'bartizan.db')
  const file = readFileSync(path)
  damage(file)
  writeFileSync(path, file)
  try {
    const server = await startServerProcess({ dataDir })
    try {
      const kms = new KMSClient(clientConfig(server))
      const outcomes = new Map<string, Outcome>()
      for (const [id, description] of descriptions) {
        outcomes.set(id, await outcomeOf(kms, id, description))
      }
      kms.destroy()
      return { outcomes }
    } finally {
      await server.stop('SIGKILL')
    }
  } catch (error) {
    if (!(error instanceof ServerDidNotStart)) throw error
    assert.notEqual(error.ending.code, 0)
    assert.equal(error.ending.signal, null, 'refused, not crashed')
    return { refusal: error.output }
  }
}

async function outcomeOf(kms: KMSClient, KeyId: string, description: string): Promise<Outcome> {
  try {
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }))
    const CiphertextBlob = ciphertexts.get(KeyId)
    const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob }))
    const right =
      KeyMetadata?.Description === description &&
      KeyMetadata.KeyState === 'Enabled' &&
      Buffer.from(Plaintext ?? []).toString() === description
    return right ? 'right' : 'wrong'
  } catch (error) {
    assert.ok(error instanceof KMSServiceException, String(error))
    if (error.$metadata.httpStatusCode === 500) return 'refused'
    return 'absent'
  }
}
