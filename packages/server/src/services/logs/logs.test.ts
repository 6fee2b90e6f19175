import * as sdk from '@aws-sdk/client-cloudwatch-logs'
import { startTestServer } from '@bartizan/testkit'
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { batches } from './store.ts'
import type { BatchRow } from './store.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const logs = bartizan.client(sdk.CloudWatchLogsClient)

async function newStream(logGroupName: string, logStreamName = 's'): Promise<void> {
  await logs.send(new sdk.CreateLogGroupCommand({ logGroupName })).catch((error: Error) => {
    if (error.name !== 'ResourceAlreadyExistsException') throw error
  })
  await logs.send(new sdk.CreateLogStreamCommand({ logGroupName, logStreamName }))
}

const put = (
  logGroupName: string,
  logEvents: sdk.InputLogEvent[],
  logStreamName = 's',
): Promise<sdk.PutLogEventsCommandOutput> =>
  logs.send(new sdk.PutLogEventsCommand({ logGroupName, logStreamName, logEvents }))

const nowMs = (): number => bartizan.now().getTime()

const messages = (events: readonly { message?: string | undefined }[] | undefined) =>
  (events ?? []).map(({ message }) => message)

/** The batches of events as the store has them. */
async function stored(): Promise<readonly BatchRow[]> {
  const place = `${bartizan.accountId}/us-east-1`
  const rows = await bartizan.server.kernel.store.list(batches, place, { limit: 1000 })
  return rows.map(({ value }) => value)
}

test('a group is made, described by prefix and pattern, and deleted', async () => {
  for (const logGroupName of ['app/one', 'app/two', 'other/app']) {
    await logs.send(new sdk.CreateLogGroupCommand({ logGroupName, tags: { team: 'red' } }))
  }
  await assert.rejects(logs.send(new sdk.CreateLogGroupCommand({ logGroupName: 'app/one' })), {
    name: 'ResourceAlreadyExistsException',
    message: 'The specified log group already exists',
  })
  const names = async (input: sdk.DescribeLogGroupsCommandInput) =>
    (await logs.send(new sdk.DescribeLogGroupsCommand(input))).logGroups?.map(
      (group) => group.logGroupName,
    )
  assert.deepEqual(await names({ logGroupNamePrefix: 'app/' }), ['app/one', 'app/two'])
  assert.deepEqual(await names({ logGroupNamePattern: 'app' }), ['app/one', 'app/two', 'other/app'])
  await assert.rejects(names({ logGroupNamePattern: 'a', logGroupNamePrefix: 'a' }), {
    name: 'InvalidParameterException',
  })
  const { logGroups } = await logs.send(
    new sdk.DescribeLogGroupsCommand({ logGroupNamePrefix: 'app/one' }),
  )
  const arn = `arn:aws:logs:us-east-1:${bartizan.accountId}:log-group:app/one`
  assert.equal(logGroups?.[0]?.arn, `${arn}:*`)
  assert.equal(logGroups?.[0]?.logGroupArn, arn)
  const tags = await logs.send(new sdk.ListTagsForResourceCommand({ resourceArn: arn }))
  assert.deepEqual(tags.tags, { team: 'red' })
  await logs.send(new sdk.DeleteLogGroupCommand({ logGroupName: 'app/one' }))
  assert.deepEqual(await names({ logGroupNamePrefix: 'app/' }), ['app/two'])
  await assert.rejects(logs.send(new sdk.DeleteLogGroupCommand({ logGroupName: 'app/one' })), {
    name: 'ResourceNotFoundException',
    message: 'The specified log group does not exist.',
  })
})

test('groups come in pages', async () => {
  for (let index = 0; index < 5; index++) {
    await logs.send(new sdk.CreateLogGroupCommand({ logGroupName: `page/${index}` }))
  }
  const seen: (string | undefined)[] = []
  const config = { client: logs, pageSize: 2 }
  for await (const page of sdk.paginateDescribeLogGroups(config, { logGroupNamePrefix: 'page/' })) {
    assert.ok((page.logGroups?.length ?? 0) <= 2)
    seen.push(...(page.logGroups ?? []).map(({ logGroupName }) => logGroupName))
  }
  assert.deepEqual(seen, ['page/0', 'page/1', 'page/2', 'page/3', 'page/4'])
})

test('a protected group is not deleted', async () => {
  const logGroupName = 'guarded'
  await logs.send(new sdk.CreateLogGroupCommand({ logGroupName, deletionProtectionEnabled: true }))
  await assert.rejects(logs.send(new sdk.DeleteLogGroupCommand({ logGroupName })), {
    name: 'ValidationException',
  })
  await logs.send(
    new sdk.PutLogGroupDeletionProtectionCommand({
      logGroupIdentifier: logGroupName,
      deletionProtectionEnabled: false,
    }),
  )
  await logs.send(new sdk.DeleteLogGroupCommand({ logGroupName }))
})

