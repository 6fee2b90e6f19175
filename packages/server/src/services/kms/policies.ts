import { GetKeyPolicy$, ListKeyPolicies$, PutKeyPolicy$ } from '@aws-sdk/client-kms'
import type {
  GetKeyPolicyRequest,
  GetKeyPolicyResponse,
  ListKeyPoliciesRequest,
  ListKeyPoliciesResponse,
  PutKeyPolicyRequest,
} from '@aws-sdk/client-kms'
import { shownPolicy } from '../../kernel/identity/principal-ids.ts'
import { operation } from '../../kernel/service.ts'
import { keyAccess } from './authorisation.ts'
import { notFound } from './errors.ts'
import { checkedKeyPolicy } from './key-policy.ts'
import type { KeySubject } from './key-reference.ts'
import { ownKey } from './keys.ts'
import { pageOfList } from './paging.ts'
import { keys } from './store.ts'

const policyName = 'default'

function requireDefault(name: string | undefined): void {
  if (name !== undefined && name !== policyName) throw notFound('No such policy exists')
}

/** GetKeyPolicy. */
export const GetKeyPolicy = operation<GetKeyPolicyRequest, GetKeyPolicyResponse, KeySubject>(
  GetKeyPolicy$,
  {
    resolve: (input, ctx) => ownKey(ctx, input.KeyId, 'GetKeyPolicy'),
    access: (_input, ctx, subject) => keyAccess(ctx, subject),
    async handle(input, ctx, { key }) {
      requireDefault(input.PolicyName)
      return { Policy: await shownPolicy(ctx, key.policy), PolicyName: policyName }
    },
  },
)

/** PutKeyPolicy. */
export const PutKeyPolicy = operation<PutKeyPolicyRequest, object, KeySubject>(PutKeyPolicy$, {
  resolve: (input, ctx) => ownKey(ctx, input.KeyId, 'PutKeyPolicy'),
  access: (input, ctx, subject) =>
    keyAccess(ctx, subject, {
      conditions: {
        'kms:bypasspolicylockoutsafetycheck': String(input.BypassPolicyLockoutSafetyCheck ?? false),
      },
    }),
  async handle(input, ctx, { key, tables }) {
    requireDefault(input.PolicyName)
    const policy = await checkedKeyPolicy(ctx, input.Policy ?? '', {
      arn: key.arn,
      accountId: key.accountId,
      bypassLockoutCheck: input.BypassPolicyLockoutSafetyCheck,
    })
    tables.table(keys).put(key.id, { ...key, policy })
    return {}
  },
})

/** ListKeyPolicies: there is only `default`. */
export const ListKeyPolicies = operation<
  ListKeyPoliciesRequest,
  ListKeyPoliciesResponse,
  KeySubject
>(ListKeyPolicies$, {
  resolve: (input, ctx) => ownKey(ctx, input.KeyId, 'ListKeyPolicies'),
  access: (_input, ctx, subject) => keyAccess(ctx, subject),
  async handle(input, ctx, { key }) {
    const listing = { ctx, name: `policies/${key.id}`, defaultLimit: 100 }
    const { items, ...page } = await pageOfList(listing, input, [policyName])
    return { PolicyNames: [...items], ...page }
  },
})
