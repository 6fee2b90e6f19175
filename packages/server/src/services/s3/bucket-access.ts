import {
  compilePolicy,
  policyAllowsPublic,
  type CompiledPolicy,
  type MatchedGrant,
  type PolicySource,
} from '@bartizan/policy'
import { parseAmzDate } from '@bartizan/wire'
import type { Context, Tables } from '../../kernel/context.ts'
import type { Access } from '../../kernel/service.ts'
import { accessDenied, noSuchBucket, s3Error } from './errors.ts'
import { matchingGrants, type AclPermission } from './grants.ts'
import { buckets, type BucketRow, type GrantRow } from './store.ts'

/** A bucket that a request named, with the tables of the account that owns it. */
export interface BucketSubject {
  readonly bucket: BucketRow
  readonly tables: Tables
}

/** A bucket's ARN. */
export function bucketArn(name: string): string {
  return `arn:aws:s3:::${name}`
}

/** An object's ARN. */
export function objectArn(bucket: string, key: string): string {
  return `arn:aws:s3:::${bucket}/${key}`
}

/** The members by which every request names its bucket. */
export interface BucketInput {
  readonly Bucket?: string | undefined
  readonly ExpectedBucketOwner?: string | undefined
}

/**
 * Finds the bucket of a request. Throws NoSuchBucket, AccessDenied where the owner is not the expected
 * one, PermanentRedirect where the request was signed for another Region.
 */
export async function findBucket(input: BucketInput, ctx: Context): Promise<BucketSubject> {
  const { bucket, tables } = await anyBucket(input, ctx)
  if (ctx.principal.kind !== 'anonymous' && ctx.region !== bucket.region) throw redirect(bucket)
  return { bucket, tables }
}

/** The same, in whatever Region: GetBucketLocation, and services that write for a caller. */
export async function anyBucket(input: BucketInput, ctx: Context): Promise<BucketSubject> {
  const name = input.Bucket ?? ''
  const bucket = await ctx.store.table(buckets).get(name)
  if (!bucket) throw noSuchBucket(name)
  const expected = input.ExpectedBucketOwner
  if (expected !== undefined && expected !== bucket.accountId) throw accessDenied()
  auditBucket(ctx, bucket)
  return { bucket, tables: ctx.store.at({ account: bucket.accountId, region: bucket.region }) }
}

function redirect({ name, region }: BucketRow) {
  return s3Error(
    'PermanentRedirect',
    'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
    301,
    {
      fields: { Endpoint: `${name}.s3.${region}.amazonaws.com`, Bucket: name },
      headers: { 'x-amz-bucket-region': region },
    },
  )
}

function auditBucket(ctx: Context, { name, accountId }: BucketRow): void {
  ctx.audit.resource({ ARN: bucketArn(name), accountId, type: 'AWS::S3::Bucket' })
  // CloudTrail's own name for what the API calls Bucket: event patterns ask for it.
  ctx.audit.defaultParameters({ bucketName: name })
  if (ctx.principal.kind !== 'anonymous') return
  const identity = { type: 'AWSAccount' as const, principalId: '', accountId: 'anonymous' }
  ctx.audit.callerIs(identity, accountId)
}

/** Condition keys and their values, keys in lower case. */
export type Conditions = Readonly<Record<string, string | readonly string[] | undefined>>

/** What an operation needs on a bucket or one of its objects. */
export interface Need {
  /** Without the prefix; defaults to the operation's own name. */
  readonly action?: string
  /** The object's key; the bucket itself without. */
  readonly key?: string
  readonly conditions?: Conditions
  /** What an ACL may allow it by, and the ACL: the bucket's unless another is given. */
  readonly acl?: AclPermission
  readonly grants?: readonly GrantRow[] | undefined
}

/** The permission that an operation needs: IAM, the bucket's policy, its ACL, less what is blocked. */
export function bucketAccess(ctx: Context, { bucket }: BucketSubject, need: Need = {}): Access {
  const { acl, key } = need
  const policy = effectivePolicy(ctx, bucket)
  if (key !== undefined) {
    ctx.audit.resource({ ARN: objectArn(bucket.name, key), type: 'AWS::S3::Object' })
  }
  return {
    ...(need.action !== undefined && { action: `s3:${need.action}` }),
    resource: key === undefined ? bucketArn(bucket.name) : objectArn(bucket.name, key),
    resourceAccount: bucket.accountId,
    ...(policy && { resourcePolicy: policy }),
    ...(acl && { grants: () => allowedByAcl(ctx, bucket, need.grants ?? bucket.grants, acl) }),
    conditions: {
      's3:resourceaccount': bucket.accountId,
      ...signatureConditions(ctx),
      ...need.conditions,
    },
  }
}

const authTypes = {
  header: 'REST-HEADER',
  presigned: 'REST-QUERY-STRING',
  'query-v2': 'REST-QUERY-STRING',
  form: 'POST',
} as const

/**
 * How the request was authenticated
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html).
 */
function signatureConditions({ principal, signature, machineNow }: Context): Conditions {
  if (principal.kind === 'anonymous') return {}
  const { kind = 'header', signedAt } = signature ?? {}
  const at = signedAt === undefined ? undefined : parseAmzDate(signedAt)
  return {
    's3:authtype': authTypes[kind],
    's3:signatureversion': kind === 'query-v2' ? 'AWS' : 'AWS4-HMAC-SHA256',
    's3:signatureage': at === undefined ? undefined : String(machineNow.getTime() - at),
  }
}

async function allowedByAcl(
  ctx: Context,
  bucket: BucketRow,
  grants: readonly GrantRow[] | undefined,
  permission: AclPermission,
): Promise<readonly MatchedGrant[]> {
  // With ACLs disabled, nothing is allowed by one.
  if (bucket.ownership === 'BucketOwnerEnforced' || !grants) return []
  const ignoresPublic = bucket.publicAccessBlock?.IgnorePublicAcls ?? false
  return matchingGrants(ctx.principal, grants, { permission, ignoresPublic })
}

const byText = new Map<string, CompiledPolicy>()
const keptTexts = 1_000

function compiled(text: string): CompiledPolicy {
  let policy = byText.get(text)
  if (!policy) {
    policy = compilePolicy(text, 'resource')
    if (byText.size >= keptTexts) byText.clear()
    byText.set(text, policy)
  }
  return policy
}

const denyAll =
  '{"Version":"2012-10-17","Statement":{"Sid":"RestrictPublicBuckets","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}'

/** Whether a bucket's policy lets anyone in. */
export function isPublicPolicy(text: string | undefined): boolean {
  return text !== undefined && policyAllowsPublic(compiled(text))
}

const sources = new WeakMap<BucketRow, PolicySource>()

/** The bucket's policy; a public one, where public buckets are restricted, is closed to other accounts. */
function effectivePolicy(ctx: Context, bucket: BucketRow): PolicySource | undefined {
  const { policy, publicAccessBlock, accountId } = bucket
  if (policy === undefined) return undefined
  const isOutside = ctx.principal.kind !== 'service' && ctx.principal.accountId !== accountId
  if (isOutside && publicAccessBlock?.RestrictPublicBuckets && isPublicPolicy(policy)) {
    return { id: bucketArn(bucket.name), policy: compiled(denyAll) }
  }
  let source = sources.get(bucket)
  if (!source) {
    source = { id: bucketArn(bucket.name), policy: compiled(policy) }
    sources.set(bucket, source)
  }
  return source
}
