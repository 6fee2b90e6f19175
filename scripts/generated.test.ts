import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coveragePage, orphanedPages, serviceList } from './generated.ts'

const described = (id: string, open: readonly string[] = []) => ({
  id,
  signingNames: [id],
  open,
  fidelity: { supported: [], deviates: [], absent: [] },
  operations: {},
  sdkOperations: [],
})

test('the list of services imports every folder under its camel-case name', () => {
  const text = serviceList([described('access-analyzer'), described('kms', ['ForAnybody'])])
  assert.match(text, /\(await import\('\.\/access-analyzer\/index\.ts'\)\)\.accessAnalyzer/)
  assert.match(text, /id: 'access-analyzer', signingNames: \['access-analyzer'\], isOpen: false/)
  assert.match(text, /id: 'kms', signingNames: \['kms'\], isOpen: true/)
})

test('the list of services is valid without any service', () => {
  assert.match(serviceList([]), /= \[\s*\]/)
})

test('a coverage page counts what is implemented and names what is not', () => {
  const text = coveragePage({
    ...described('kms'),
    fidelity: { supported: ['Keys.'], deviates: [], absent: ['XKS.'] },
    operations: { Encrypt: {} },
    sdkOperations: ['Encrypt', 'Decrypt'],
  })
  assert.match(text, /^1 of the 2 operations/m)
  assert.match(text, /^\| Decrypt \| no \|\n\| Encrypt \| yes \|$/m)
  assert.match(text, /^## Absent\n\n- XKS\.$/m)
  assert.doesNotMatch(text, /Differs from AWS/)
})

test('a page that every service writes is not an orphan', () => {
  const orphans = orphanedPages([])
  assert.deepEqual(orphanedPages(orphans.map((path) => ({ path, text: '' }))), [])
})
