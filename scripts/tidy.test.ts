import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { staleFiles } from './generated.ts'
import { budgetRules } from './tidy/budgets.ts'
import { importCycles } from './tidy/cycles.ts'
import { layerRules } from './tidy/layers.ts'
import {
  installedLicence,
  missingLockEntries,
  readLock,
  undeclaredImports,
  unfriendlyLicences,
} from './tidy/packages.ts'
import type { Manifest } from './tidy/packages.ts'
import type { BadExample } from './tidy/rule.ts'
import { isCode, parseCode, readTree, root } from './tidy/source.ts'
import type { CodeFile, Finding } from './tidy/source.ts'
import { styleRules } from './tidy/style.ts'
import { textRules } from './tidy/texts.ts'

const tree = readTree()
const code = tree.filter(({ path }) => isCode(path)).map(parseCode)
const codeRules = [...layerRules, ...budgetRules, ...styleRules]

describe('the house rules', () => {
  test('the whole tree is looked at', () => {
    assert.ok(code.length > 10, `only ${code.length} program files found`)
    assert.ok(tree.some(({ path }) => path.endsWith('.md')))
  })

  for (const rule of codeRules) {
    test(rule.name, () => assertNone(code.flatMap(rule.check)))
  }
  for (const rule of textRules) {
    test(rule.name, () => assertNone(tree.flatMap(rule.check)))
  }

  test('imports make no cycle', () => {
    assert.deepEqual(importCycles(code), [])
  })

  test('a package imports only what its package.json declares', () => {
    assertNone(undeclaredImports(code, readManifests()))
  })

  test('everything Bartizan ships with has a permissive licence', () => {
    const lock = readLock()
    assert.ok(Object.keys(lock).length > 50, 'the lock file names too few packages')
    assert.deepEqual(unfriendlyLicences(lock, installedLicence), [])
  })

  test('the lock file can be installed on every platform', () => {
    assert.deepEqual(missingLockEntries(readLock()), [], 'npm run fix completes package-lock.json')
  })

  test('generated lists and docs are fresh', async () => {
    assert.deepEqual(await staleFiles(), [], 'npm run fix writes them')
  })
})

describe('the house rules can fail', () => {
  for (const { name, check, bad } of codeRules) {
    test(`“${name}” refuses its bad examples`, () => {
      assertRefused(bad, (example) => check(parseCode(example)))
    })
  }
  for (const { name, check, bad } of textRules) {
    test(`“${name}” refuses its bad examples`, () => assertRefused(bad, check))
  }

  test('a cycle of imports is found, and a cycle of types is not one', () => {
    const chain = (typeWord: string) => [
      codeFile('a.ts', `import { b } from './b.ts'`),
      codeFile('b.ts', `import { c } from './c.ts'`),
      codeFile('c.ts', `import ${typeWord} { a } from './a.ts'`),
    ]
    assert.deepEqual(importCycles(chain('')), ['a.ts -> b.ts -> c.ts -> a.ts'])
    assert.deepEqual(importCycles(chain('type')), [])
  })

  test('an undeclared import is found in what ships, and in tests only when nothing declares it', () => {
    const manifests: Record<string, Manifest> = {
      '': { devDependencies: { 'fast-check': '1' } },
      'packages/wire': { dependencies: { pg: '1' } },
    }
    const found = (path: string, specifier: string) =>
      undeclaredImports([codeFile(path, `import { x } from '${specifier}'`)], manifests).length
    assert.equal(found('packages/wire/src/a.ts', 'pg/x'), 0)
    assert.equal(found('packages/wire/src/a.ts', 'fast-check'), 1)
    assert.equal(found('packages/wire/src/a.test.ts', 'fast-check'), 0)
    assert.equal(found('packages/wire/src/a.test.ts', 'left-pad'), 1)
  })

  test('a copyleft licence is refused and a choice with a permissive one is not', () => {
    const refused = (licence: string) =>
      unfriendlyLicences({ 'node_modules/x': { license: licence } }, (_, { license }) => license)
    assert.equal(refused('GPL-3.0').length, 1)
    assert.equal(refused('MIT AND LGPL-3.0').length, 1)
    assert.equal(refused('(MIT OR GPL-3.0)').length, 0)
    assert.equal(refused('MIT').length, 0)
  })

  test('a platform package without a lock entry is found', () => {
    const lock = { 'node_modules/x': { optionalDependencies: { 'x-linux': '1', 'x-mac': '1' } } }
    assert.deepEqual(missingLockEntries({ ...lock, 'node_modules/x-linux': {} }), ['x-mac'])
  })
})

function codeFile(path: string, text: string): CodeFile {
  return parseCode({ path, text })
}

function assertRefused(
  examples: readonly BadExample[],
  check: (example: BadExample) => readonly Finding[],
): void {
  assert.ok(examples.length > 0)
  for (const example of examples) {
    assert.ok(check(example).length > 0, `accepted ${example.path}: ${example.text}`)
  }
}

function readManifests(): Record<string, Manifest> {
  const paths = tree.map(({ path }) => path).filter((path) => /(^|\/)package\.json$/.test(path))
  return Object.fromEntries(
    paths.map((path) => [
      path.replace(/\/?package\.json$/, ''),
      JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest,
    ]),
  )
}

function assertNone(findings: readonly Finding[]): void {
  const lines = findings.map(({ path, line, message }) => `${path}:${line} ${message}`)
  assert.equal(lines.length, 0, `${lines.length} found:\n${lines.sort().join('\n')}`)
}
