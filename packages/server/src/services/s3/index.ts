import * as sdk from '@aws-sdk/client-s3'
import type { OperationSchema } from '@bartizan/wire'
import { defineService } from '../../kernel/service.ts'
import { tellError } from './errors.ts'
import { s3Protocol } from './protocol.ts'
import * as acl from './acl.ts'
import * as bucketPolicy from './bucket-policy.ts'
import * as bucketSettings from './bucket-settings.ts'
import * as bucketUnset from './bucket-unset.ts'
import * as buckets from './buckets.ts'
import * as completeUpload from './complete-upload.ts'
import { answerPreflight, browserHeaders } from './cors/browsers.ts'
import * as cors from './cors/configuration.ts'
import * as copyObject from './copy-object.ts'
import * as deleteObject from './delete-object.ts'
import { answerForm } from './forms/post-object.ts'
import * as getObject from './get-object.ts'
import * as lifecycle from './lifecycle/configuration.ts'
import { lifecycleJob } from './lifecycle/job.ts'
import * as listObjects from './list-objects.ts'
import * as listVersions from './list-versions.ts'
import { notifyTask } from './notifications/announce.ts'
import * as notifications from './notifications/configuration.ts'
import * as objectAttributes from './object-attributes.ts'
import * as objectLock from './object-lock.ts'
import * as objectTagging from './object-tagging.ts'
import * as putObject from './put-object.ts'
import * as uploadListings from './upload-listings.ts'
import * as uploads from './uploads.ts'

const operations = [
  acl,
  bucketPolicy,
  bucketSettings,
  bucketUnset,
  buckets,
  completeUpload,
  copyObject,
  cors,
  deleteObject,
  getObject,
  lifecycle,
  listObjects,
  listVersions,
  notifications,
  objectAttributes,
  objectLock,
  objectTagging,
  putObject,
  uploadListings,
  uploads,
]

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
  open: operations.flatMap((module) => Object.keys(module).filter((name) => /^[A-Z]/.test(name))),
  browsers: {
    answer: async (kernel, request) =>
      (await answerPreflight(kernel, request)) ?? answerForm(kernel, request),
    headers: browserHeaders,
  },
  jobs: [lifecycleJob],
  tasks: [notifyTask],
  fidelity: { supported: [], deviates: [], absent: [] },
})
