import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, test } from 'node:test'
import { openStore } from './open-store.ts'
import { secretBox } from './sealed.ts'
import { StoreOpenError } from './store-open-error.ts'
import { CorruptRow } from './store.ts'
import type { Store } from './store.ts'
import { auditOf, batch, change, note, notes, put } from './testdata/samples.ts'

const box = secretBox(new Uint8Array(32))
let directory = ''
let path = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bartizan-sqlite-'))
  path = join(directory, 'store.db')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const open = (at = path): Promise<Store> => openStore({ kind: 'sqlite', path: at }, box)

function bytesOnDisk(): string {
  const files = readdirSync(directory).filter((name) => statSync(join(directory, name)).isFile())
  return files.map((name) => readFileSync(join(directory, name), 'latin1')).join('')
}

test('sealed fields are nowhere in the files, other fields are', async () => {
  const store = await open()
  await put(store, 'k', { text: 'plain-text', secret: 'open-sesame', tags: [] })
  assert.match(bytesOnDisk(), /plain-text/)
  assert.doesNotMatch(bytesOnDisk(), /open-sesame/)
  await store.close()
  assert.doesNotMatch(bytesOnDisk(), /open-sesame/)
})

test('a sealed field moved to another row does not open there', async () => {
  const store = await open()
  await put(store, 'one', { text: 'x', secret: 'a', tags: [] })
  await put(store, 'two', { text: 'x', secret: 'b', tags: [] })
  await store.close()
  const { crc32 } = await import('node:zlib')
  const database = new DatabaseSync(path)
  const { doc } = database.prepare("SELECT doc FROM rows WHERE key = 'one'").get() ?? {}
  const { version } = database.prepare("SELECT version FROM rows WHERE key = 'two'").get() ?? {}
  const crc = crc32(String(doc), crc32(`test.notes|a|two|${version}|`))
  database.prepare("UPDATE rows SET doc = ?, crc = ? WHERE key = 'two'").run(String(doc), crc)
  database.close()
  const again = await open()
  assert.equal((await again.get(notes, 'a', 'one'))?.value.secret, 'a')
  await assert.rejects(again.get(notes, 'a', 'two'), CorruptRow)
  await again.close()
})

test('a flipped byte in any column by which something is found is found by a scrub', async () => {
  const store = await open()
  for (const key of ['first-key', 'second-key', 'third-key'])
    await put(store, key, note('x', 'tagged'))
  await store.commit(batch([], { audit: [auditOf({ recipientAccountId: '999988887777' })] }))
  await store.close()
  const sound = readFileSync(path)
  const damages = [
    ['asecond-key', 'asecond-kex', /^row second-kex of test.notes in a$/],
    ['afirst-key', 'azirst-key', /not in PRIMARY KEY order|^row zirst-key/],
    ['taggedthird-key', 'taggedthird-kez', /^entry of index tag for row third-kez/],
    // Entries that lead to another row, and a row found by what it is not.
    ['taggedthird-key', 'taggedfirst-key', /^entry of index tag for row first-key/],
    ['taggedfirst-key', 'taggeefirst-key', /^entry of index tag for row first-key/],
    ['test.notesasecond-key', 'test.notezasecond-key', /^row second-key of test.notez in a$/],
    ['999988887777us-east-1', '999988887778us-east-1', /^audit record 1$/],
  ] as const
  for (const [text, replacement, expected] of damages) {
    const bytes = Buffer.from(sound)
    const at = bytes.indexOf(text)
    assert.ok(at > 0, text)
    bytes.write(replacement, at)
    writeFileSync(path, bytes)
    const again = await open()
    const { damaged, damage } = await again.scrub()
    assert.ok(damaged > 0 && damage.some((each) => expected.test(each)), `${text}: ${damage}`)
    await again.close()
  }
  assert.equal(damages.length, 7)
})

