import type { Kernel } from '../../../kernel/kernel.ts'
import type { Observed } from '../../../kernel/observed.ts'
import { defineRuntime, type RuntimeHost } from '../../../kernel/runtime.ts'
import { bucketArn } from '../bucket-access.ts'
import { pathStyle } from '../protocol.ts'
import { buckets, type BucketRow } from '../store.ts'
import { loggingOf } from './configuration.ts'
import { logKey, logLine } from './format.ts'

/** S3 delivers logs on a best-effort basis within hours; here it is minutes. */
const deliverEveryMs = 5 * 60_000
/** A log that grows faster than it is delivered goes out at this many lines. */
const maxLines = 5_000

interface Pending {
  readonly bucket: BucketRow
  readonly lines: string[]
}

/** Gathers buckets' access logs and delivers them, a file per bucket and while. */
export class AccessLogs {
  readonly #host: RuntimeHost
  readonly #pending = new Map<string, Pending>()
  #cancel: () => void = () => {}
  #isStopped = false

  constructor(host: RuntimeHost) {
    this.#host = host
    this.#schedule()
  }

  note(bucket: BucketRow, line: string): void {
    const pending = this.#pending.get(bucket.name) ?? { bucket, lines: [] }
    pending.lines.push(line)
    this.#pending.set(bucket.name, pending)
    if (pending.lines.length >= maxLines) void this.deliver()
  }

  /** Writes what has gathered into the target buckets; what cannot be written is lost, and said so. */
  async deliver(): Promise<void> {
    const all = [...this.#pending.values()]
    this.#pending.clear()
    await Promise.all(all.map((pending) => this.#deliverOne(pending)))
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancel()
    await this.deliver()
  }

  #schedule(): void {
    if (this.#isStopped) return
    this.#cancel = this.#host.kernel.clock.after(deliverEveryMs, () => {
      void this.deliver().then(() => this.#schedule())
    })
  }

  async #deliverOne({ bucket: logged, lines }: Pending): Promise<void> {
    const { kernel } = this.#host
    const bucket = (await kernel.store.get(buckets, '-', logged.name))?.value
    const target = bucket && loggingOf(bucket)
    if (!bucket || !target) return
    const { accountId: account, region, name } = bucket
    const actor = {
      service: 'logging.s3.amazonaws.com',
      sourceArn: bucketArn(name),
      sourceAccount: account,
    }
    const now = kernel.clock.now()
    const unique = kernel.ids.hex(16).toUpperCase()
    const input = {
      Bucket: target.TargetBucket,
      Key: logKey(target, { account, region, name }, { now, unique }),
      Body: `${lines.join('\n')}\n`,
      ContentType: 'text/plain',
    }
    const call = { service: 's3', operation: 'PutObject', input }
    await kernel
      .callAs({ account, region }, actor, call)
      .catch((error: unknown) =>
        kernel.log.warn({ err: error, bucket: name }, 'an access log could not be delivered'),
      )
  }
}

/** The access logs of a server. */
export const accessLogs = defineRuntime(
  's3.access-logs',
  (host) => new AccessLogs(host),
  (logs) => logs.stop(),
)

/** Notes a request in the access log of the bucket that it named, where that has one. */
export async function noteAccess(kernel: Kernel, observed: Observed): Promise<void> {
  const [, name = ''] = pathStyle(observed.request).path.split('/')
  const row = name === '' ? undefined : await kernel.store.get(buckets, '-', name)
  if (!row || !loggingOf(row.value)) return
  const at = kernel.clock.now()
  kernel.runtimes.of(accessLogs).note(row.value, logLine(row.value, observed, at))
}
