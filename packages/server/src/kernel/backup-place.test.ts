import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { startTestServer } from '@bartizan/testkit'
import { backupTarget } from './backup-place.ts'

let scratch = ''
beforeEach(() => (scratch = mkdtempSync(join(tmpdir(), 'bartizan-backup-place-'))))
afterEach(() => rmSync(scratch, { recursive: true }))

test('a path inside the backup directory is taken, and its folders are made for their owner alone', () => {
  const backups = join(scratch, 'backups')
  const places = [
    ['kept.db', 'kept.db'],
    ['a/b/kept.db', 'a/b/kept.db'],
    ['a/../c/kept.db', 'c/kept.db'],
    [join(backups, 'd', 'kept.db'), 'd/kept.db'],
  ] as const
  for (const [path, inside] of places) {
    assert.equal(backupTarget(backups, path), join(backups, inside))
  }
  assert.equal(places.length, 4)
  assert.deepEqual(readdirSync(backups).sort(), ['a', 'c', 'd'])
  for (const folder of [backups, join(backups, 'a'), join(backups, 'a', 'b')]) {
    assert.equal(statSync(folder).mode & 0o777, 0o700)
  }
})

test('a path that leads out of the backup directory is refused and makes nothing', () => {
  const backups = join(scratch, 'backups')
  backupTarget(backups, 'first')
  symlinkSync(scratch, join(backups, 'link'))
  const paths = ['', '.', '..', '../x', 'a/../../x', '/etc/x', join(scratch, 'x'), 'link/x/y']
  paths.push('a\0b', `${backups}-2/x`, 'x'.repeat(1_025))
  for (const path of [...paths, undefined, 5]) {
    assert.throws(() => backupTarget(backups, path), { name: 'ValidationException' }, String(path))
  }
  assert.equal(paths.length, 11)
  assert.deepEqual(readdirSync(scratch), ['backups'])
  assert.throws(() => backupTarget(undefined, 'x'), /BARTIZAN_BACKUP_DIR/)
})

test('the administrator may have a backup written in the backup directory and nowhere else', async (t) => {
  const bartizan = await startTestServer({ BARTIZAN_BACKUP_DIR: scratch })
  t.after(() => bartizan.close())
  const act = bartizan.server.actions.posts['backup']
  assert.ok(act)
  await assert.rejects(act.run({ path: '/tmp/elsewhere.db' }), { name: 'ValidationException' })
  assert.deepEqual(await act.run({ path: 'one/bartizan.db' }), {
    path: join(scratch, 'one', 'bartizan.db'),
  })
  assert.ok(existsSync(join(scratch, 'one', 'bartizan.db')))
  await assert.rejects(act.run({ path: 'one/bartizan.db' }), { name: 'AlreadyExistsException' })
})
