import { authorize, compilePolicy, contextOf, PolicySyntaxError } from '@bartizan/policy'
import type { CompiledPolicy, PolicySource } from '@bartizan/policy'
import { LimitExceededException$, MalformedPolicyDocumentException$ } from '@aws-sdk/client-kms'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { storedPolicy } from '../../kernel/identity/principal-ids.ts'
import { partitionOf } from '../../kernel/partition.ts'
import type { KeyRow } from './store.ts'

/** The key policy quota: 32 KB (KMS Developer Guide, "Quotas"). */
const maxPolicyBytes = 32_768

/** JSON in the layout of AWS's own policies: `"a" : 1`, lists on the line that opens them. */
function asAwsWrites(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) {
    return `[ ${value.map((entry) => asAwsWrites(entry, indent)).join(', ')} ]`
  }
  const inner = `${indent}  `
  const members = Object.entries(value).map(
    ([name, member]) => `${inner}${JSON.stringify(name)} : ${asAwsWrites(member, inner)}`,
  )
  return `{\n${members.join(',\n')}\n${indent}}`
}

/** The key policy that AWS gives a key made through the API without one, as AWS writes it. */
export function defaultKeyPolicy(accountId: string, region: string): string {
  const statement = {
    Sid: 'Enable IAM User Permissions',
    Effect: 'Allow',
    Principal: { AWS: `arn:${partitionOf(region)}:iam::${accountId}:root` },
    Action: 'kms:*',
    Resource: '*',
  }
  return asAwsWrites({ Version: '2012-10-17', Id: 'key-default-1', Statement: [statement] })
}

/** The key policy of an AWS managed key: use through the service only, by this account's principals. */
export function managedKeyPolicy(service: string, accountId: string, region: string): string {
  const partition = partitionOf(region)
  const use = {
    Sid: `Allow access through ${service} for all principals in the account that are authorized to use ${service}`,
    Effect: 'Allow',
    Principal: { AWS: '*' },
    Action: [
      'kms:Encrypt',
      'kms:Decrypt',
      'kms:ReEncrypt*',
      'kms:GenerateDataKey*',
      'kms:CreateGrant',
      'kms:DescribeKey',
    ],
    Resource: '*',
    Condition: {
      StringEquals: {
        'kms:ViaService': `${service}.${region}.amazonaws.com`,
        'kms:CallerAccount': accountId,
      },
    },
  }
  const metadata = {
    Sid: 'Allow direct access to key metadata to the account',
    Effect: 'Allow',
    Principal: { AWS: `arn:${partition}:iam::${accountId}:root` },
    Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'],
    Resource: '*',
  }
  const Statement = [use, metadata]
  return asAwsWrites({ Version: '2012-10-17', Id: `auto-${service}-1`, Statement })
}

const malformed = (message: string) => awsError(MalformedPolicyDocumentException$, message)

const invalidPrincipals = 'Policy contains a statement with one or more invalid principals.'

/** A statement that is complete but for its Action or its Resource. */
function isIdle(statement: unknown): boolean {
  if (typeof statement !== 'object' || statement === null) return false
  const has = (...names: readonly string[]) => names.some((name) => name in statement)
  const complete = has('Action', 'NotAction') && has('Resource', 'NotResource')
  return has('Effect') && has('Principal', 'NotPrincipal') && !complete
}

/**
 * Statements without Action or Resource have no effect in a key policy, yet KMS takes the policy
 * (API reference of PutKeyPolicy); the compiler would refuse it.
 */
function withoutIdleStatements(json: string): string {
  const parsed: unknown = JSON.parse(json)
  if (typeof parsed !== 'object' || parsed === null || !('Statement' in parsed)) return json
  const listed: unknown[] = Array.isArray(parsed.Statement) ? parsed.Statement : [parsed.Statement]
  const effective = listed.filter((statement) => !isIdle(statement))
  if (effective.length === listed.length || effective.length === 0) return json
  return JSON.stringify({ ...parsed, Statement: effective })
}

function compile(json: string): CompiledPolicy {
  try {
    return compilePolicy(withoutIdleStatements(json), 'resource')
  } catch (error) {
    if (error instanceof PolicySyntaxError) {
      const ofPrincipal = error.message.startsWith('Invalid principal in policy')
      throw malformed(ofPrincipal ? invalidPrincipals : error.message)
    }
    if (error instanceof SyntaxError) throw malformed('Syntax errors in policy.')
    throw error
  }
}

const compiled = new WeakMap<KeyRow, PolicySource>()

/** Most keys of an account have the very same policy, so compiled ones are shared by their text. */
const byText = new Map<string, CompiledPolicy>()
const keptTexts = 1000

function shared(json: string): CompiledPolicy {
  let policy = byText.get(json)
  if (!policy) {
    policy = compile(json)
    if (byText.size >= keptTexts) byText.clear()
    byText.set(json, policy)
  }
  return policy
}

/** The compiled key policy of a key: compiled once for as long as the row is kept. */
export function keyPolicyOf(key: KeyRow): PolicySource {
  let source = compiled.get(key)
  if (!source) {
    source = { id: key.arn, policy: shared(key.policy) }
    compiled.set(key, source)
  }
  return source
}

/** What the lockout check has to know of the key the policy is for. */
export interface PolicyTarget {
  readonly arn: string
  readonly accountId: string
  readonly bypassLockoutCheck: boolean | undefined
}

const mayDoAll: PolicySource = {
  id: 'any',
  policy: compilePolicy(
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
    'identity',
  ),
}

/**
 * A new key policy as it is stored. It is checked: size, syntax, that its principals exist, and that
 * the caller may still change it (delegation to the account is enough, whatever the caller's IAM
 * policies say).
 */
export async function checkedKeyPolicy(
  ctx: Context,
  json: string,
  target: PolicyTarget,
): Promise<string> {
  if (Buffer.byteLength(json) > maxPolicyBytes) {
    throw awsError(LimitExceededException$, 'The key policy is longer than 32768 bytes.')
  }
  compile(json)
  const stored = await storedPolicy(ctx, json, () => malformed(invalidPrincipals))
  if (target.bypassLockoutCheck) return stored
  const decision = authorize({
    principal: ctx.principal,
    action: 'kms:PutKeyPolicy',
    resource: target.arn,
    resourceAccountId: target.accountId,
    context: contextOf({ ...ctx.conditions(), 'kms:calleraccount': ctx.account }),
    identityPolicies: [mayDoAll],
    resourcePolicy: { id: target.arn, policy: compile(stored) },
    resourcePolicyIsTrustAnchor: true,
  })
  if (!decision.allowed) {
    throw malformed('The new key policy will not allow you to update the key policy in the future.')
  }
  return stored
}
