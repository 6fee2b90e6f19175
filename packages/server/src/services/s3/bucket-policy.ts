import {
  DeleteBucketPolicy$,
  GetBucketPolicy$,
  GetBucketPolicyStatus$,
  PutBucketPolicy$,
} from '@aws-sdk/client-s3'
import type {
  DeleteBucketPolicyRequest,
  GetBucketPolicyOutput,
  GetBucketPolicyRequest,
  GetBucketPolicyStatusOutput,
  GetBucketPolicyStatusRequest,
  PutBucketPolicyRequest,
} from '@aws-sdk/client-s3'
import { compilePolicy, PolicySyntaxError, type CompiledPolicy } from '@bartizan/policy'
import { shownPolicy, storedPolicy } from '../../kernel/identity/principal-ids.ts'
import { bucketArn, isPublicPolicy } from './bucket-access.ts'
import { bucketChange, bucketRead } from './bucket-operations.ts'
import { accessDenied, s3Error } from './errors.ts'
import { scopeOf } from './policy-actions.ts'
import type { BucketRow } from './store.ts'

const maxPolicyBytes = 20_480

const malformed = (message: string) => s3Error('MalformedPolicy', message, 400)

/** Checks a bucket policy: JSON, grammar, principals, and that it speaks of this bucket. Throws MalformedPolicy. */
function checkPolicy(bucket: BucketRow, text: string): void {
  if (Buffer.byteLength(text) > maxPolicyBytes) {
    throw malformed(
      `Normalized policy document exceeds the maximum allowed size of ${maxPolicyBytes} bytes.`,
    )
  }
  if (!text.trimStart().startsWith('{')) {
    throw malformed("Policies must be valid JSON and the first byte must be '{'")
  }
  const policy = compile(text)
  const statements = statementsOf(text)
  for (const { actions } of statements) {
    if (!actions.every(isAction)) throw malformed('Policy has invalid action')
  }
  for (const { actions, resources } of statements) {
    if (!resources.every((resource) => coversBucket(resource, bucket.name))) {
      throw malformed('Policy has invalid resource')
    }
    if (!actions.every((action) => appliesTo(action, resources))) {
      throw malformed('Action does not apply to any resource(s) in statement')
    }
  }
  if (policy.statements.some(({ principals }) => !principals)) {
    throw malformed('Missing required field Principal')
  }
}

function compile(text: string): CompiledPolicy {
  try {
    return compilePolicy(text, 'resource')
  } catch (error) {
    if (error instanceof PolicySyntaxError) throw malformed(error.message)
    throw error
  }
}

interface Named {
  readonly actions: readonly string[]
  readonly resources: readonly string[]
}

function statementsOf(text: string): Named[] {
  const { Statement } = JSON.parse(text) as { Statement?: unknown }
  return [Statement].flat().map((statement) => {
    const { Action, NotAction, Resource, NotResource } = (statement ?? {}) as Record<
      string,
      unknown
    >
    return { actions: texts(Action ?? NotAction), resources: texts(Resource ?? NotResource) }
  })
}

function texts(value: unknown): string[] {
  return [value].flat().filter((item) => typeof item === 'string')
}

function isAction(action: string): boolean {
  if (action === '*') return true
  return /^s3:/i.test(action) && (/[*?]/.test(action) || scopeOf(action) !== undefined)
}

/** Whether an action on objects has an object among the resources, and one on buckets a bucket. */
function appliesTo(action: string, resources: readonly string[]): boolean {
  if (/[*?]/.test(action) || resources.length === 0) return true
  const scope = scopeOf(action)
  if (scope === 'object') return resources.some((resource) => /[/*?]/.test(resource))
  return scope === 'bucket' && resources.some((resource) => !resource.includes('/'))
}

function coversBucket(resource: string, name: string): boolean {
  const [head = ''] = resource.split('/')
  const pattern = head
    .split('*')
    .map((part) => part.replace(/[.+^${}()|[\]\\?]/g, (sign) => (sign === '?' ? '.' : `\\${sign}`)))
    .join('.*')
  const covers = new RegExp(`^${pattern}$`)
  return covers.test(bucketArn(name)) || covers.test(`${bucketArn(name)}/`)
}

/** PutBucketPolicy; a policy that lets anyone in is refused where those are blocked. */
export const PutBucketPolicy = bucketChange<PutBucketPolicyRequest>(
  PutBucketPolicy$,
  {},
  async (bucket, { Policy: text = '' }, ctx) => {
    checkPolicy(bucket, text)
    if (bucket.publicAccessBlock?.BlockPublicPolicy && isPublicPolicy(text)) {
      throw accessDenied(
        `User is not authorized to perform: s3:PutBucketPolicy on resource: "${bucketArn(bucket.name)}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
      )
    }
    const unknown = () => malformed('Invalid principal in policy')
    return { ...bucket, policy: await storedPolicy(ctx, text, unknown) }
  },
)

/** GetBucketPolicy, as it was put; users and roles that are gone since are shown by their unique ids. */
export const GetBucketPolicy = bucketRead<GetBucketPolicyRequest, GetBucketPolicyOutput>(
  GetBucketPolicy$,
  {},
  async ({ policy, name }, _input, ctx) => {
    if (policy !== undefined) return { Policy: await shownPolicy(ctx, policy) }
    throw noSuchPolicy(name)
  },
)

const noSuchPolicy = (name: string) =>
  s3Error('NoSuchBucketPolicy', 'The bucket policy does not exist', 404, {
    fields: { BucketName: name },
  })

/** DeleteBucketPolicy. */
export const DeleteBucketPolicy = bucketChange<DeleteBucketPolicyRequest>(
  DeleteBucketPolicy$,
  {},
  ({ policy: _policy, ...bucket }) => bucket,
)

/** GetBucketPolicyStatus: whether the policy lets anyone in. */
export const GetBucketPolicyStatus = bucketRead<
  GetBucketPolicyStatusRequest,
  GetBucketPolicyStatusOutput
>(GetBucketPolicyStatus$, {}, ({ policy, name }) => {
  if (policy === undefined) throw noSuchPolicy(name)
  return { PolicyStatus: { IsPublic: isPublicPolicy(policy) } }
})
