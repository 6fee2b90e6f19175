import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

/** SHA-256 of `dist/index.mjs` (3.3.0) and `index.mjs` (4.0.2) in the packages on npm. */
const published = {
  '3.3.0': '32894075502fb0541500700c5a6aff14fb3f16485e73e6a8d009eef60dfd5faa',
  '4.0.2': '180651f3b1745cb68797cdba9a26c01da6c72b81c908400ebc6c27a43986c2e0',
}

test("AWS's runtime interface clients are as they were published", () => {
  for (const [release, checksum] of Object.entries(published)) {
    const file = new URL(`data/aws-lambda-ric/${release}/index.mjs`, import.meta.url)
    assert.equal(hash('sha256', readFileSync(file)), checksum, release)
  }
})
