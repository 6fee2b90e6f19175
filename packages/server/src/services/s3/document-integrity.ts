import { hash } from 'node:crypto'
import { streamingInput, type OperationSchema, type WireRequest } from '@bartizan/wire'
import { badDigest, checksumNames, checksumOf, contentMd5, headerOf } from './checksums.ts'
import { invalidRequest } from './errors.ts'

/** Operations whose document must come with its digest (API reference, DeleteObjects: "Content-MD5"). */
const needDigest: ReadonlySet<string> = new Set(['DeleteObjects'])

/** Its checksum headers speak of the object that is made, not of the document. */
const ofTheObject = 'CompleteMultipartUpload'

/**
 * Checks the document of a request against the Content-MD5 and the checksum in its headers. Throws
 * InvalidDigest, BadDigest, and InvalidRequest where an operation must have one of them and has none.
 */
export function checkDocument(operation: OperationSchema, { headers, body }: WireRequest): void {
  const [, , name] = operation
  if (streamingInput(operation) !== undefined || name === ofTheObject) return
  const md5 = contentMd5(headers['content-md5'])
  if (md5 && hash('md5', body, 'base64') !== md5.toString('base64')) throw badDigest('MD5')
  let sums = 0
  for (const algorithm of checksumNames) {
    const declared = headers[headerOf(algorithm)]
    if (declared === undefined) continue
    sums++
    if (checksumOf(algorithm, body) !== declared) throw badDigest(algorithm)
  }
  if (!md5 && sums === 0 && needDigest.has(name)) {
    throw invalidRequest('Missing required header for this request: Content-MD5')
  }
}