test('a store from before index entries had checksums gets them', async () => {
  const store = await open()
  await put(store, 'first', note('x', 'tagged'))
  await store.close()
  const database = new DatabaseSync(path)
  database.exec('ALTER TABLE idx DROP COLUMN crc; UPDATE schema_version SET version = 1')
  database.close()
  const again = await open()
  assert.equal((await again.scrub()).damaged, 0)
  await put(again, 'second', note('y', 'tagged'))
  assert.equal((await again.list(notes, 'a', { index: 'tag', equals: 'tagged' })).length, 2)
  await again.close()
})

test('a flipped byte in a row is reported, never served, and other rows still are', async () => {
  const store = await open()
  await put(store, 'bad', note('the quick brown fox', 'seen'))
  await put(store, 'good', note('lazy dog'))
  await store.commit(batch([], { audit: [auditOf({ eventName: 'MarkedEvent' })] }))
  await store.close()
  const bytes = readFileSync(path)
  for (const [text, replacement] of [
    ['quick brown', 'quack brown'],
    ['"MarkedEvent"', '"MarkedEvenT"'],
  ] as const) {
    const at = bytes.indexOf(text)
    assert.ok(at > 0)
    bytes.write(replacement, at)
  }
  writeFileSync(path, bytes)
  const again = await open()
  await assert.rejects(again.get(notes, 'a', 'bad'), CorruptRow)
  await assert.rejects(again.list(notes, 'a', {}), CorruptRow)
  await assert.rejects(again.lookupAudit({ account: '111122223333', limit: 1 }), CorruptRow)
  const outcomes = await Promise.allSettled([
    again.commit(batch([change('bad', 1, undefined)])),
    again.commit(batch([change('new', 0, note('x'))])),
  ])
  assert.deepEqual(
    outcomes.map((each) => each.status),
    ['rejected', 'fulfilled'],
  )
  assert.equal((await again.get(notes, 'a', 'good'))?.value.text, 'lazy dog')
  await again.close()
})

test('a damaged page is an error that names the row, not an answer', async () => {
  const store = await open()
  for (let i = 0; i < 20; i++) await put(store, `k${i}`, note('marker'.repeat(400)))
  await store.close()
  const bytes = readFileSync(path)
  const page = 8192
  const at = Math.floor(bytes.lastIndexOf('markermarker') / page) * page
  bytes.fill(0xff, at, at + 200)
  writeFileSync(path, bytes)
  const again = await open()
  const reads = Array.from({ length: 20 }, (_, i) => again.get(notes, 'a', `k${i}`))
  const failed = (await Promise.allSettled(reads)).filter((each) => each.status === 'rejected')
  assert.ok(failed.length > 0)
  for (const each of failed) assert.ok(each.reason instanceof CorruptRow)
  await again.close()
})

test('a file that is no database is refused in words', async () => {
  writeFileSync(path, 'not a database '.repeat(1000))
  await assert.rejects(open(), StoreOpenError)
})

test('a schema of a later release is refused', async () => {
  await (await open()).close()
  const database = new DatabaseSync(path)
  database.exec('UPDATE schema_version SET version = 999')
  database.close()
  await assert.rejects(open(), /schema 999/)
})

test('a second process on the same file is refused', async () => {
  const store = await open()
  const program = `
    import { openStore } from ${JSON.stringify(import.meta.resolve('./open-store.ts'))}
    import { secretBox } from ${JSON.stringify(import.meta.resolve('./sealed.ts'))}
    await openStore({ kind: 'sqlite', path: ${JSON.stringify(path)} }, secretBox(new Uint8Array(32)))
      .catch((error) => console.log(error.name, error.message))`
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  })
  assert.match(said, /StoreOpenError .*in use by another process/)
  await put(store, 'k', note('still works'))
  await store.close()
})

