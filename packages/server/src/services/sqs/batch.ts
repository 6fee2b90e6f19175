import {
  BatchEntryIdsNotDistinct$,
  EmptyBatchRequest$,
  InvalidBatchEntryId$,
  TooManyEntriesInBatchRequest$,
} from '@aws-sdk/client-sqs'
import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs'
import { AwsError, awsError } from '../../kernel/errors.ts'

const maxEntries = 10
const idForm = /^[A-Za-z0-9_-]{1,80}$/

/** The code by which entries that failed are told apart: that of the Query protocol. */
function codeOf({ schema, code }: AwsError): string {
  const traits: unknown = schema?.[3]
  if (typeof traits !== 'object' || traits === null || !('awsQueryError' in traits)) return code
  const [queryCode]: readonly unknown[] = Array.isArray(traits.awsQueryError)
    ? traits.awsQueryError
    : []
  return typeof queryCode === 'string' ? queryCode : code
}

interface Entry {
  readonly Id: string | undefined
}

/** Checks the entries of a batch as a whole; `shape` is how AWS names them. */
function checkEntries(shape: string, entries: readonly Entry[]): void {
  if (entries.length === 0) {
    throw awsError(EmptyBatchRequest$, `There should be at least one ${shape} in the request.`)
  }
  if (entries.length > maxEntries) {
    throw awsError(
      TooManyEntriesInBatchRequest$,
      `Maximum number of entries per request are ${maxEntries}. You have sent ${entries.length}.`,
    )
  }
  const seen = new Set<string>()
  for (const { Id: id = '' } of entries) {
    if (!idForm.test(id)) {
      throw awsError(
        InvalidBatchEntryId$,
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
      )
    }
    if (seen.has(id)) throw awsError(BatchEntryIdsNotDistinct$, `Id ${id} repeated.`)
    seen.add(id)
  }
}

/** Runs a batch's entries one after another; those that the caller got wrong fail alone. */
export async function batchOf<E extends Entry, R extends object>(
  shape: string,
  entries: readonly E[] | undefined,
  run: (entry: E) => Promise<R> | R,
): Promise<{ Successful: (R & { Id: string })[]; Failed: BatchResultErrorEntry[] }> {
  checkEntries(shape, entries ?? [])
  const Successful: (R & { Id: string })[] = []
  const Failed: BatchResultErrorEntry[] = []
  for (const entry of entries ?? []) {
    const Id = entry.Id ?? ''
    try {
      Successful.push({ ...(await run(entry)), Id })
    } catch (error) {
      if (!(error instanceof AwsError) || error.fault !== 'client') throw error
      Failed.push({ Id, SenderFault: true, Code: codeOf(error), Message: error.message })
    }
  }
  return { Successful, Failed }
}
