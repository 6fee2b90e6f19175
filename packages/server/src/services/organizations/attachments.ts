import {
  AttachPolicy$,
  DetachPolicy$,
  DuplicatePolicyAttachmentException$,
  ListPoliciesForTarget$,
  ListTargetsForPolicy$,
  PolicyNotAttachedException$,
  PolicyTypeNotEnabledException$,
  type AttachPolicyRequest,
  type DetachPolicyRequest,
  type ListPoliciesForTargetRequest,
  type ListPoliciesForTargetResponse,
  type ListTargetsForPolicyRequest,
  type ListTargetsForPolicyResponse,
  type PolicyTargetSummary,
  type PolicyType,
} from '@aws-sdk/client-organizations'
import { awsError } from '../../kernel/errors.ts'
import { constraint, invalidInput, policyNotFound, targetNotFound } from './errors.ts'
import { organizationOperation, type Membership } from './organization-operation.ts'
import { pageOf } from './paging.ts'
import { placeArn, placeOf, type Place } from './places.ts'
import { anyPolicy, policyArn, policyConditions, policySummary } from './policies.ts'
import { policyTypes } from './policy-types.ts'
import { attachments, type PolicyRow } from './store.ts'

/** AttachPolicy to a root, OU or account. */
export const AttachPolicy = organizationOperation<AttachPolicyRequest, object>(AttachPolicy$, {
  callers: 'management',
  delegable: true,
  publishes: true,
  resources: bothArns,
  conditions: async (input, at) => policyConditions(await anyPolicy(at, input.PolicyId)),
  async handle(input, at) {
    const { policy, place } = await named(at, input)
    const { type } = policy
    if (!at.organization.policyTypes.includes(type)) {
      throw awsError(
        PolicyTypeNotEnabledException$,
        'This operation can be performed only for enabled policy types.',
      )
    }
    const view = at.tables.table(attachments)
    const key = `${place.id}/${policy.id}`
    if (await view.get(key)) {
      throw awsError(
        DuplicatePolicyAttachmentException$,
        'The selected policy is already attached to the specified target.',
      )
    }
    const limit = policyTypes[type]?.maxAttached ?? 0
    if ((await attachedTo(at, place.id, type)).length >= limit) {
      throw constraint(
        'MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
        'You have attained the maximum number of policies of this type that can be attached to the specified target.',
      )
    }
    view.put(key, { policyId: policy.id, targetId: place.id, type })
    return {}
  },
})

/** DetachPolicy; of SCPs one must stay, and AWS's RCP always does. */
export const DetachPolicy = organizationOperation<DetachPolicyRequest, object>(DetachPolicy$, {
  callers: 'management',
  delegable: true,
  publishes: true,
  resources: bothArns,
  conditions: async (input, at) => policyConditions(await anyPolicy(at, input.PolicyId)),
  async handle(input, at) {
    const { policy, place } = await named(at, input)
    const view = at.tables.table(attachments)
    const key = `${place.id}/${policy.id}`
    if (!(await view.get(key))) {
      throw awsError(
        PolicyNotAttachedException$,
        "The policy isn't attached to the specified target in the specified root.",
      )
    }
    if (policy.id === 'p-RCPFullAWSAccess') {
      throw invalidInput('NON_DETACHABLE_POLICY', "You can't detach this AWS managed policy.")
    }
    const isScp = policy.type === 'SERVICE_CONTROL_POLICY'
    if (isScp && (await attachedTo(at, place.id, policy.type)).length === 1) {
      throw constraint(
        'MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED',
        'You cannot remove the last policy attached to the specified target. You must have at least one attached at all times.',
      )
    }
    view.delete(key)
    return {}
  },
})

/** ListPoliciesForTarget: those attached right to it, of one type. */
export const ListPoliciesForTarget = organizationOperation<
  ListPoliciesForTargetRequest,
  ListPoliciesForTargetResponse
>(ListPoliciesForTarget$, {
  callers: 'readers',
  delegable: true,
  resources: (input, at) => [placeArn(at.organization, input.TargetId ?? '')],
  conditions: (input) => ({ 'organizations:policytype': input.Filter }),
  async handle(input, at) {
    const place = await placeNamed(at, input.TargetId)
    const type = input.Filter ?? 'SERVICE_CONTROL_POLICY'
    const rows = await attachedTo(at, place.id, type)
    const found = await Promise.all(rows.map(({ policyId }) => anyPolicy(at, policyId)))
    const list = {
      name: `policies/${place.id}/${type}`,
      items: found.flatMap((policy) => (policy ? [policySummary(policy)] : [])),
    }
    const { items, ...page } = pageOf(at.ctx, list, input)
    return { Policies: items, ...page }
  },
})

/** ListTargetsForPolicy: what it is attached to. */
export const ListTargetsForPolicy = organizationOperation<
  ListTargetsForPolicyRequest,
  ListTargetsForPolicyResponse
>(ListTargetsForPolicy$, {
  callers: 'readers',
  delegable: true,
  resources: async (input, at) => [await policyArn(at, input.PolicyId)],
  conditions: async (input, at) => policyConditions(await anyPolicy(at, input.PolicyId)),
  async handle(input, at) {
    const policy = await anyPolicy(at, input.PolicyId)
    if (!policy) throw policyNotFound()
    const query = { index: 'policy', equals: policy.id }
    const rows = await at.tables.table(attachments).list(query)
    const places = await Promise.all(rows.map(({ value }) => placeOf(at, value.targetId)))
    const targets = places.flatMap((place) => (place ? [targetShape(place)] : []))
    const list = { name: `targets/${policy.id}`, items: targets }
    const { items, ...page } = pageOf(at.ctx, list, input)
    return { Targets: items, ...page }
  },
})

interface Pair {
  readonly PolicyId?: string | undefined
  readonly TargetId?: string | undefined
}

async function bothArns({ PolicyId, TargetId = '' }: Pair, at: Membership): Promise<string[]> {
  return [await policyArn(at, PolicyId), placeArn(at.organization, TargetId)]
}

async function named(
  at: Membership,
  { PolicyId, TargetId }: Pair,
): Promise<{ policy: PolicyRow; place: Place }> {
  const policy = await anyPolicy(at, PolicyId)
  if (!policy) throw policyNotFound()
  return { policy, place: await placeNamed(at, TargetId) }
}

async function placeNamed(at: Membership, id = ''): Promise<Place> {
  const place = await placeOf(at, id)
  if (!place) throw targetNotFound()
  return place
}

async function attachedTo(at: Membership, targetId: string, type: PolicyType) {
  const rows = await at.tables.table(attachments).list({ index: 'target', equals: targetId })
  return rows.map(({ value }) => value).filter((row) => row.type === type)
}

function targetShape({ id, arn, name, type }: Place): PolicyTargetSummary {
  return { TargetId: id, Arn: arn, Name: name, Type: type }
}
