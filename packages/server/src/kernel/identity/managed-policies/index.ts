import { hash } from 'node:crypto'
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import type { ManagedPolicyRow } from '../tables.ts'

/** What is known of an AWS managed policy without its document. Times are ISO 8601. */
export type AwsManagedPolicyFacts = Omit<ManagedPolicyRow, 'versions' | 'nextVersion'>

/** An AWS managed policy: the version in force, shaped like a customer managed one. */
export interface AwsManagedPolicy extends ManagedPolicyRow {
  /** The JSON text of the version in force. */
  readonly document: string
}

/** Path, default version, creation, update, offset and length of the document in bytes. */
type IndexEntry = readonly [string, string, string, string, number, number]

const indexFile = new URL('data/index.json', import.meta.url)
const documentsFile = new URL('data/documents.jsonl', import.meta.url)
const arnPrefix = 'arn:aws:iam::aws:policy/'
const cached = new Map<string, AwsManagedPolicy>()
let index: ReadonlyMap<string, IndexEntry> | undefined
let facts: readonly AwsManagedPolicyFacts[] | undefined

/**
 * The AWS managed policy of an ARN (`arn:aws:iam::aws:policy/AdministratorAccess`); undefined when
 * AWS has none. Nothing is read before the first call, and only the documents asked for after it.
 */
export function awsManagedPolicy(arn: string): AwsManagedPolicy | undefined {
  const known = cached.get(arn)
  if (known || !arn.startsWith(arnPrefix)) return known
  const name = arn.slice(arn.lastIndexOf('/') + 1)
  const entry = readIndex().get(name)
  if (!entry || arnOf(name, entry) !== arn) return undefined
  const document = readDocument(entry)
  const policy: AwsManagedPolicy = {
    ...factsOf(name, entry),
    nextVersion: Number(entry[1].slice(1)) + 1,
    versions: [{ id: entry[1], document, createdAt: entry[3] }],
    document,
  }
  cached.set(arn, policy)
  return policy
}

/** All AWS managed policies by name, without their documents, for listings. */
export function awsManagedPolicies(): readonly AwsManagedPolicyFacts[] {
  facts ??= [...readIndex()].map(([name, entry]) => factsOf(name, entry))
  return facts
}

function readIndex(): ReadonlyMap<string, IndexEntry> {
  if (!index) {
    const parsed: { policies: Record<string, IndexEntry> } = JSON.parse(
      readFileSync(indexFile, 'utf8'),
    )
    index = new Map(Object.entries(parsed.policies))
  }
  return index
}

function readDocument([, , , , offset, length]: IndexEntry): string {
  const file = openSync(documentsFile, 'r')
  try {
    const bytes = Buffer.alloc(length)
    readSync(file, bytes, 0, length, offset)
    return bytes.toString('utf8')
  } finally {
    closeSync(file)
  }
}

function factsOf(name: string, entry: IndexEntry): AwsManagedPolicyFacts {
  const [path, defaultVersion, createdAt, updatedAt] = entry
  const arn = arnOf(name, entry)
  return { arn, name, id: idOf(name), path, createdAt, updatedAt, defaultVersion, tags: [] }
}

function arnOf(name: string, [path]: IndexEntry): string {
  return `${arnPrefix}${path.slice(1)}${name}`
}

/** The collected list lacks AWS's ids: a policy's name stands for it, so that it never changes. */
function idOf(name: string): string {
  const digest = hash('sha256', name, 'buffer')
  return `ANPA${Array.from(digest.subarray(0, 17), (byte) => base32[byte % 32]).join('')}`
}

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
