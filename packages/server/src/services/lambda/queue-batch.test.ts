import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { failedMessages, matchesFilters } from './queue-batch.ts'
import type { EventSourceMappingRow } from './store.ts'

const all = ['a', 'b', 'c']

test('a function names the messages that failed; what it cannot mean fails them all', () => {
  const cases: readonly [string, readonly string[]][] = [
    ['{"batchItemFailures":[{"itemIdentifier":"b"}]}', ['b']],
    ['{"batchItemFailures":[]}', []],
    ['{"batchItemFailures":null}', []],
    ['{}', []],
    ['null', []],
    ['"done"', []],
    ['{"batchItemFailures":[{"itemIdentifier":"z"}]}', all],
    ['{"batchItemFailures":[{"itemIdentifier":""}]}', all],
    ['{"batchItemFailures":[{"itemIdentifier":null}]}', all],
    ['{"batchItemFailures":[{"other":"a"}]}', all],
    ['{"batchItemFailures":[null]}', all],
    ['{"batchItemFailures":"a"}', all],
    ['not json', all],
  ]
  for (const [answer, failed] of cases) {
    assert.deepEqual([...failedMessages(answer, all)], failed, answer)
  }
  assert.equal(cases.length, 13)
})

test('whatever a function answers, only messages of the batch come back', () => {
  fc.assert(
    fc.property(fc.json(), (answer) => {
      for (const id of failedMessages(answer, all)) assert.ok(all.includes(id))
    }),
  )
})

test('a message passes when any filter matches its body, as JSON or as text, or its attributes', () => {
  const mapping = (...filters: readonly object[]): EventSourceMappingRow => ({
    uuid: 'u',
    accountId: '111122223333',
    region: 'us-east-1',
    functionName: 'f',
    eventSourceArn: 'arn:aws:sqs:us-east-1:111122223333:q',
    enabled: true,
    batchSize: 10,
    batchingWindowSeconds: 0,
    filters: filters.map((filter) => JSON.stringify(filter)),
    reportBatchItemFailures: false,
    lastModified: '2026-01-01T00:00:00.000Z',
    tags: {},
  })
  const cases: readonly [readonly object[], string, boolean][] = [
    [[], 'anything', true],
    [[{ body: { n: [{ numeric: ['>', 3] }] } }], '{"n":4}', true],
    [[{ body: { n: [{ numeric: ['>', 3] }] } }], '{"n":3}', false],
    [[{ body: { n: [3] } }], 'no json', false],
    [[{ body: ['plain'] }], 'plain', true],
    [[{ body: [{ prefix: 'pl' }] }], 'other', false],
    [[{ body: { a: [1] } }, { body: { b: [2] } }], '{"b":2}', true],
    [[{ attributes: { ApproximateReceiveCount: ['1'] } }], 'x', true],
    [[{ messageAttributes: { kind: { stringValue: ['k'] } } }], 'x', true],
  ]
  for (const [filters, Body, passes] of cases) {
    const message = {
      Body,
      Attributes: { ApproximateReceiveCount: '1' },
      MessageAttributes: { kind: { DataType: 'String', StringValue: 'k' } },
    }
    assert.equal(matchesFilters(mapping(...filters), message), passes, JSON.stringify(filters))
  }
  assert.equal(cases.length, 9)
})
