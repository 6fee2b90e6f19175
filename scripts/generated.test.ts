import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coveragePage, orphanedPages, serviceList } from './generated.ts'

test('the list of services imports every folder under its camel-case name', () => {
  const text = serviceList(['access-analyzer', 'kms'])
  assert.match(text, /import \{ accessAnalyzer \} from '\.\/access-analyzer\/index\.ts'/)
  assert.match(text, /= \[accessAnalyzer, kms\]/)
})

test('the list of services is valid without any service', () => {
  assert.match(serviceList([]), /= \[\]/)
})

test('a coverage page counts what is implemented and names what is not', () => {
  const text = coveragePage({
    id: 'kms',
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