test('events come back forwards and backwards, page by page', async () => {
  await newStream('paging')
  const start = nowMs()
  const events = Array.from({ length: 25 }, (_, index) => ({
    timestamp: start - 25_000 + index * 1000,
    message: `event ${index}`,
  }))
  // Batches that overlap in time, not in the order of time.
  await put(
    'paging',
    events.filter((_, index) => index % 2 === 1),
  )
  await put(
    'paging',
    events.filter((_, index) => index % 2 === 0),
  )
  const get = (input: Partial<sdk.GetLogEventsCommandInput>) =>
    logs.send(new sdk.GetLogEventsCommand({ logGroupName: 'paging', logStreamName: 's', ...input }))
  const all = events.map(({ message }) => message)
  assert.deepEqual(messages((await get({})).events), all)
  let page = await get({ limit: 10, startFromHead: true })
  const forwards = messages(page.events)
  for (let turn = 0; turn < 4; turn++) {
    const next = await get({ limit: 10, nextToken: page.nextForwardToken })
    forwards.push(...messages(next.events))
    if (next.nextForwardToken === page.nextForwardToken) break
    page = next
  }
  assert.deepEqual(forwards, all)
  const end = await get({ nextToken: page.nextForwardToken })
  assert.equal(end.nextForwardToken, page.nextForwardToken)
  await put('paging', [{ timestamp: start, message: 'late' }])
  assert.deepEqual(messages((await get({ nextToken: end.nextForwardToken })).events), ['late'])
  const tail = await get({ limit: 10 })
  assert.deepEqual(messages(tail.events), [...all.slice(16), 'late'])
  const earlier = await get({ limit: 10, nextToken: tail.nextBackwardToken })
  assert.deepEqual(messages(earlier.events), all.slice(6, 16))
  const ranged = await get({ startTime: start - 20_000, endTime: start - 18_000 })
  assert.deepEqual(messages(ranged.events), ['event 5', 'event 6'])
})

test('PutLogEvents refuses what AWS refuses, and tells which events it did not take', async () => {
  await newStream('limits')
  const at = nowMs()
  const cases: readonly [sdk.InputLogEvent[], RegExp][] = [
    [
      [
        { timestamp: at, message: 'b' },
        { timestamp: at - 1, message: 'a' },
      ],
      /must be in chronological order/,
    ],
    [
      [
        { timestamp: at - 86_400_001, message: 'a' },
        { timestamp: at, message: 'b' },
      ],
      /cannot span more than 24 hours/,
    ],
    [[{ timestamp: at, message: 'x'.repeat(1_048_576) }], /Upload too large: 1048602 bytes/],
    [
      Array.from({ length: 10_001 }, () => ({ timestamp: at, message: 'x' })),
      /length less than or equal to 10000/,
    ],
  ]
  for (const [events, message] of cases) {
    await assert.rejects(put('limits', events), { name: 'InvalidParameterException', message })
  }
  const hourMs = 3_600_000
  const { rejectedLogEventsInfo: tooNew } = await put('limits', [
    { timestamp: at, message: 'now' },
    { timestamp: at + 3 * hourMs, message: 'then' },
  ])
  assert.deepEqual(tooNew, { tooNewLogEventStartIndex: 1 })
  const { rejectedLogEventsInfo: tooOld } = await put('limits', [
    { timestamp: at - 14 * 24 * hourMs - 1000, message: 'old' },
    { timestamp: at - 14 * 24 * hourMs + 60_000, message: 'not so old' },
  ])
  assert.deepEqual(tooOld, { tooOldLogEventEndIndex: 1 })
  await assert.rejects(put('limits', [{ timestamp: at, message: 'x' }], 'none'), {
    name: 'ResourceNotFoundException',
    message: 'The specified log stream does not exist.',
  })
})

test('FilterLogEvents searches a whole group by time and pattern', async () => {
  const logGroupName = 'search'
  await newStream(logGroupName, 'a')
  await newStream(logGroupName, 'b')
  const at = nowMs()
  await put(logGroupName, [{ timestamp: at - 3000, message: '{"level":"ERROR","ms":12}' }], 'a')
  await put(logGroupName, [{ timestamp: at - 2000, message: 'ERROR in plain words' }], 'b')
  await put(logGroupName, [{ timestamp: at - 1000, message: '{"level":"INFO","ms":120}' }], 'a')
  const filter = (input: Partial<sdk.FilterLogEventsCommandInput>) =>
    logs.send(new sdk.FilterLogEventsCommand({ logGroupName, ...input }))
  const found = async (input: Partial<sdk.FilterLogEventsCommandInput>) =>
    (await filter(input)).events?.map(({ logStreamName, timestamp }) => [
      logStreamName,
      (timestamp ?? 0) - at,
    ])
  assert.deepEqual(await found({}), [
    ['a', -3000],
    ['b', -2000],
    ['a', -1000],
  ])
  assert.deepEqual(await found({ filterPattern: 'ERROR' }), [
    ['a', -3000],
    ['b', -2000],
  ])
  assert.deepEqual(await found({ filterPattern: '{ $.ms > 100 }' }), [['a', -1000]])
  assert.deepEqual(await found({ logStreamNames: ['b'] }), [['b', -2000]])
  assert.deepEqual(await found({ logStreamNamePrefix: 'a', startTime: at - 2000 }), [['a', -1000]])
  const ids = new Set((await filter({})).events?.map(({ eventId }) => eventId))
  assert.equal(ids.size, 3)
  const pages: (string | undefined)[] = []
  for await (const page of sdk.paginateFilterLogEvents(
    { client: logs },
    { logGroupName, limit: 1 },
  )) {
    pages.push(...messages(page.events))
  }
  assert.equal(pages.length, 3)
  await assert.rejects(filter({ filterPattern: '{ $.a }' }), { name: 'InvalidParameterException' })
})

