import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { findBoto3, present, skipWithout } from './clients.ts'
import { ProgramError, run } from './process.ts'
import { startServer, type Server } from './server.ts'

interface CaseResult {
  readonly name: string
  readonly skip?: string
  readonly error?: string
}

const python = await findBoto3()
const skip = skipWithout(python)
const folder = join(import.meta.dirname, 'boto3')
const scripts = globSync('*.py', { cwd: folder })
  .filter((name) => name !== 'cases.py')
  .toSorted()
let server: Server

describe('boto3', { skip, concurrency: 2 }, () => {
  before(async () => {
    server = await startServer()
  })
  after(() => server.stop())

  test('there are scripts to run', () => assert.ok(scripts.length > 4))

  for (const script of scripts) {
    test(basename(script, '.py'), async (t) => {
      const { path } = present(python)
      const env = {
        ...server.env(),
        CONFORMANCE_ACCOUNT: server.accountId,
        PYTHONDONTWRITEBYTECODE: '1',
      }
      const outcome = await run(path, [join(folder, script)], { env, timeoutMs: 180_000 })
      const results = outcome.stdout
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as CaseResult)
      for (const { name, skip: reason, error } of results) {
        await t.test(name, reason === undefined ? {} : { skip: reason }, () => {
          if (error !== undefined) assert.fail(error)
        })
      }
      if (outcome.code !== 0) throw new ProgramError(script, outcome)
      assert.ok(results.length > 0, `${script} ran no case`)
    })
  }
})
