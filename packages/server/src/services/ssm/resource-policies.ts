import { createHash } from 'node:crypto'
import {
  DeleteResourcePolicy$,
  GetResourcePolicies$,
  PutResourcePolicy$,
} from '@aws-sdk/client-ssm'
import type {
  DeleteResourcePolicyRequest,
  DeleteResourcePolicyResponse,
  GetResourcePoliciesRequest,
  GetResourcePoliciesResponse,
  PutResourcePolicyRequest,
  PutResourcePolicyResponse,
} from '@aws-sdk/client-ssm'
import type { Context } from '../../kernel/context.ts'
import { shownPolicy, storedPolicy } from '../../kernel/identity/principal-ids.ts'
import { operation } from '../../kernel/service.ts'
import { defaultKeyId } from './encryption.ts'
import {
  invalidPolicyParameter,
  malformedPolicy,
  noResource,
  noResourcePolicy,
  policyConflict,
  policyLimit,
} from './errors.ts'
import { isParameterArn, keyOf } from './names.ts'
import { parameterAccess, seek } from './parameter-reference.ts'
import type { Sought } from './parameter-reference.ts'
import { checkSharing } from './sharing-rules.ts'
import { parameters } from './store.ts'
import type { ParameterRow, SharingPolicy } from './store.ts'

/** Looks for the parameter of an ARN; other resources that could have policies are not here. */
function seekShared(ctx: Context, arn = ''): Promise<Sought> {
  if (!isParameterArn(arn)) {
    throw arn.startsWith('arn:') ? noResource() : invalidPolicyParameter('ResourceArn', arnIsOff)
  }
  return seek(ctx, arn)
}

const arnIsOff = 'ResourceArn must be the ARN of a parameter.'

function shared({ row }: Sought): ParameterRow {
  if (!row) throw noResource()
  return row
}

/** The policy that a request means by id and version. */
function current(
  row: ParameterRow,
  { PolicyId, PolicyHash }: { PolicyId: string | undefined; PolicyHash: string | undefined },
): SharingPolicy {
  const { sharing } = row
  if (sharing?.id !== PolicyId || !sharing) throw noResourcePolicy()
  if (sharing.hash !== PolicyHash) throw policyConflict()
  return sharing
}

function checkShareable({ tier, keyId }: ParameterRow): void {
  if (tier !== 'Advanced') {
    throw invalidPolicyParameter(
      'ResourceArn',
      'To share a parameter, it must be in the advanced parameter tier.',
    )
  }
  if (keyId === defaultKeyId) {
    throw invalidPolicyParameter(
      'ResourceArn',
      'To share a SecureString parameter, it must be encrypted with a customer managed key.',
    )
  }
}

/** PutResourcePolicy: shares an advanced parameter with other accounts. */
export const PutResourcePolicy = operation<
  PutResourcePolicyRequest,
  PutResourcePolicyResponse,
  Sought
>(PutResourcePolicy$, {
  resolve: (input, ctx) => seekShared(ctx, input.ResourceArn),
  access: (_input, _ctx, sought) => parameterAccess(sought),
  async handle(input, ctx, sought) {
    const row = shared(sought)
    const { Policy = '', PolicyId, PolicyHash } = input
    checkShareable(row)
    checkSharing(Policy, row.arn)
    if (PolicyId !== undefined || PolicyHash !== undefined) current(row, { PolicyId, PolicyHash })
    else if (row.sharing) {
      throw policyLimit('PolicyCount', 1, 'Only one policy can be attached to a parameter.')
    }
    const policy = await storedPolicy(ctx, Policy, ({ value }) =>
      malformedPolicy(`The principal ${value} does not exist.`),
    )
    const id = row.sharing?.id ?? ctx.ids.uuid()
    const stamp = `${id} ${policy} ${ctx.ids.uuid()}`
    const hash = createHash('sha256').update(stamp).digest('hex')
    ctx.store.table(parameters).put(keyOf(row.name), { ...row, sharing: { id, hash, policy } })
    return { PolicyId: id, PolicyHash: hash }
  },
})

/** GetResourcePolicies. */
export const GetResourcePolicies = operation<
  GetResourcePoliciesRequest,
  GetResourcePoliciesResponse,
  Sought
>(GetResourcePolicies$, {
  resolve: (input, ctx) => seekShared(ctx, input.ResourceArn),
  access: (_input, _ctx, sought) => parameterAccess(sought),
  async handle(_input, ctx, sought) {
    const { sharing } = shared(sought)
    if (!sharing) return { Policies: [] }
    const Policy = await shownPolicy(ctx, sharing.policy)
    return { Policies: [{ PolicyId: sharing.id, PolicyHash: sharing.hash, Policy }] }
  },
})

/** DeleteResourcePolicy: the parameter is shared no longer. */
export const DeleteResourcePolicy = operation<
  DeleteResourcePolicyRequest,
  DeleteResourcePolicyResponse,
  Sought
>(DeleteResourcePolicy$, {
  resolve: (input, ctx) => seekShared(ctx, input.ResourceArn),
  access: (_input, _ctx, sought) => parameterAccess(sought),
  handle(input, ctx, sought) {
    const row = shared(sought)
    const { PolicyId, PolicyHash } = input
    current(row, { PolicyId, PolicyHash })
    const { sharing: _gone, ...rest } = row
    ctx.store.table(parameters).put(keyOf(row.name), rest)
    return {}
  },
})
