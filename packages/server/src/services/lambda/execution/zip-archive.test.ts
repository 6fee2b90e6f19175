import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'
import { zipOf } from './test-zip.ts'
import { BadArchive, inspectArchive, unpackArchive } from './zip-archive.ts'

const home = mkdtempSync(join(tmpdir(), 'bartizan-zip-'))
after(() => rmSync(home, { recursive: true, force: true }))
const limit = 1_000_000

test('a package is unpacked for reading, programs for running', async () => {
  const folder = join(home, 'good')
  const bytes = await zipOf({ 'a/b.txt': 'text', 'bootstrap!': '#!/bin/sh' })
  assert.deepEqual(await inspectArchive(bytes, limit), { unzippedBytes: 13, entries: 2 })
  await unpackArchive(bytes, folder, limit)
  assert.equal(readFileSync(join(folder, 'a/b.txt'), 'utf8'), 'text')
  assert.equal(statSync(join(folder, 'a/b.txt')).mode & 0o777, 0o444)
  assert.equal(statSync(join(folder, 'bootstrap')).mode & 0o777, 0o555)
})

test('links, special files, names that lead out and archives too large are refused', async () => {
  const special = async (mode: number) => {
    const zip = new ZipFile()
    zip.addBuffer(Buffer.from('/etc/shadow'), 'link', { mode })
    zip.end()
    return buffer(zip.outputStream)
  }
  const renamed = async (from: string, to: string) => {
    const text = (await zipOf({ [from]: 'x' })).toString('latin1').replaceAll(from, to)
    return Buffer.from(text, 'latin1')
  }
  const cases: readonly [string, Buffer][] = [
    ['a symbolic link', await special(0o120777)],
    ['a device', await special(0o020666)],
    ['a name that climbs', await renamed('aa/bb/x', '../../x')],
    ['an absolute name', await renamed('aroot/x', '/root/x')],
    ['a name with a backslash', await renamed('aa-bb', 'a\\..b')],
    ['too large', await zipOf({ big: Buffer.alloc(limit + 1) })],
    ['no archive', Buffer.from('PK no archive')],
    ['cut off', (await zipOf({ a: 'text' })).subarray(0, -10)],
  ]
  for (const [name, bytes] of cases) {
    await assert.rejects(inspectArchive(bytes, limit), BadArchive, name)
    await assert.rejects(unpackArchive(bytes, join(home, 'bad'), limit), BadArchive, name)
  }
  assert.equal(cases.length, 8)
})
