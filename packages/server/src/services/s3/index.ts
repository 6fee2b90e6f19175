import * as sdk from '@aws-sdk/client-s3'
import type { OperationSchema } from '@bartizan/wire'
import { defineService } from '../../kernel/service.ts'
import * as buckets from './buckets.ts'
import * as deleteObject from './delete-object.ts'
import { tellError } from './errors.ts'
import * as getObject from './get-object.ts'
import * as listObjects from './list-objects.ts'
import { s3Protocol } from './protocol.ts'
import * as putObject from './put-object.ts'

const operations = [buckets, deleteObject, getObject, listObjects, putObject]

const schemas = Object.values(sdk).filter(
  (value): value is OperationSchema => Array.isArray(value) && value[0] === 9,
)

/** Amazon S3 (https://docs.aws.amazon.com/AmazonS3/latest/API/). */
export const s3 = defineService({
  id: 's3',
  protocols: [s3Protocol(schemas)],
  sdk,
  operations,
  constraints: { operations: {}, shapes: {} },
  errorCodes: {
    accessDenied: 'AccessDenied',
    validation: 'MalformedXML',
    internal: 'InternalError',
  },
  rewordValidation: () =>
    'The XML you provided was not well-formed or did not validate against our published schema',
  tellError,
  // Whether an unsigned request may do something is for the bucket's policy and ACL to say.
  open: operations.flatMap((module) => Object.keys(module)),
  fidelity: { supported: [], deviates: [], absent: [] },
})
