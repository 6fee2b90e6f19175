import { DeleteBucketCors$, GetBucketCors$, PutBucketCors$ } from '@aws-sdk/client-s3'
import type {
  CORSConfiguration,
  DeleteBucketCorsRequest,
  GetBucketCorsOutput,
  GetBucketCorsRequest,
  PutBucketCorsRequest,
} from '@aws-sdk/client-s3'
import {
  bucketChange,
  bucketRead,
  configurationOf,
  withConfiguration,
} from '../bucket-operations.ts'
import { invalidRequest, malformedXml, s3Error } from '../errors.ts'
import type { BucketRow } from '../store.ts'

const methods: ReadonlySet<string> = new Set(['GET', 'PUT', 'POST', 'DELETE', 'HEAD'])
const maxRules = 100

/** A bucket's CORS rules, if it has any. */
export function corsOf(bucket: BucketRow): CORSConfiguration | undefined {
  return configurationOf<CORSConfiguration>(bucket, 'cors')
}

function checked(input: PutBucketCorsRequest): CORSConfiguration {
  const rules = input.CORSConfiguration?.CORSRules ?? []
  if (rules.length === 0 || rules.length > maxRules) throw malformedXml()
  for (const { AllowedMethods, AllowedOrigins, AllowedHeaders } of rules) {
    if (!AllowedMethods?.length || !AllowedOrigins?.length) throw malformedXml()
    const unknown = AllowedMethods.find((method) => !methods.has(method))
    if (unknown !== undefined) {
      throw invalidRequest(
        `Found unsupported HTTP method in CORS config. Unsupported method is ${unknown}`,
      )
    }
    for (const pattern of [...AllowedOrigins, ...(AllowedHeaders ?? [])]) {
      if (pattern.split('*').length > 2) {
        throw invalidRequest(`AllowedOrigin "${pattern}" can not have more than one wildcard.`)
      }
    }
  }
  return { CORSRules: rules }
}

/** PutBucketCors. */
export const PutBucketCors = bucketChange<PutBucketCorsRequest>(
  PutBucketCors$,
  { action: 'PutBucketCORS' },
  (bucket, input) => withConfiguration(bucket, 'cors', checked(input)),
)

/** GetBucketCors. */
export const GetBucketCors = bucketRead<GetBucketCorsRequest, GetBucketCorsOutput>(
  GetBucketCors$,
  { action: 'GetBucketCORS' },
  (bucket) => {
    const found = corsOf(bucket)
    if (found) return found
    throw s3Error('NoSuchCORSConfiguration', 'The CORS configuration does not exist', 404, {
      fields: { BucketName: bucket.name },
    })
  },
)

/** DeleteBucketCors. */
export const DeleteBucketCors = bucketChange<DeleteBucketCorsRequest>(
  DeleteBucketCors$,
  { action: 'PutBucketCORS' },
  (bucket) => withConfiguration(bucket, 'cors', undefined),
)
