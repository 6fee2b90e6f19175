import { compilePolicy, policyAllowsPublic, PolicySyntaxError } from '@bartizan/policy'
import type { CompiledPolicy } from '@bartizan/policy'
import {
  DeleteResourcePolicy$,
  GetResourcePolicy$,
  PutResourcePolicy$,
  ValidateResourcePolicy$,
} from '@aws-sdk/client-secrets-manager'
import type {
  DeleteResourcePolicyRequest,
  DeleteResourcePolicyResponse,
  GetResourcePolicyRequest,
  GetResourcePolicyResponse,
  PutResourcePolicyRequest,
  PutResourcePolicyResponse,
  ValidateResourcePolicyRequest,
  ValidateResourcePolicyResponse,
} from '@aws-sdk/client-secrets-manager'
import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import { shownPolicy, storedPolicy } from '../../kernel/identity/principal-ids.ts'
import { operation } from '../../kernel/service.ts'
import { malformedPolicy, onReplica, publicPolicy } from './errors.ts'
import { answered, saveSecret } from './secret-changes.ts'
import { live, secretAccess, seekSecret } from './secret-reference.ts'
import type { FoundSecret, SoughtSecret } from './secret-reference.ts'

const syntaxError = () => malformedPolicy('This resource policy contains a syntax error.')
const unsupportedPrincipal = () =>
  malformedPolicy('This resource policy contains an unsupported principal.')

/** Reads a resource policy. Throws MalformedPolicyDocumentException. */
function compiled(text: string): CompiledPolicy {
  try {
    return compilePolicy(text, 'resource')
  } catch (error) {
    if (error instanceof SyntaxError) throw syntaxError()
    if (!(error instanceof PolicySyntaxError)) throw error
    throw error.message.startsWith('Invalid principal') ? unsupportedPrincipal() : syntaxError()
  }
}

/** The policy as it is kept, users and roles by unique id. Throws MalformedPolicyDocumentException. */
async function kept(ctx: Context, text: string): Promise<string> {
  compiled(text)
  return storedPolicy(ctx, text, unsupportedPrincipal)
}

/** The secret, whoever keeps it, unless it is a replica. */
function withPolicy(sought: SoughtSecret): FoundSecret {
  const subject = live(sought)
  if (subject.row.primaryRegion !== undefined) throw onReplica()
  return subject
}

/** PutResourcePolicy. */
export const PutResourcePolicy = operation<
  PutResourcePolicyRequest,
  PutResourcePolicyResponse,
  SoughtSecret
>(PutResourcePolicy$, {
  resolve: (input, ctx) => seekSecret(ctx, input.SecretId),
  access: (input, ctx, sought) =>
    secretAccess(ctx, sought, {
      conditions: { 'secretsmanager:blockpublicpolicy': String(input.BlockPublicPolicy ?? false) },
    }),
  async handle(input, ctx, sought) {
    const { row, tables } = withPolicy(sought)
    const { ResourcePolicy: text = '' } = input
    const policy = await kept(ctx, text)
    if (input.BlockPublicPolicy && policyAllowsPublic(compiled(text))) throw publicPolicy()
    saveSecret(ctx, tables, { ...row, policy })
    return answered(ctx, { ARN: row.arn, Name: row.name })
  },
})

/** GetResourcePolicy. */
export const GetResourcePolicy = operation<
  GetResourcePolicyRequest,
  GetResourcePolicyResponse,
  SoughtSecret
>(GetResourcePolicy$, {
  resolve: (input, ctx) => seekSecret(ctx, input.SecretId),
  access: (_input, ctx, sought) => secretAccess(ctx, sought),
  async handle(_input, ctx, sought) {
    const { row } = live(sought)
    const { arn: ARN, name: Name, policy } = row
    if (policy === undefined) return { ARN, Name }
    return { ARN, Name, ResourcePolicy: await shownPolicy(ctx, policy) }
  },
})

/** DeleteResourcePolicy. */
export const DeleteResourcePolicy = operation<
  DeleteResourcePolicyRequest,
  DeleteResourcePolicyResponse,
  SoughtSecret
>(DeleteResourcePolicy$, {
  resolve: (input, ctx) => seekSecret(ctx, input.SecretId),
  access: (_input, ctx, sought) => secretAccess(ctx, sought),
  handle(_input, ctx, sought) {
    const { row, tables } = withPolicy(sought)
    const { policy, ...rest } = row
    if (policy !== undefined) saveSecret(ctx, tables, rest)
    return answered(ctx, { ARN: row.arn, Name: row.name })
  },
})

/** What is wrong with a policy, check by check. */
async function problems(
  ctx: Context,
  text: string,
): Promise<{ CheckName: string; ErrorMessage: string }[]> {
  try {
    await kept(ctx, text)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    const isPrincipal = error.message === unsupportedPrincipal().message
    const CheckName = isPrincipal ? 'PRINCIPAL_CHECK' : 'SYNTAX_CHECK'
    return [{ CheckName, ErrorMessage: error.message }]
  }
  if (!policyAllowsPublic(compiled(text))) return []
  return [{ CheckName: 'PUBLIC_POLICY_CHECK', ErrorMessage: publicPolicy().message }]
}

/** ValidateResourcePolicy: what PutResourcePolicy with BlockPublicPolicy would say of a policy. */
export const ValidateResourcePolicy = operation<
  ValidateResourcePolicyRequest,
  ValidateResourcePolicyResponse,
  SoughtSecret | undefined
>(ValidateResourcePolicy$, {
  readOnly: true,
  resolve: (input, ctx) =>
    input.SecretId === undefined ? undefined : seekSecret(ctx, input.SecretId),
  access: (_input, ctx, sought) => (sought ? secretAccess(ctx, sought) : { resource: '*' }),
  async handle(input, ctx, sought) {
    if (sought) live(sought)
    const ValidationErrors = await problems(ctx, input.ResourcePolicy ?? '')
    return { PolicyValidationPassed: ValidationErrors.length === 0, ValidationErrors }
  },
})
