import {
  BucketAlreadyExists$,
  BucketAlreadyOwnedByYou$,
  CreateBucket$,
  DeleteBucket$,
  GetBucketLocation$,
  HeadBucket$,
  ListBuckets$,
} from '@aws-sdk/client-s3'
import type {
  CreateBucketOutput,
  CreateBucketRequest,
  DeleteBucketRequest,
  GetBucketLocationOutput,
  GetBucketLocationRequest,
  HeadBucketOutput,
  HeadBucketRequest,
  ListBucketsOutput,
  ListBucketsRequest,
} from '@aws-sdk/client-s3'
import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { blobRuntime } from './blobs/runtime.ts'
import {
  anyBucket,
  bucketAccess,
  bucketArn,
  findBucket,
  type BucketSubject,
} from './bucket-access.ts'
import { isBucketName } from './bucket-name.ts'
import { accessDenied, invalidArgument, invalidRequest, s3Error } from './errors.ts'
import { hasAcl, isOwnersOnly, isPublicAcl, requestedGrants } from './grants.ts'
import { ownerOf } from './owners.ts'
import { checkedTags } from './tags.ts'
import { buckets, objects, uploads, versions, type BucketRow } from './store.ts'

function checkName({ Bucket: name = '' }: CreateBucketRequest): void {
  if (isBucketName(name)) return
  throw s3Error('InvalidBucketName', 'The specified bucket is not valid.', 400, {
    fields: { BucketName: name },
  })
}

/** The Region of a new bucket: where the call is made, which LocationConstraint must say outside us-east-1. */
function checkLocation(input: CreateBucketRequest, { region }: Context): void {
  const asked: string | undefined = input.CreateBucketConfiguration?.LocationConstraint
  const place = asked === 'EU' ? 'eu-west-1' : asked
  if (place === region && place !== 'us-east-1') return
  if (place === undefined && region === 'us-east-1') return
  if (place === 'us-east-1') {
    throw s3Error(
      'InvalidLocationConstraint',
      'The specified location-constraint is not valid',
      400,
      { fields: { LocationConstraint: place } },
    )
  }
  throw s3Error(
    'IllegalLocationConstraintException',
    place === undefined
      ? 'The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.'
      : `The ${place} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    400,
  )
}

/** What every bucket made since April 2023 starts with. */
const everythingBlocked = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
}

function newBucket(input: CreateBucketRequest, ctx: Context): BucketRow {
  const ownership = input.ObjectOwnership ?? 'BucketOwnerEnforced'
  if (ownership === 'BucketOwnerEnforced' && !isOwnersOnly(input)) {
    throw s3Error(
      'InvalidBucketAclWithObjectOwnership',
      "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
      400,
    )
  }
  const owners = { owner: ctx.account, bucketOwner: ctx.account }
  const grants = hasAcl(input) ? requestedGrants(input, owners) : undefined
  if (isPublicAcl(grants)) throw accessDenied()
  const location = input.CreateBucketConfiguration?.LocationConstraint
  return {
    name: input.Bucket ?? '',
    accountId: ctx.account,
    region: ctx.region,
    createdAt: ctx.now.toISOString(),
    ...(location !== undefined && { location }),
    ownership,
    publicAccessBlock: everythingBlocked,
    ...(grants && { grants }),
    encryption: { algorithm: 'AES256', bucketKey: false },
    tags: checkedTags(input.CreateBucketConfiguration?.Tags),
    ...(input.ObjectLockEnabledForBucket && { objectLock: {}, versioning: 'Enabled' as const }),
    configurations: {},
  }
}

function createAccess(input: CreateBucketRequest, ctx: Context) {
  const tags = input.CreateBucketConfiguration?.Tags ?? []
  const conditions = {
    's3:locationconstraint': input.CreateBucketConfiguration?.LocationConstraint,
    's3:x-amz-acl': input.ACL,
    's3:x-amz-object-ownership': input.ObjectOwnership,
    ...(tags.length > 0 && { 'aws:tagkeys': tags.map(({ Key }) => Key ?? '') }),
    ...Object.fromEntries(
      tags.map(({ Key, Value }) => [`aws:requesttag/${(Key ?? '').toLowerCase()}`, Value]),
    ),
  }
  const base = { resource: bucketArn(input.Bucket ?? ''), resourceAccount: ctx.account, conditions }
  return [
    base,
    ...(hasAcl(input) ? [{ ...base, action: 's3:PutBucketAcl' }] : []),
    ...(input.ObjectOwnership ? [{ ...base, action: 's3:PutBucketOwnershipControls' }] : []),
    ...(input.ObjectLockEnabledForBucket
      ? [
          { ...base, action: 's3:PutBucketObjectLockConfiguration' },
          { ...base, action: 's3:PutBucketVersioning' },
        ]
      : []),
    ...(tags.length > 0 ? [{ ...base, action: 's3:TagResource' }] : []),
  ]
}

/** CreateBucket. In us-east-1 making one's own bucket again succeeds and changes nothing. */
export const CreateBucket = operation<CreateBucketRequest, CreateBucketOutput>(CreateBucket$, {
  check: checkName,
  access: createAccess,
  async handle(input, ctx) {
    checkLocation(input, ctx)
    const name = input.Bucket ?? ''
    const Location = ctx.region === 'us-east-1' ? `/${name}` : `http://${name}.s3.amazonaws.com/`
    const existing = await ctx.store.table(buckets).get(name)
    if (existing) {
      const isOwn = existing.accountId === ctx.account
      if (isOwn && ctx.region === 'us-east-1' && existing.region === ctx.region) return { Location }
      throw taken(name, isOwn)
    }
    ctx.runtime(blobRuntime)
    const bucket = newBucket(input, ctx)
    ctx.store.table(buckets).put(name, bucket)
    ctx.audit.resource({ ARN: bucketArn(name), accountId: ctx.account, type: 'AWS::S3::Bucket' })
    ctx.audit.defaultParameters({ bucketName: name })
    return { Location, BucketArn: bucketArn(name) }
  },
})

