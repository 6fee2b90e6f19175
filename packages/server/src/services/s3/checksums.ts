import type { ChecksumAlgorithm, ChecksumType } from '@aws-sdk/client-s3'
import { combineCrc } from '@bartizan/wire'
import type { AwsError } from '../../kernel/errors.ts'
import { invalidArgument, invalidRequest, s3Error } from './errors.ts'
import { algorithms, type ChecksumName } from './blobs/payload-sums.ts'
import type { ChecksumFacts } from './store.ts'

/** Every algorithm. */
export const checksumNames = Object.keys(algorithms) as ChecksumName[]

/** Inputs and outputs that carry `x-amz-checksum-…` headers, by member. */
export type ChecksumMembers = {
  readonly [Name in ChecksumName as `Checksum${Name}`]?: string | undefined
}

/** What a request says of its payload's checksum: which algorithm, and which value unless a trailer brings it. */
export interface DeclaredChecksum {
  readonly name: ChecksumName
  readonly value?: string
}

/** Whether an algorithm is one that is computed here. Throws InvalidRequest for others. */
export function checksumName(algorithm: string): ChecksumName {
  const name = checksumNames.find((each) => each === algorithm.toUpperCase())
  if (name) return name
  throw invalidRequest(
    'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256, SHA512, MD5]',
  )
}

/** Reads the checksum that a request declares, in a header, in an announced trailer or by name alone. */
export function declaredChecksum(
  input: ChecksumMembers & { readonly ChecksumAlgorithm?: string | undefined },
  announced: readonly string[],
): DeclaredChecksum | undefined {
  const given = checksumNames.filter((name) => input[`Checksum${name}`] !== undefined)
  const trailing = checksumNames.filter((name) => announced.includes(headerOf(name)))
  if (given.length + trailing.length > 1) {
    throw invalidRequest(
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    )
  }
  const [name] = given
  if (name !== undefined) {
    const value = input[`Checksum${name}`] ?? ''
    if (Buffer.from(value, 'base64').length !== algorithms[name].bytes) throw invalidHeader(name)
    return { name, value }
  }
  const [late] = trailing
  if (late !== undefined) return { name: late }
  const asked = input.ChecksumAlgorithm
  return asked === undefined ? undefined : { name: checksumName(asked) }
}

function invalidHeader(name: ChecksumName): AwsError {
  return invalidRequest(`Value for ${headerOf(name)} header is invalid.`)
}

/** The header or trailer of a checksum. */
export function headerOf(name: ChecksumName): string {
  return `x-amz-checksum-${name.toLowerCase()}`
}

/** Checks a Content-MD5 header's form. Throws InvalidDigest. */
export function contentMd5(header: string | undefined): Buffer | undefined {
  if (header === undefined) return undefined
  const bytes = Buffer.from(header, 'base64')
  if (bytes.length === 16 && bytes.toString('base64') === header.trim()) return bytes
  throw s3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.', 400)
}

/** The error of a checksum that is not the payload's. */
export function badDigest(what: string): AwsError {
  const message =
    what === 'MD5'
      ? 'The Content-MD5 you specified did not match what we received.'
      : `The ${what} you specified did not match the calculated checksum.`
  return s3Error('BadDigest', message, 400)
}

/** The checksum of bytes at hand, in base64. */
export function checksumOf(name: ChecksumName, bytes: Uint8Array): string {
  const sum = algorithms[name].start()
  sum.update(bytes)
  return sum.digest().toString('base64')
}

/** A stored checksum as the member that tells it, with its type. */
export function checksumMembers(
  facts: ChecksumFacts | undefined,
): ChecksumMembers & { ChecksumType?: ChecksumType } {
  if (!facts) return {}
  return { [`Checksum${facts.algorithm}`]: facts.value, ChecksumType: facts.type }
}

/** The one checksum member of a part's answer. */
export function checksumMember(facts: ChecksumFacts | undefined): ChecksumMembers {
  return facts ? { [`Checksum${facts.algorithm}`]: facts.value } : {}
}

/** Which type an upload's checksum has when it does not say, and whether it may have the one it says. */
export function checksumTypeOf(
  algorithm: ChecksumName,
  asked: ChecksumType | undefined,
): ChecksumType {
  const combines = algorithms[algorithm].crc !== undefined
  const type = asked ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE')
  if (type === 'FULL_OBJECT' && !combines) {
    throw invalidRequest(
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    )
  }
  if (type === 'COMPOSITE' && algorithm === 'CRC64NVME') {
    throw invalidRequest(
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    )
  }
  return type
}

/** A part's checksum with its size, to make an object's from. */
export interface PartSum {
  readonly value: string
  readonly size: number
}

/** The checksum of an object made of parts: of the whole, or of the parts' checksums. */
export function combinedChecksum(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  sums: readonly PartSum[],
): ChecksumFacts {
  const name = checksumName(algorithm)
  const known = algorithms[name]
  if (type === 'COMPOSITE' || known.crc === undefined) {
    const all = Buffer.concat(sums.map(({ value }) => Buffer.from(value, 'base64')))
    const value = `${checksumOf(name, all)}-${sums.length}`
    return { algorithm, value, type: 'COMPOSITE' }
  }
  const [first, ...rest] = sums
  let whole = Buffer.from(first?.value ?? '', 'base64')
  for (const { value, size } of rest) {
    whole = Buffer.from(combineCrc(known.crc, whole, Buffer.from(value, 'base64'), size))
  }
  return { algorithm, value: whole.toString('base64'), type }
}

/** The x-amz-checksum-type that a request asks for. Throws InvalidArgument. */
export function checksumTypeNamed(text: string | undefined): ChecksumType | undefined {
  if (text === undefined || text === 'FULL_OBJECT' || text === 'COMPOSITE') return text
  throw invalidArgument(`Value for x-amz-checksum-type header is invalid.`, 'x-amz-checksum-type')
}
