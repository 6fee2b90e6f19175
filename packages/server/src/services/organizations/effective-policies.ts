import {
  DescribeEffectivePolicy$,
  EffectivePolicyNotFoundException$,
  type DescribeEffectivePolicyRequest,
  type DescribeEffectivePolicyResponse,
} from '@aws-sdk/client-organizations'
import { awsError } from '../../kernel/errors.ts'
import { effectivePolicy } from './engine/inheritance.ts'
import { forbidden, targetNotFound } from './errors.ts'
import { organizationOperation, type Membership } from './organization-operation.ts'
import { placeArn, placeOf } from './places.ts'
import { anyPolicy } from './policies.ts'
import { attachments, members, type PolicyRow } from './store.ts'

/** DescribeEffectivePolicy: what the management policies along the tree come to for an account. */
export const DescribeEffectivePolicy = organizationOperation<
  DescribeEffectivePolicyRequest,
  DescribeEffectivePolicyResponse
>(DescribeEffectivePolicy$, {
  callers: 'members',
  resources: (input, at) => [placeArn(at.organization, input.TargetId ?? at.ctx.account)],
  conditions: (input) => ({ 'organizations:policytype': input.PolicyType }),
  async handle(input, at) {
    const { TargetId = at.ctx.account, PolicyType } = input
    const isReader = at.isManagement || Object.keys(at.self.delegations).length > 0
    if (TargetId !== at.ctx.account && !isReader) throw forbidden()
    if (!(await at.tables.table(members).get(TargetId))) throw targetNotFound()
    const levels = await policiesAlong(at, TargetId, PolicyType ?? '')
    const content = effectivePolicy(levels.map((level) => level.map((policy) => policy.content)))
    if (content === undefined) {
      throw awsError(
        EffectivePolicyNotFoundException$,
        "If you ran this action on the management account, this policy type is not enabled. If you ran the action on a member account, the account doesn't have an effective policy of this type. Contact the administrator of your organization about attaching a policy of this type to the account.",
      )
    }
    const updated = levels.flat().map(({ updatedAt }) => Date.parse(updatedAt))
    return {
      EffectivePolicy: {
        PolicyContent: content,
        PolicyType,
        TargetId,
        LastUpdatedTimestamp: new Date(Math.max(...updated)),
      },
    }
  },
})

async function policiesAlong(
  at: Membership,
  accountId: string,
  type: string,
): Promise<PolicyRow[][]> {
  const levels: PolicyRow[][] = []
  for (let id: string | undefined = accountId; id !== undefined;) {
    const rows = await at.tables.table(attachments).list({ index: 'target', equals: id })
    const own = rows.filter(({ value }) => value.type === type)
    const found = await Promise.all(own.map(({ value }) => anyPolicy(at, value.policyId)))
    levels.unshift(found.filter((policy) => policy !== undefined))
    id = (await placeOf(at, id))?.parentId
  }
  return levels
}
