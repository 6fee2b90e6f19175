import type { PolicyDescriptorType, Tag } from '@aws-sdk/client-sts'
import { compilePolicy, PolicySyntaxError } from '@bartizan/policy'
import { deflateRawSync } from 'node:zlib'
import type { Context } from '../../kernel/context.ts'
import { awsManagedPolicy } from '../../kernel/identity/managed-policies/index.ts'
import { managedPolicies } from '../../kernel/identity/tables.ts'
import {
  invalidParameter,
  malformedPolicy,
  packedPolicyTooLarge,
  validationError,
} from './errors.ts'

/** What a caller may hand a session: policies that limit it, and tags. */
export interface SessionInput {
  readonly Policy?: string | undefined
  readonly PolicyArns?: readonly PolicyDescriptorType[] | undefined
  readonly Tags?: readonly Tag[] | undefined
}

/** A session's policies and tags as its token carries them. */
export interface SessionLimits {
  readonly policies?: readonly string[]
  readonly policyArns?: readonly string[]
  readonly tags?: Readonly<Record<string, string>>
  /** Of the space for policies and tags, 0 to 100; absent when there are none. */
  readonly packedPercent?: number
}

const maxPolicyArns = 10
const maxPlaintext = 2048
/** AWS packs policies, ARNs and tags into a binary form of its own; ours is deflated JSON. */
const packedBytes = 2048

/** Checks the policies and tags a session is to have, in the account whose policies it may name. */
export async function sessionLimits(
  input: SessionInput,
  account: string,
  ctx: Context,
): Promise<SessionLimits> {
  const { Policy: policy } = input
  const arns = (input.PolicyArns ?? []).map(({ arn }) => arn ?? '')
  const tags = sessionTags(input.Tags)
  if (policy !== undefined) checkPolicy(policy)
  await checkArns(arns, account, ctx)
  if (policy === undefined && arns.length === 0 && Object.keys(tags).length === 0) return {}
  if ((policy?.length ?? 0) + arns.join('').length > maxPlaintext) {
    throw validationError(
      'The combined size of the inline session policy and the managed session policy ARNs exceeds 2048 characters.',
    )
  }
  const packed = deflateRawSync(JSON.stringify([policy, arns, tags])).length
  const packedPercent = Math.ceil((packed / packedBytes) * 100)
  if (packedPercent > 100) throw packedPolicyTooLarge(packedPercent)
  return {
    ...(policy !== undefined && { policies: [policy] }),
    ...(arns.length > 0 && { policyArns: arns }),
    ...(Object.keys(tags).length > 0 && { tags }),
    packedPercent,
  }
}

function sessionTags(tags: readonly Tag[] | undefined): Record<string, string> {
  const byKey = new Map((tags ?? []).map((tag) => [(tag.Key ?? '').toLowerCase(), tag]))
  if (byKey.size < (tags?.length ?? 0)) {
    throw invalidParameter(
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    )
  }
  if ([...byKey.keys()].some((key) => key.startsWith('aws:'))) {
    throw invalidParameter('Tag keys beginning with aws: are reserved for system use.')
  }
  return Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']))
}

function checkPolicy(policy: string): void {
  try {
    compilePolicy(policy, 'session')
  } catch (error) {
    if (error instanceof PolicySyntaxError) throw malformedPolicy(error.message)
    throw error
  }
}

async function checkArns(arns: readonly string[], account: string, ctx: Context): Promise<void> {
  if (arns.length > maxPolicyArns) {
    throw validationError(`Maximum of ${maxPolicyArns} managed session policies may be passed.`)
  }
  for (const arn of arns) {
    if (!/^arn:aws:iam::(\d{12}|aws):policy\/.+$/.test(arn)) {
      throw validationError(`${arn} is invalid`)
    }
    const found = awsManagedPolicy(arn) ?? (await customerPolicy(arn, account, ctx))
    if (!found) throw malformedPolicy(`Policy ${arn} does not exist or is not attachable.`)
  }
}

async function customerPolicy(arn: string, account: string, ctx: Context) {
  if (!arn.startsWith(`arn:aws:iam::${account}:`)) return undefined
  return ctx.store.at({ account }).table(managedPolicies).get(arn)
}
