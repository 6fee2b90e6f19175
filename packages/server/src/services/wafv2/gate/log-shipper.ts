import { gzipSync } from 'node:zlib'
import type { LoggingConfiguration } from '@aws-sdk/client-wafv2'
import { AwsError } from '../../../kernel/errors.ts'
import type { Kernel } from '../../../kernel/kernel.ts'
import type { EntityName } from '../arns.ts'
import { deliveryService, logDestination, type LogDestination } from '../log-destinations.ts'

const fileEveryMs = 300_000
const fileBytes = 5_000_000
const batchBytes = 900_000
const batchEvents = 9_000
/** So many lines wait at most while their destination does not take them. */
const mostWaiting = 100_000

interface Line {
  readonly atMs: number
  readonly text: string
}

/** Where the lines of one web ACL go, and those that wait to. */
interface Outbox {
  readonly acl: EntityName
  readonly destination: LogDestination
  lines: Line[]
  bytes: number
  firstMs: number
}

/** Brings log lines to their destinations in batches, beside the path of requests. */
export class LogShipper {
  readonly #kernel: Kernel
  readonly #outboxes = new Map<string, Outbox>()
  readonly #streams = new Set<string>()
  #shipping: Promise<void> = Promise.resolve()
  #lost = 0

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Takes lines for the destination of a web ACL's configuration. */
  take(acl: EntityName, configuration: LoggingConfiguration, lines: readonly Line[]): void {
    const arn = configuration.LogDestinationConfigs?.[0] ?? ''
    const key = `${acl.account} ${acl.name} ${arn}`
    let outbox = this.#outboxes.get(key)
    if (!outbox) {
      outbox = { acl, destination: logDestination(arn), lines: [], bytes: 0, firstMs: 0 }
      this.#outboxes.set(key, outbox)
    }
    for (const line of lines) {
      if (outbox.lines.length >= mostWaiting) {
        this.#lost++
        continue
      }
      if (outbox.lines.length === 0) outbox.firstMs = line.atMs
      outbox.lines.push(line)
      outbox.bytes += line.text.length + 1
    }
  }

  /** Ships what is due: logs and sinks at once, files every five minutes or when they are large; `all` ships everything. */
  ship(all = false): Promise<void> {
    this.#shipping = this.#shipping.then(() => this.#shipDue(all))
    return this.#shipping
  }

  async #shipDue(all: boolean): Promise<void> {
    const nowMs = this.#kernel.clock.now().getTime()
    for (const outbox of this.#outboxes.values()) {
      const { destination, lines, bytes, firstMs } = outbox
      if (lines.length === 0) continue
      const isDue =
        destination.kind !== 's3' || bytes >= fileBytes || nowMs - firstMs >= fileEveryMs
      if (!all && !isDue) continue
      outbox.lines = []
      outbox.bytes = 0
      await this.#deliver(outbox.acl, destination, lines, outbox)
    }
    if (this.#lost > 0) this.#kernel.log.warn({ lost: this.#lost }, 'WAF log lines were dropped')
    this.#lost = 0
  }

