import { PolicySyntaxError } from '@bartizan/policy'
import {
  DeleteRepositoryPolicy$,
  GetRepositoryPolicy$,
  SetRepositoryPolicy$,
} from '@aws-sdk/client-ecr'
import type {
  DeleteRepositoryPolicyRequest,
  DeleteRepositoryPolicyResponse,
  GetRepositoryPolicyRequest,
  GetRepositoryPolicyResponse,
  SetRepositoryPolicyRequest,
  SetRepositoryPolicyResponse,
} from '@aws-sdk/client-ecr'
import type { Context } from '../../kernel/context.ts'
import { shownPolicy, storedPolicy } from '../../kernel/identity/principal-ids.ts'
import { operation } from '../../kernel/service.ts'
import { invalid, noPolicy } from './errors.ts'
import {
  compileRepositoryPolicy,
  put,
  repositoryAccess,
  required,
  seekRepository,
  type RepositorySubject,
} from './repository-reference.ts'

const invalidPolicy = () => invalid('PolicyText', 'Invalid repository policy provided')

async function keptPolicy(ctx: Context, text: string): Promise<string> {
  try {
    compileRepositoryPolicy(text)
  } catch (error) {
    if (error instanceof PolicySyntaxError || error instanceof SyntaxError) throw invalidPolicy()
    throw error
  }
  return storedPolicy(ctx, text, invalidPolicy)
}

/** SetRepositoryPolicy. */
export const SetRepositoryPolicy = operation<
  SetRepositoryPolicyRequest,
  SetRepositoryPolicyResponse,
  RepositorySubject
>(SetRepositoryPolicy$, {
  resolve: (input, ctx) => seekRepository(ctx, input),
  access: (_input, ctx, subject) => repositoryAccess(ctx, subject),
  async handle({ policyText = '' }, ctx, subject) {
    const row = required(subject)
    put(subject, { ...row, policy: await keptPolicy(ctx, policyText) })
    return { registryId: row.account, repositoryName: row.name, policyText }
  },
})

async function policyOut(ctx: Context, subject: RepositorySubject) {
  const { account: registryId, name: repositoryName, policy } = required(subject)
  if (policy === undefined) throw noPolicy(repositoryName, registryId)
  return { registryId, repositoryName, policyText: await shownPolicy(ctx, policy) }
}

/** GetRepositoryPolicy. */
export const GetRepositoryPolicy = operation<
  GetRepositoryPolicyRequest,
  GetRepositoryPolicyResponse,
  RepositorySubject
>(GetRepositoryPolicy$, {
  resolve: (input, ctx) => seekRepository(ctx, input),
  access: (_input, ctx, subject) => repositoryAccess(ctx, subject),
  handle: (_input, ctx, subject) => policyOut(ctx, subject),
})

/** DeleteRepositoryPolicy. */
export const DeleteRepositoryPolicy = operation<
  DeleteRepositoryPolicyRequest,
  DeleteRepositoryPolicyResponse,
  RepositorySubject
>(DeleteRepositoryPolicy$, {
  resolve: (input, ctx) => seekRepository(ctx, input),
  access: (_input, ctx, subject) => repositoryAccess(ctx, subject),
  async handle(_input, ctx, subject) {
    const out = await policyOut(ctx, subject)
    const { policy: _policy, ...row } = required(subject)
    put(subject, row)
    return out
  },
})
