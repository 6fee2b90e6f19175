import { indexEntries, rowId } from './row-codec.ts'
import type { EncodedRow, IndexEntry, RowCodec } from './row-codec.ts'
import { WriteConflict } from './store.ts'
import type { Batch, Change, StoredRow, Table } from './store.ts'
import type { AuditRecord } from '../audit-record.ts'

/** A batch that waits to become durable. */
export interface PendingCommit {
  readonly batch: Batch
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

/** A row change that passed its checks, ready to be written. */
export interface PlannedChange {
  readonly id: string
  readonly table: Table<object>
  readonly scope: string
  readonly key: string
  readonly version: number
  /** undefined deletes. */
  readonly encoded: EncodedRow | undefined
  readonly row: StoredRow | undefined
  readonly entries: readonly IndexEntry[]
}

/** What one durable commit is going to write, and for whom. */
export interface CommitPlan {
  readonly accepted: readonly PendingCommit[]
  readonly changes: ReadonlyMap<string, PlannedChange>
  readonly audit: readonly AuditRecord[]
}

/** Gathers the batches of one turn of the event loop into one commit; one commit runs at a time. */
export class CommitQueue {
  readonly #perform: (group: readonly PendingCommit[]) => Promise<void> | void
  readonly #limit: number
  #waiting: PendingCommit[] = []
  #running: Promise<void> | undefined
  #ended = false

  /** `perform` settles every member of its group; when it throws, those left are rejected with that. */
  constructor(perform: (group: readonly PendingCommit[]) => Promise<void> | void, limit: number) {
    this.#perform = perform
    this.#limit = limit
  }

  add(batch: Batch): Promise<void> {
    return new Promise((done, failed) => {
      if (this.#ended) return failed(new Error('the store is closed'))
      this.#waiting.push({ batch, done, failed })
      this.#running ??= this.#run()
    })
  }

  /** Resolves when everything added so far is settled. */
  async drained(): Promise<void> {
    while (this.#running) await this.#running
  }

  /** Refuses further batches and resolves when the earlier ones are settled. */
  end(): Promise<void> {
    this.#ended = true
    return this.drained()
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      // A turn for each group: it gathers what the turn brings, and lets the event loop go on.
      await new Promise((turn) => setImmediate(turn))
      const group = this.#waiting.splice(0, this.#limit)
      try {
        await this.#perform(group)
      } catch (error) {
        for (const each of group) each.failed(error)
      }
    }
    this.#running = undefined
  }
}

/** True when a batch only appends to the audit log and so cannot conflict. */
export function isAuditOnly({ changes, expectations }: Batch): boolean {
  return changes.length === 0 && expectations.length === 0
}

/**
 * Checks the batches in order, each against the state that the accepted ones before it leave, and
 * encodes those that pass. A batch that conflicts, or cannot be encoded, is rejected alone.
 */
export function planCommit(
  group: readonly PendingCommit[],
  store: {
    codec: RowCodec
    /** The version a row has now; 0 when there is none. */
    versionOf: (place: { table: Table<object>; scope: string; key: string }) => number
    /** The version that the next changed row gets. */
    nextVersion: () => number
  },
): CommitPlan {
  const accepted: PendingCommit[] = []
  const changes = new Map<string, PlannedChange>()
  const audit: AuditRecord[] = []
  const check = (place: Omit<Change, 'expectedVersion' | 'value'>, version: number) => {
    const planned = changes.get(rowId(place))
    // A row written by an earlier batch of this commit has a version nobody could have read yet.
    const written = planned && planned.encoded !== undefined
    const current = planned ? 0 : store.versionOf(place)
    if (written || current !== version) throw new WriteConflict(place.table.name, place.key)
  }
  for (const pending of group) {
    const { batch } = pending
    try {
      if (!isAuditOnly(batch)) {
        for (const each of batch.expectations) check(each, each.version)
        for (const each of batch.changes) check(each, each.expectedVersion)
        const planned = batch.changes.map((each) => plan(each, store.codec, store.nextVersion()))
        for (const each of planned) changes.set(each.id, each)
      }
      for (const each of batch.audit) audit.push(each)
      accepted.push(pending)
    } catch (error) {
      pending.failed(error)
    }
  }
  return { accepted, changes, audit }
}

function plan(change: Change, codec: RowCodec, version: number): PlannedChange {
  const { table, scope, key, value } = change
  const encoded = value && codec.encode(change, version, value)
  return {
    id: rowId(change),
    table,
    scope,
    key,
    version,
    encoded,
    row: value && Object.freeze({ key, version, value }),
    entries: indexEntries(table, value),
  }
}
