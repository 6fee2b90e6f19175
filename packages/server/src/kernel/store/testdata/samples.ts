import type { AuditRecord } from '../../audit-record.ts'
import { defineTable } from '../store.ts'
import type { Batch, Change, Store, Table } from '../store.ts'

/** A row as the store's tests write it. */
export interface NoteRow {
  readonly text: string
  readonly secret?: string
  readonly tags: readonly string[]
  readonly due?: string
}

/** A table with everything a table can have. */
export const notes = defineTable<NoteRow>({
  name: 'test.notes',
  scope: 'account',
  sealed: ['secret'],
  indexes: { tag: (row) => row.tags, due: (row) => row.due },
})

/** A note with no secret. */
export function note(text: string, ...tags: string[]): NoteRow {
  return { text, tags }
}

const erased = notes as unknown as Table<object>

/** A change of a note in scope `a`; `undefined` deletes. */
export function change(key: string, expectedVersion: number, value: NoteRow | undefined): Change {
  return { table: erased, scope: 'a', key, expectedVersion, value }
}

/** A batch of changes and, when given, of expectations and audit records. */
export function batch(changes: readonly Change[], rest: Partial<Batch> = {}): Batch {
  return { changes, expectations: [], audit: [], ...rest }
}

/** An expectation about a note in scope `a`. */
export function expectation(key: string, version: number) {
  return { table: erased, scope: 'a', key, version }
}

/** Writes a note whatever its version is, with audit records when given. */
export async function put(
  store: Store,
  key: string,
  value: NoteRow | undefined,
  ...audit: AuditRecord[]
): Promise<void> {
  const row = await store.get(notes, 'a', key)
  await store.commit(batch([change(key, row?.version ?? 0, value)], { audit }))
}

/** A plausible audit record with some members replaced. */
export function auditOf(members: Partial<AuditRecord> = {}): AuditRecord {
  return {
    eventVersion: '1.11',
    userIdentity: { type: 'IAMUser', userName: 'ada', accessKeyId: 'AKIAEXAMPLE' },
    eventTime: '2026-01-01T00:00:00Z',
    eventSource: 'kms.amazonaws.com',
    eventName: 'Encrypt',
    awsRegion: 'us-east-1',
    sourceIPAddress: '127.0.0.1',
    userAgent: 'test',
    requestParameters: null,
    responseElements: null,
    requestID: 'r',
    eventID: 'e',
    readOnly: true,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: '111122223333',
    eventCategory: 'Management',
    ...members,
  }
}
