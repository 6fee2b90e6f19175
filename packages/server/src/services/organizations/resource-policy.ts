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
import type { Context } from '../../kernel/context.ts'
import { awsError, type AwsError } from '../../kernel/errors.ts'
import { shownPolicy, storedPolicy } from '../../kernel/identity/principal-ids.ts'
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
  async handle(input, { ctx, organization, tables }) {
    const written = input.Content ?? ''
    checkContent(written)
    const content = await storedPolicy(ctx, written, invalidPrincipal)
    const before = organization.resourcePolicy
    const resourcePolicy = {
      id: before?.id ?? `rp-${ctx.ids.hex(8)}`,
      content,
      tags: newTags(before?.tags ?? [], input.Tags),
    }
    const next = { ...organization, resourcePolicy }
    tables.table(organizations).put(organization.id, next)
    return { ResourcePolicy: await shapeOf(ctx, next) }
  },
})

/** DescribeResourcePolicy. */
export const DescribeResourcePolicy = organizationOperation<object, DescribeResourcePolicyResponse>(
  DescribeResourcePolicy$,
  {
    callers: 'readers',
    delegable: true,
    async handle(_input, { ctx, organization }) {
      return { ResourcePolicy: await shapeOf(ctx, organization) }
    },
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
      throw invalidPrincipal()
    }
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error
    throw invalidInput(
      'INVALID_RESOURCE_POLICY_JSON',
      'The resource policy is not a valid policy document.',
    )
  }
}

function invalidPrincipal(): AwsError {
  return invalidInput('INVALID_PRINCIPAL', 'The resource policy names an invalid principal.')
}

async function shapeOf(
  ctx: Context,
  { id, managementAccount, resourcePolicy }: OrganizationRow,
): Promise<ResourcePolicy> {
  if (!resourcePolicy) throw notFound()
  return {
    ResourcePolicySummary: {
      Id: resourcePolicy.id,
      Arn: `arn:aws:organizations::${managementAccount}:resourcepolicy/${id}/${resourcePolicy.id}`,
    },
    Content: await shownPolicy(ctx, resourcePolicy.content),
  }
}

function notFound(): AwsError {
  return awsError(
    ResourcePolicyNotFoundException$,
    "We can't find a resource policy request with the parameter that you specified.",
  )
}
