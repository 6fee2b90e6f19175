import { compilePolicy, PolicySyntaxError, principalsNamed } from '@bartizan/policy'
import {
  DeleteResourcePolicy$,
  DescribeResourcePolicy$,
  PutResourcePolicy$,
  ResourcePolicyNotFoundException$,
  type DescribeResourcePolicyResponse,
  type PutResourcePolicyRequest,
  type PutResourcePolicyResponse,
  type ResourcePolicy,
} from '@aws-sdk/client-organizations'
import { awsError, type AwsError } from '../../kernel/errors.ts'
import { invalidInput } from './errors.ts'
import { organizationOperation } from './organization-operation.ts'
import { organizations, type OrganizationRow } from './store.ts'
import { newTags } from './tagging.ts'

/** PutResourcePolicy: lets member accounts manage policies of the organization. */
export const PutResourcePolicy = organizationOperation<
  PutResourcePolicyRequest,
  PutResourcePolicyResponse
>(PutResourcePolicy$, {
  callers: 'management',
  tags: (input) => input.Tags,
  handle(input, { ctx, organization, tables }) {
    const content = input.Content ?? ''
    checkContent(content)
    const before = organization.resourcePolicy
    const resourcePolicy = {
      id: before?.id ?? `rp-${ctx.ids.hex(8)}`,
      content,
      tags: newTags(before?.tags ?? [], input.Tags),
    }
    const next = { ...organization, resourcePolicy }
    tables.table(organizations).put(organization.id, next)
    return { ResourcePolicy: shapeOf(next) }
  },
})

/** DescribeResourcePolicy. */
export const DescribeResourcePolicy = organizationOperation<object, DescribeResourcePolicyResponse>(
  DescribeResourcePolicy$,
  {
    callers: 'readers',
    delegable: true,
    handle: (_input, { organization }) => ({ ResourcePolicy: shapeOf(organization) }),
  },
)

/** DeleteResourcePolicy. */
export const DeleteResourcePolicy = organizationOperation<object, object>(DeleteResourcePolicy$, {
  callers: 'management',
  handle(_input, { organization, tables }) {
    const { resourcePolicy, ...rest } = organization
    if (!resourcePolicy) throw notFound()
    tables.table(organizations).put(organization.id, rest)
    return {}
  },
})

function checkContent(content: string): void {
  try {
    const named = principalsNamed(compilePolicy(content, 'resource'))
    if (named.length === 0 || named.some(({ type }) => type !== 'AWS')) {
      throw invalidInput('INVALID_PRINCIPAL', 'The resource policy names an invalid principal.')
    }
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error
    throw invalidInput(
      'INVALID_RESOURCE_POLICY_JSON',
      'The resource policy is not a valid policy document.',
    )
  }
}

function shapeOf({ id, managementAccount, resourcePolicy }: OrganizationRow): ResourcePolicy {
  if (!resourcePolicy) throw notFound()
  return {
    ResourcePolicySummary: {
      Id: resourcePolicy.id,
      Arn: `arn:aws:organizations::${managementAccount}:resourcepolicy/${id}/${resourcePolicy.id}`,
    },
    Content: resourcePolicy.content,
  }
}

function notFound(): AwsError {
  return awsError(
    ResourcePolicyNotFoundException$,
    "We can't find a resource policy request with the parameter that you specified.",
  )
}
