import {
  DeleteLifecyclePolicy$,
  GetLifecyclePolicy$,
  PutLifecyclePolicy$,
} from '@aws-sdk/client-ecr'
import type {
  DeleteLifecyclePolicyRequest,
  DeleteLifecyclePolicyResponse,
  GetLifecyclePolicyRequest,
  GetLifecyclePolicyResponse,
  PutLifecyclePolicyRequest,
  PutLifecyclePolicyResponse,
} from '@aws-sdk/client-ecr'
import { operation } from '../../kernel/service.ts'
import { invalid, noLifecyclePolicy } from './errors.ts'
import { lifecycleFault } from './lifecycle-rules.ts'
import {
  put,
  repositoryAccess,
  required,
  seekRepository,
  type RepositorySubject,
} from './repository-reference.ts'

function checkPolicy({ lifecyclePolicyText = '' }: PutLifecyclePolicyRequest): void {
  const fault = lifecycleFault(lifecyclePolicyText)
  if (fault === undefined) return
  throw invalid('LifecyclePolicyText', `Lifecycle policy validation failure: ${fault}`)
}

/** PutLifecyclePolicy. */
export const PutLifecyclePolicy = operation<
  PutLifecyclePolicyRequest,
  PutLifecyclePolicyResponse,
  RepositorySubject
>(PutLifecyclePolicy$, {
  check: checkPolicy,
  resolve: (input, ctx) => seekRepository(ctx, input),
  access: (_input, ctx, subject) => repositoryAccess(ctx, subject),
  handle({ lifecyclePolicyText = '' }, _ctx, subject) {
    const row = required(subject)
    put(subject, { ...row, lifecyclePolicy: lifecyclePolicyText })
    return { registryId: row.account, repositoryName: row.name, lifecyclePolicyText }
  },
})

function policyOut(subject: RepositorySubject) {
  const { account: registryId, name: repositoryName, lifecyclePolicy } = required(subject)
  if (lifecyclePolicy === undefined) throw noLifecyclePolicy(repositoryName, registryId)
  return { registryId, repositoryName, lifecyclePolicyText: lifecyclePolicy }
}

/** GetLifecyclePolicy. */
export const GetLifecyclePolicy = operation<
  GetLifecyclePolicyRequest,
  GetLifecyclePolicyResponse,
  RepositorySubject
>(GetLifecyclePolicy$, {
  resolve: (input, ctx) => seekRepository(ctx, input),
  access: (_input, ctx, subject) => repositoryAccess(ctx, subject),
  handle: (_input, _ctx, subject) => policyOut(subject),
})

/** DeleteLifecyclePolicy. */
export const DeleteLifecyclePolicy = operation<
  DeleteLifecyclePolicyRequest,
  DeleteLifecyclePolicyResponse,
  RepositorySubject
>(DeleteLifecyclePolicy$, {
  resolve: (input, ctx) => seekRepository(ctx, input),
  access: (_input, ctx, subject) => repositoryAccess(ctx, subject),
  handle(_input, _ctx, subject) {
    const out = policyOut(subject)
    const { lifecyclePolicy: _policy, ...row } = required(subject)
    put(subject, row)
    return out
  },
})