  async #deliver(
    acl: EntityName,
    destination: LogDestination,
    lines: readonly Line[],
    outbox: Outbox,
  ): Promise<void> {
    try {
      if (destination.kind === 'logs') await this.#toLogs(acl, destination.group, lines)
      else if (destination.kind === 's3') await this.#toBucket(acl, destination, lines)
      else await this.#toSink(destination.stream, lines)
    } catch (error) {
      this.#kernel.log.warn({ error, webAcl: acl.name }, 'WAF log lines wait for their destination')
      // What was refused is tried again with what comes next.
      outbox.lines = [...lines, ...outbox.lines].slice(0, mostWaiting)
      outbox.bytes = outbox.lines.reduce((sum, { text }) => sum + text.length + 1, 0)
      outbox.firstMs = outbox.lines[0]?.atMs ?? 0
    }
  }

  #call(acl: EntityName, service: string, operation: string, input: object): Promise<unknown> {
    const { account, region } = acl
    const actor = {
      service: deliveryService,
      sourceArn: `arn:aws:logs:${region}:${account}:delivery-source:waf`,
      sourceAccount: account,
    }
    return this.#kernel.callAs({ account, region }, actor, { service, operation, input })
  }

  async #toLogs(acl: EntityName, group: string, lines: readonly Line[]): Promise<void> {
    const place = acl.scope === 'CLOUDFRONT' ? 'cloudfront' : acl.region
    const stream = `${place}_${acl.name}_0`
    const names = { logGroupName: group, logStreamName: stream }
    if (!this.#streams.has(`${acl.account} ${group} ${stream}`)) {
      await this.#call(acl, 'logs', 'CreateLogStream', names).catch((error: unknown) => {
        const isThere = error instanceof AwsError && error.code === 'ResourceAlreadyExistsException'
        if (!isThere) throw error
      })
      this.#streams.add(`${acl.account} ${group} ${stream}`)
    }
    for (const batch of batchesOf(lines)) {
      const logEvents = batch.map(({ atMs, text }) => ({ timestamp: atMs, message: text }))
      await this.#call(acl, 'logs', 'PutLogEvents', { ...names, logEvents })
    }
  }

  async #toBucket(
    acl: EntityName,
    { bucket, prefix }: Extract<LogDestination, { kind: 's3' }>,
    lines: readonly Line[],
  ): Promise<void> {
    const Body = gzipSync(lines.map(({ text }) => `${text}\n`).join(''))
    const Key = fileKey(acl, prefix, this.#kernel.clock.now(), this.#kernel.ids.hex(8))
    await this.#call(acl, 's3', 'PutObject', {
      Bucket: bucket,
      Key,
      Body,
      ContentType: 'application/octet-stream',
      ContentEncoding: 'gzip',
    })
  }

  /** The form of Firehose's HTTP endpoint delivery, which collectors of many makers take. */
  async #toSink(stream: string, lines: readonly Line[]): Promise<void> {
    const { logSink, logSinkKey } = this.#kernel.waf
    if (logSink === undefined) throw new Error('BARTIZAN_WAF_LOG_SINK is not set')
    const requestId = this.#kernel.ids.uuid()
    const timestamp = this.#kernel.clock.now().getTime()
    const records = lines.map(({ text }) => ({ data: Buffer.from(`${text}\n`).toString('base64') }))
    const answer = await fetch(logSink, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(30_000),
      headers: {
        'content-type': 'application/json',
        'x-amz-firehose-protocol-version': '1.0',
        'x-amz-firehose-request-id': requestId,
        'x-amz-firehose-source-arn': stream,
        ...(logSinkKey !== undefined && { 'x-amz-firehose-access-key': logSinkKey }),
      },
      body: JSON.stringify({ requestId, timestamp, records }),
    })
    if (!answer.ok) throw new Error(`the sink of WAF logs answered ${answer.status}`)
  }
}

/** `AWSLogs/account/WAFLogs/region/web-acl/yyyy/MM/dd/HH/mm/….log.gz`, the minutes in fives. */
export function fileKey(acl: EntityName, prefix: string, now: Date, unique: string): string {
  const iso = new Date(Math.floor(now.getTime() / fileEveryMs) * fileEveryMs).toISOString()
  const [date = '', time = ''] = iso.split('T')
  const [hour, minute] = time.split(':')
  const place = acl.scope === 'CLOUDFRONT' ? 'cloudfront' : acl.region
  const folder = prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`
  const stamp = `${date.replaceAll('-', '')}T${hour}${minute}Z`
  const path = `${folder}AWSLogs/${acl.account}/WAFLogs/${place}/${acl.name}`
  return `${path}/${date.replaceAll('-', '/')}/${hour}/${minute}/${acl.account}_waflogs_${place}_${acl.name}_${stamp}_${unique}.log.gz`
}

function* batchesOf(lines: readonly Line[]): Generator<Line[]> {
  let batch: Line[] = []
  let bytes = 0
  for (const line of lines) {
    const size = Buffer.byteLength(line.text) + 26
    if (batch.length >= batchEvents || bytes + size > batchBytes) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(line)
    bytes += size
  }
  if (batch.length > 0) yield batch
}
