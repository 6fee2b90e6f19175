import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { findAwsCli, present, skipWithout } from './clients.ts'
import { run, ProgramError } from './process.ts'
import { startServer, type Server } from './server.ts'

const cli = await findAwsCli()
const skip = skipWithout(cli)
let server: Server

/** What a command prints; words are separated by blanks. */
async function aws(command: string): Promise<string> {
  const outcome = await run(present(cli).path, command.split(' '), {
    env: server.env(),
    cwd: server.folder,
    timeoutMs: 120_000,
  })
  if (outcome.code !== 0) throw new ProgramError(`aws ${command}`, outcome)
  return outcome.stdout.trim()
}

function file(name: string, bytes: Uint8Array | string): string {
  const path = join(server.folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, bytes)
  return path
}

const content = (name: string): Buffer => readFileSync(join(server.folder, name))

describe('aws s3', { skip }, () => {
  before(async () => {
    server = await startServer()
    await aws('s3 mb s3://conformance-cli')
  })
  after(() => server.stop())

  test('cp takes files of any size there and back, and - is a stream', async () => {
    const large = randomBytes(20_000_000)
    file('large', large)
    file('empty', '')
    await aws('s3 cp large s3://conformance-cli/up/large --no-progress')
    await aws('s3 cp empty s3://conformance-cli/up/empty --no-progress')
    await aws('s3 cp s3://conformance-cli/up/large back --no-progress')
    assert.ok(content('back').equals(large))
    await aws('s3 cp s3://conformance-cli/up/empty back --no-progress')
    assert.equal(statSync(join(server.folder, 'back')).size, 0)
    await aws('s3 cp s3://conformance-cli/up/large s3://conformance-cli/copied --no-progress')
    await aws('s3 cp s3://conformance-cli/copied back --no-progress')
    assert.ok(content('back').equals(large))
    await aws('s3 rm s3://conformance-cli/copied')
    assert.match(await aws('s3 ls s3://conformance-cli/up/'), / 20000000 large$/m)
  })

  test('sync brings what is new or changed, deletes what is gone, and then has nothing to do', async () => {
    for (const [name, text] of [
      ['tree/a.txt', 'a'],
      ['tree/b/c d.txt', 'c'],
      ['tree/b/é.txt', 'é'],
    ] as const) {
      file(name, text)
    }
    await aws('s3 sync tree s3://conformance-cli/tree --no-progress')
    assert.equal(await aws('s3 sync tree s3://conformance-cli/tree --no-progress'), '')
    await aws('s3 sync s3://conformance-cli/tree copy --no-progress')
    assert.equal(content('copy/b/é.txt').toString(), 'é')
    file('tree/a.txt', 'changed')
    await aws('s3 rm s3://conformance-cli/tree/b/é.txt')
    const said = await aws('s3 sync tree s3://conformance-cli/tree --no-progress')
    assert.match(said, /a\.txt/)
    assert.match(said, /é\.txt/)
    assert.doesNotMatch(said, /c d\.txt/)
    await aws('s3 sync s3://conformance-cli/tree copy --delete --no-progress')
    assert.equal(content('copy/a.txt').toString(), 'changed')
    await aws('s3 rm s3://conformance-cli/tree --recursive')
    assert.equal(
      await aws('s3api list-objects-v2 --bucket conformance-cli --prefix tree --query Contents'),
      'null',
    )
  })

  test('a presigned link works without credentials until it is changed', async () => {
    file('hello', 'hello')
    await aws('s3 cp hello s3://conformance-cli/hello --no-progress')
    const link = await aws('s3 presign s3://conformance-cli/hello --expires-in 60')
    assert.equal(await (await fetch(link)).text(), 'hello')
    const changed = await fetch(link.replace('/hello?', '/up/empty?'))
    assert.equal(changed.status, 403)
    await changed.arrayBuffer()
  })

  test('rb --force empties and removes the bucket', async () => {
    await aws('s3 rb s3://conformance-cli --force')
    assert.doesNotMatch(await aws('s3 ls'), /conformance-cli/)
  })
})
