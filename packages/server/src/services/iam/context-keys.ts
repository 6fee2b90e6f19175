import {
  GetContextKeysForCustomPolicy$,
  GetContextKeysForPrincipalPolicy$,
  type GetContextKeysForCustomPolicyRequest,
  type GetContextKeysForPolicyResponse,
  type GetContextKeysForPrincipalPolicyRequest,
} from '@aws-sdk/client-iam'
import { conditionKeysUsed } from '@bartizan/policy'
import { operation } from '../../kernel/service.ts'
import { accessToAll } from './entities.ts'
import {
  givenPolicies,
  principalPolicies,
  seekSource,
  type SoughtSource,
} from './policy-sources.ts'
import type { NamedPolicy } from './policy-sources.ts'

/** The condition keys that given policies mention. */
export const GetContextKeysForCustomPolicy = operation<
  GetContextKeysForCustomPolicyRequest,
  GetContextKeysForPolicyResponse
>(GetContextKeysForCustomPolicy$, {
  access: accessToAll,
  handle: (input) => ({
    ContextKeyNames: keysIn(givenPolicies('PolicyInputList', input.PolicyInputList)),
  }),
})

/** The condition keys that a principal's policies mention. */
export const GetContextKeysForPrincipalPolicy = operation<
  GetContextKeysForPrincipalPolicyRequest,
  GetContextKeysForPolicyResponse,
  SoughtSource
>(GetContextKeysForPrincipalPolicy$, {
  resolve: (input, ctx) => seekSource(input.PolicySourceArn ?? '', ctx),
  access: (_input, _ctx, sought) => ({ resource: sought.arn }),
  async handle(input, ctx, sought) {
    const { identity } = await principalPolicies(sought, ctx)
    const given = givenPolicies('PolicyInputList', input.PolicyInputList)
    return { ContextKeyNames: keysIn([...identity, ...given]) }
  },
})

function keysIn(policies: readonly NamedPolicy[]): string[] {
  const keys = policies.flatMap(({ source }) => conditionKeysUsed(source.policy))
  return [...new Map(keys.map((key) => [key.toLowerCase(), key])).values()].sort()
}