test('events expire with the retention of their group', async () => {
  await newStream('kept')
  await put('kept', [{ timestamp: nowMs(), message: 'soon gone' }])
  await assert.rejects(
    logs.send(new sdk.PutRetentionPolicyCommand({ logGroupName: 'kept', retentionInDays: 2 })),
    { name: 'InvalidParameterException' },
  )
  await logs.send(new sdk.PutRetentionPolicyCommand({ logGroupName: 'kept', retentionInDays: 3 }))
  const count = async () =>
    (await logs.send(new sdk.FilterLogEventsCommand({ logGroupName: 'kept' }))).events?.length
  await bartizan.advance('2d')
  assert.equal(await count(), 1)
  await bartizan.advance('25h')
  assert.equal(await count(), 0)
  assert.ok((await stored()).every(({ events }) => !events.includes('soon gone')))
})

test('stored bytes are measured, and a deleted group leaves nothing behind', async () => {
  await newStream('measured')
  await put('measured', [{ timestamp: nowMs(), message: 'x'.repeat(74) }])
  await bartizan.advance('16m')
  const { logGroups } = await logs.send(
    new sdk.DescribeLogGroupsCommand({ logGroupNamePrefix: 'measured' }),
  )
  assert.equal(logGroups?.[0]?.storedBytes, 100)
  const isKept = async () => (await stored()).some(({ events }) => events.includes('xxxx'))
  assert.equal(await isKept(), true)
  await logs.send(new sdk.DeleteLogGroupCommand({ logGroupName: 'measured' }))
  await bartizan.settled()
  assert.equal(await isKept(), false)
  await newStream('measured')
  const { events } = await logs.send(new sdk.FilterLogEventsCommand({ logGroupName: 'measured' }))
  assert.deepEqual(events, [])
})

test('streams are listed by name and by their last event', async () => {
  for (const name of ['a', 'b', 'c']) await newStream('streams', name)
  const at = nowMs()
  await put('streams', [{ timestamp: at - 10, message: 'x' }], 'c')
  await put('streams', [{ timestamp: at, message: 'x' }], 'a')
  const list = async (input: Partial<sdk.DescribeLogStreamsCommandInput>) => {
    const names: (string | undefined)[] = []
    const config = { client: logs, pageSize: 2 }
    const command = { logGroupName: 'streams', ...input }
    for await (const page of sdk.paginateDescribeLogStreams(config, command)) {
      names.push(...(page.logStreams ?? []).map(({ logStreamName }) => logStreamName))
    }
    return names
  }
  assert.deepEqual(await list({}), ['a', 'b', 'c'])
  assert.deepEqual(await list({ descending: true }), ['c', 'b', 'a'])
  assert.deepEqual(await list({ orderBy: 'LastEventTime', descending: true }), ['a', 'c', 'b'])
  assert.deepEqual(await list({ orderBy: 'LastEventTime' }), ['b', 'c', 'a'])
  assert.deepEqual(await list({ logStreamNamePrefix: 'b' }), ['b'])
  const { logStreams } = await logs.send(
    new sdk.DescribeLogStreamsCommand({ logGroupName: 'streams', logStreamNamePrefix: 'a' }),
  )
  assert.equal(logStreams?.[0]?.lastEventTimestamp, at)
})

test('TestMetricFilter shows what a pattern extracts', async () => {
  const { matches } = await logs.send(
    new sdk.TestMetricFilterCommand({
      filterPattern: '[ip, identity, user_id, timestamp, request, status_code = 4*, size]',
      logEventMessages: [
        '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /apache_pb.gif HTTP/1.0" 200 1534',
        '127.0.0.1 - frank [10/Oct/2000:13:35:22 -0700] "GET /apache_pb.gif HTTP/1.0" 404 5324',
      ],
    }),
  )
  assert.equal(matches?.length, 1)
  assert.equal(matches[0]?.eventNumber, 2)
  assert.equal(matches[0]?.extractedValues?.['$status_code'], '404')
  assert.equal(matches[0]?.extractedValues?.['$request'], 'GET /apache_pb.gif HTTP/1.0')
})