function taken(name: string, isOwn: boolean): AwsError {
  const schema = isOwn ? BucketAlreadyOwnedByYou$ : BucketAlreadyExists$
  return new AwsError({
    code: isOwn ? 'BucketAlreadyOwnedByYou' : 'BucketAlreadyExists',
    message: isOwn
      ? 'Your previous request to create the named bucket succeeded and you already own it.'
      : 'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
    status: 409,
    schema,
    fields: { BucketName: name },
  })
}

/** DeleteBucket: an empty one. */
export const DeleteBucket = operation<DeleteBucketRequest, object, BucketSubject>(DeleteBucket$, {
  resolve: findBucket,
  access: (_input, ctx, subject) => bucketAccess(ctx, subject),
  async handle(_input, ctx, { bucket, tables }) {
    const prefix = `${bucket.name}/`
    for (const table of [objects, versions] as const) {
      const [row] = await tables.table<object>(table as never).list({ prefix, limit: 1 })
      if (row) throw notEmpty(bucket.name)
    }
    const [upload] = await tables.table(uploads).list({ prefix, limit: 1 })
    if (upload) throw notEmpty(bucket.name)
    ctx.store.table(buckets).delete(bucket.name)
    return {}
  },
})

function notEmpty(name: string): AwsError {
  return s3Error('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409, {
    fields: { BucketName: name },
  })
}

/** HeadBucket: whether a bucket is there and may be used, and in which Region it is. */
export const HeadBucket = operation<HeadBucketRequest, HeadBucketOutput, BucketSubject>(
  HeadBucket$,
  {
    readOnly: true,
    resolve: findBucket,
    access: (_input, ctx, subject) =>
      bucketAccess(ctx, subject, { action: 'ListBucket', acl: 'READ' }),
    handle: (_input, _ctx, { bucket }) => ({
      BucketRegion: bucket.region,
      BucketArn: bucketArn(bucket.name),
      AccessPointAlias: false,
    }),
  },
)

/** GetBucketLocation: null for us-east-1. */
export const GetBucketLocation = operation<
  GetBucketLocationRequest,
  GetBucketLocationOutput,
  BucketSubject
>(GetBucketLocation$, {
  resolve: anyBucket,
  access: (_input, ctx, subject) => bucketAccess(ctx, subject),
  handle(_input, _ctx, { bucket }) {
    const location = bucket.location ?? (bucket.region === 'us-east-1' ? undefined : bucket.region)
    return location === undefined ? {} : { LocationConstraint: location as never }
  },
})

const tokenPurpose = 's3-buckets-token'
const maxBuckets = 10_000

/** ListBuckets: all of the caller's account, or a page of them. */
export const ListBuckets = operation<ListBucketsRequest, ListBucketsOutput>(ListBuckets$, {
  access: () => ({ action: 's3:ListAllMyBuckets', resource: '*' }),
  async handle(input, ctx) {
    const limit = input.MaxBuckets ?? maxBuckets
    if (limit < 1 || limit > maxBuckets) {
      throw invalidArgument('MaxBuckets must be between 1 and 10000', 'max-buckets', String(limit))
    }
    const token = input.ContinuationToken
    const after = token === undefined ? undefined : ctx.secrets.open(tokenPurpose, token)
    if (token !== undefined && after === undefined) {
      throw invalidRequest('The continuation token provided is incorrect')
    }
    const rows = await ctx.store
      .table(buckets)
      .list({ index: 'account', equals: ctx.account, ...(after !== undefined && { after }) })
    const { Prefix: prefix = '', BucketRegion: region } = input
    const wanted = rows.filter(
      ({ value }) =>
        value.name.startsWith(prefix) && (region === undefined || value.region === region),
    )
    const page = wanted.slice(0, limit)
    const last = page.at(-1)
    return {
      Buckets: page.map(({ value }) => ({
        Name: value.name,
        CreationDate: new Date(value.createdAt),
        ...(input.MaxBuckets !== undefined && { BucketRegion: value.region }),
        BucketArn: bucketArn(value.name),
      })),
      Owner: ownerOf(ctx.account),
      ...(input.Prefix !== undefined && { Prefix: input.Prefix }),
      ...(wanted.length > limit &&
        last && { ContinuationToken: ctx.secrets.seal(tokenPurpose, last.key) }),
    }
  },
})
