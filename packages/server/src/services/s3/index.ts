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
import { noteAccess } from './logging/access-log.ts'
import * as logging from './logging/configuration.ts'
import * as objectAttributes from './object-attributes.ts'
import * as objectLock from './object-lock.ts'
import * as objectTagging from './object-tagging.ts'
import * as putObject from './put-object.ts'
import * as uploadListings from './upload-listings.ts'
import * as uploads from './uploads.ts'
import { objectFiles } from './blobs/runtime.ts'
import { s3Resources } from './resources.ts'

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
  logging,
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
  observe: noteAccess,
  jobs: [lifecycleJob],
  tasks: [notifyTask],
  resources: s3Resources,
  files: objectFiles,
  fidelity: {
    supported: [
      'objects of any size stream to the file system, encrypted in authenticated segments; ranges decrypt only their own',
      'SSE-S3 by default, SSE-KMS with encryption context and bucket keys, SSE-C; DSSE-KMS as one layer',
      'multipart uploads, copies, conditional reads and writes, versioning, delete markers, Object Lock',
      'signed, unsigned and chunked payloads with their signatures; CRC32, CRC32C, CRC64NVME, SHA-1, SHA-256, SHA-512 and MD5 checksums of objects, parts and uploads',
      'links and forms signed by version 4 or version 2; path style and virtual-hosted style',
      'bucket policies, ACLs, Object Ownership and Block Public Access of buckets, enforced on every call, unsigned ones too',
      'listings by prefix and delimiter that skip what they do not show; CORS; tags as conditions',
      'notifications to SQS, SNS, Lambda and EventBridge; lifecycle expiry and transitions at midnight (UTC) of the server’s clock; server access logs',
    ],
    deviates: [
      'SSE-C is accepted without TLS, so that it can be tried; production serves HTTPS',
      'a bucket key serves its caller for five minutes before KMS is asked again',
      'an object in a storage class that needs restoring refuses to be read; the other classes differ in name only',
      'an object that another account owns, in a bucket without BucketOwnerEnforced, is still under the bucket’s policy',
      'access logs are delivered every five minutes; lines written since are lost if the process is killed',
      'forms (POST Object) are read whole, up to BARTIZAN_MAX_BODY_BYTES, and announced as ObjectCreated:Put',
      'several nodes on one PostgreSQL need one file system for their data directories’ s3 folder',
      'completing an upload twice answers NoSuchUpload the second time',
    ],
    absent: [
      'replication, website hosting, transfer acceleration, requester pays, inventory, analytics, metrics and intelligent-tiering configurations: reading them answers as for a bucket without',
      'restoring archived objects, S3 Select, Object Lambda, directory buckets, access points, S3 Tables and metadata tables',
      'account-wide Block Public Access (S3 Control), MFA delete, xxHash checksums',
    ],
  },
})
