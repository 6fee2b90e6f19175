import {
  CreatePolicy$,
  DeletePolicy$,
  DescribePolicy$,
  DuplicatePolicyException$,
  ListPolicies$,
  PolicyInUseException$,
  PolicyTypeNotAvailableForOrganizationException$,
  UpdatePolicy$,
  type CreatePolicyRequest,
  type CreatePolicyResponse,
  type DeletePolicyRequest,
  type DescribePolicyRequest,
  type DescribePolicyResponse,
  type ListPoliciesRequest,
  type ListPoliciesResponse,
  type Policy,
  type PolicySummary,
  type PolicyType,
  type UpdatePolicyRequest,
  type UpdatePolicyResponse,
} from '@aws-sdk/client-organizations'
import { claimOf } from '../../kernel/claims.ts'
import { awsError } from '../../kernel/errors.ts'
import { resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { checkContent } from './documents.ts'
import { constraint, invalidInput, policyNotFound } from './errors.ts'
import { organizationOperation, type Membership } from './organization-operation.ts'
import { pageOf } from './paging.ts'
import { awsManaged, awsManagedOf, policyTypes } from './policy-types.ts'
import { attachments, policies, type PolicyRow } from './store.ts'
import { newTags } from './tagging.ts'

const maxPolicies = 1000
const policyNames = 'organizations policies'

/** CreatePolicy. */
export const CreatePolicy = organizationOperation<CreatePolicyRequest, CreatePolicyResponse>(
  CreatePolicy$,
  {
    callers: 'management',
    delegable: true,
    conditions: (input) => ({ 'organizations:policytype': input.Type }),
    tags: (input) => input.Tags,
    async handle(input, at) {
      const {
        Type: type = 'SERVICE_CONTROL_POLICY',
        Name: name = '',
        Content: content = '',
      } = input
      requireAvailable(at, type)
      checkContent(type, content)
      const claim = await claimOf(at.tables, policyNames)
      const existing = await ownPolicies(at, type)
      requireFreeName(existing, name)
      if (existing.length >= maxPolicies) {
        throw constraint(
          'POLICY_NUMBER_LIMIT_EXCEEDED',
          'You have exceeded the number of policies that you can have in an organization.',
        )
      }
      const { id: organizationId, managementAccount } = at.organization
      const id = `p-${at.ctx.ids.hex(8)}`
      const row: PolicyRow = {
        id,
        arn: `arn:aws:organizations::${managementAccount}:policy/${organizationId}/${type.toLowerCase()}/${id}`,
        type,
        name,
        description: input.Description ?? '',
        content,
        updatedAt: at.ctx.now.toISOString(),
        tags: newTags([], input.Tags),
      }
      claim()
      at.tables.table(policies).put(id, row)
      return { Policy: policyShape(row) }
    },
  },
)

/** UpdatePolicy: a new text counts at once wherever the policy is attached. */
export const UpdatePolicy = organizationOperation<UpdatePolicyRequest, UpdatePolicyResponse>(
  UpdatePolicy$,
  {
    callers: 'management',
    delegable: true,
    publishes: true,
    resources: async (input, at) => [await policyArn(at, input.PolicyId)],
    conditions: async (input, at) => policyConditions(await anyPolicy(at, input.PolicyId)),
    async handle(input, at) {
      const policy = await changeablePolicy(at, input.PolicyId)
      const { Name: name = policy.name, Content: content = policy.content } = input
      checkContent(policy.type, content)
      if (name !== policy.name) {
        const claim = await claimOf(at.tables, policyNames)
        requireFreeName(await ownPolicies(at, policy.type), name)
        claim()
      }
      const description = input.Description ?? policy.description
      const updatedAt = at.ctx.now.toISOString()
      const next = { ...policy, name, content, description, updatedAt }
      at.tables.table(policies).put(policy.id, next)
      return { Policy: policyShape(next) }
    },
  },
)

/** DeletePolicy: when it is attached nowhere. */
export const DeletePolicy = organizationOperation<DeletePolicyRequest, object>(DeletePolicy$, {
  callers: 'management',
  delegable: true,
  resources: async (input, at) => [await policyArn(at, input.PolicyId)],
  conditions: async (input, at) => policyConditions(await anyPolicy(at, input.PolicyId)),
  async handle(input, at) {
    const policy = await changeablePolicy(at, input.PolicyId)
    const query = { index: 'policy', equals: policy.id, limit: 1 }
    if ((await at.tables.table(attachments).list(query)).length > 0) {
      throw awsError(
        PolicyInUseException$,
        'The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before performing this operation.',
      )
    }
    at.tables.table(policies).delete(policy.id)
    return {}
  },
})

/** DescribePolicy, with its text. */
export const DescribePolicy = organizationOperation<DescribePolicyRequest, DescribePolicyResponse>(
  DescribePolicy$,
  {
    callers: 'readers',
    delegable: true,
    resources: async (input, at) => [await policyArn(at, input.PolicyId)],
    conditions: async (input, at) => policyConditions(await anyPolicy(at, input.PolicyId)),
    async handle(input, at) {
      const policy = await anyPolicy(at, input.PolicyId)
      if (!policy) throw policyNotFound()
      return { Policy: policyShape(policy) }
    },
  },
)

/** ListPolicies of a type, AWS's own among them. */
export const ListPolicies = organizationOperation<ListPoliciesRequest, ListPoliciesResponse>(
  ListPolicies$,
  {
    callers: 'readers',
    delegable: true,
    conditions: (input) => ({ 'organizations:policytype': input.Filter }),
    async handle(input, at) {
      const type = input.Filter ?? 'SERVICE_CONTROL_POLICY'
      const rows = [...awsManagedOf(type), ...(await ownPolicies(at, type))]
      const { items, ...page } = pageOf(
        at.ctx,
        { name: `policies/${type}`, items: rows.map(policySummary) },
        input,
      )
      return { Policies: items, ...page }
    },
  },
)

/** The organization's policy of an id, or AWS's. */
export async function anyPolicy(at: Membership, id = ''): Promise<PolicyRow | undefined> {
  return awsManaged(id) ?? (await at.tables.table(policies).get(id))
}

/** The ARN of a policy; of one that is not there, one that only a wildcard matches. */
export async function policyArn(at: Membership, id = ''): Promise<string> {
  const { id: organizationId, managementAccount } = at.organization
  const found = await anyPolicy(at, id)
  return (
    found?.arn ?? `arn:aws:organizations::${managementAccount}:policy/${organizationId}/*/${id}`
  )
}

/** `organizations:PolicyType`, and the tags of the policy. */
export function policyConditions(policy: PolicyRow | undefined): Record<string, string> {
  if (!policy) return {}
  return {
    'organizations:policytype': policy.type,
    ...resourceTagConditions(policy.tags),
  }
}

/** A policy without its text. */
export function policySummary(row: PolicyRow): PolicySummary {
  return {
    Id: row.id,
    Arn: row.arn,
    Name: row.name,
    Description: row.description,
    Type: row.type,
    AwsManaged: awsManaged(row.id) !== undefined,
  }
}

/** Throws when an organization cannot have policies of a type: not offered, or not with its features. */
export function requireAvailable({ organization }: Membership, type: PolicyType): void {
  if (organization.featureSet === 'ALL' && policyTypes[type]) return
  throw awsError(
    PolicyTypeNotAvailableForOrganizationException$,
    "You can't use the specified policy type with the feature set currently enabled for this organization.",
  )
}

async function changeablePolicy(at: Membership, id = ''): Promise<PolicyRow> {
  if (awsManaged(id)) {
    throw invalidInput(
      'IMMUTABLE_POLICY',
      "You specified a policy that is managed by AWS and can't be modified.",
    )
  }
  const policy = await at.tables.table(policies).get(id)
  if (!policy) throw policyNotFound()
  return policy
}

async function ownPolicies(at: Membership, type: PolicyType): Promise<PolicyRow[]> {
  const rows = await at.tables.table(policies).list()
  return rows.map(({ value }) => value).filter((row) => row.type === type)
}

function requireFreeName(existing: readonly PolicyRow[], name: string): void {
  if (existing.some((row) => row.name === name)) {
    throw awsError(DuplicatePolicyException$, 'A policy with the same name already exists.')
  }
}

function policyShape(row: PolicyRow): Policy {
  return { PolicySummary: policySummary(row), Content: row.content }
}