test('a backup made while serving opens as a store with everything in it', async () => {
  const store = await open()
  const rows = Array.from({ length: 500 }, (_, i) => change(`k${i}`, 0, note('x'.repeat(900), 't')))
  await store.commit(batch(rows, { audit: [auditOf()] }))
  await put(store, 's', { text: 'x', secret: 'open-sesame', tags: [] })
  const copy = join(directory, 'copy.db')
  let serving = true
  const writes = (async () => {
    for (let i = 0; serving; i++) await store.commit(batch([change(`w${i}`, 0, note('y'))]))
  })()
  await store.backup(copy)
  serving = false
  await writes
  await assert.rejects(store.backup(copy), /exists already/)
  assert.doesNotMatch(readFileSync(copy, 'latin1'), /open-sesame/)
  assert.equal(statSync(copy).mode & 0o777, 0o600)
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.startsWith('copy')),
    ['copy.db'],
  )
  await store.close()
  const restored = await open(copy)
  assert.equal((await restored.list(notes, 'a', { index: 'tag', equals: 't' })).length, 500)
  assert.equal((await restored.get(notes, 'a', 's'))?.value.secret, 'open-sesame')
  assert.equal((await restored.lookupAudit({ account: '111122223333', limit: 5 })).length, 1)
  await restored.close()
})

test('batches of one turn share one commit', async () => {
  const store = await open()
  await put(store, 'first', note('x'))
  const before = statSync(`${path}-wal`).size
  await Promise.all(
    Array.from({ length: 64 }, (_, i) => store.commit(batch([change(`k${i}`, 0, note('x'))]))),
  )
  const pages = (statSync(`${path}-wal`).size - before) / (8192 + 24)
  assert.ok(pages < 20, `${pages} pages were written`)
  await store.close()
})

test('a full disk rejects the commits, keeps the old rows, and heals when there is room', async (t) => {
  const disk = join(directory, 'disk')
  execFileSync('mkdir', [disk])
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk], { stdio: 'ignore' })
  } catch {
    return t.skip('a small file system can only be mounted by root')
  }
  try {
    const store = await open(join(disk, 'store.db'))
    await put(store, 'old', note('kept'))
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(1 << 20))
    const big = note('x'.repeat(100_000))
    const fill = Array.from({ length: 15 }, (_, i) =>
      store.commit(batch([change(`f${i}`, 0, big)])),
    )
    const outcomes = await Promise.allSettled(fill)
    assert.ok(outcomes.every((each) => each.status === 'rejected'))
    assert.equal(await store.get(notes, 'a', 'f0'), undefined)
    assert.equal((await store.get(notes, 'a', 'old'))?.value.text, 'kept')
    rmSync(join(disk, 'ballast'))
    await put(store, 'f0', note('fits'))
    await put(store, 'old', note('changed'))
    await store.close()
    const again = await open(join(disk, 'store.db'))
    assert.equal((await again.get(notes, 'a', 'f0'))?.value.text, 'fits')
    assert.equal((await again.get(notes, 'a', 'old'))?.value.text, 'changed')
    await again.close()
  } finally {
    execFileSync('umount', ['-l', disk])
  }
})

test('nothing acknowledged is lost when the process is killed, thirty times over', async () => {
  const acknowledged: number[] = []
  const writer = new URL('./testdata/numbered-writer.ts', import.meta.url).pathname
  let first = 0
  for (let cycle = 0; cycle < 30; cycle++) {
    const child = spawn(process.execPath, [writer, path, String(first)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const enough = 20 + ((cycle * 37) % 150)
    let count = 0
    for await (const line of createInterface(child.stdout)) {
      acknowledged.push(Number(line))
      if (++count === enough) child.kill('SIGKILL')
    }
    assert.ok(count >= enough)
    first = Math.max(first, ...acknowledged) + 1000
  }
  const store = await open()
  for (const number of acknowledged) {
    const row = await store.get(notes, 'a', String(number))
    assert.equal(row?.value.text, `text ${number}`)
  }
  const rows = await store.list(notes, 'a', {})
  const indexed = await store.list(notes, 'a', { index: 'tag', equals: 'numbered' })
  const audit = await store.lookupAudit({ account: '111122223333', limit: 100_000 })
  assert.equal(indexed.length, rows.length)
  assert.equal(audit.length, rows.length)
  assert.ok(acknowledged.length >= 30 * 20)
  await store.close()
})
