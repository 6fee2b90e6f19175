import {
  DeleteAccountPasswordPolicy$,
  GetAccountPasswordPolicy$,
  PasswordPolicyViolationException$,
  UpdateAccountPasswordPolicy$,
  type GetAccountPasswordPolicyResponse,
  type UpdateAccountPasswordPolicyRequest,
} from '@aws-sdk/client-iam'
import { compilePolicy, type PolicySource } from '@bartizan/policy'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operation, type Access } from '../../kernel/service.ts'
import { accessToAll } from './entities.ts'
import { noSuchEntity } from './errors.ts'
import { passwordPolicies, type PasswordPolicyRow } from './tables.ts'

const key = 'policy'

/**
 * Without a policy of its own an account demands what AWS demands by default: besides the length, three of the
 * four kinds of characters (IAM User Guide, "Default password policy").
 */
const defaultPolicy: PasswordPolicyRow = {
  minimumLength: 8,
  requireSymbols: false,
  requireNumbers: false,
  requireUppercase: false,
  requireLowercase: false,
  allowUsersToChange: false,
  hardExpiry: false,
}

/** Sets the whole policy: what a request leaves out goes back to its default. */
export const UpdateAccountPasswordPolicy = operation<UpdateAccountPasswordPolicyRequest, object>(
  UpdateAccountPasswordPolicy$,
  {
    access: accessToAll,
    handle(input, ctx) {
      ctx.store.table(passwordPolicies).put(key, {
        minimumLength: input.MinimumPasswordLength ?? 6,
        requireSymbols: input.RequireSymbols ?? false,
        requireNumbers: input.RequireNumbers ?? false,
        requireUppercase: input.RequireUppercaseCharacters ?? false,
        requireLowercase: input.RequireLowercaseCharacters ?? false,
        allowUsersToChange: input.AllowUsersToChangePassword ?? false,
        hardExpiry: input.HardExpiry ?? false,
        ...(input.MaxPasswordAge && { maxAgeDays: input.MaxPasswordAge }),
        ...(input.PasswordReusePrevention && { reusePrevention: input.PasswordReusePrevention }),
      })
      return {}
    },
  },
)

/** Shows the account's policy, if it has one. */
export const GetAccountPasswordPolicy = operation<object, GetAccountPasswordPolicyResponse>(
  GetAccountPasswordPolicy$,
  {
    access: (_input, ctx) => opened(accessToAll(), ctx),
    async handle(_input, ctx) {
      const policy = await ctx.store.table(passwordPolicies).get(key)
      if (!policy) throw noPolicy(ctx)
      return {
        PasswordPolicy: {
          MinimumPasswordLength: policy.minimumLength,
          RequireSymbols: policy.requireSymbols,
          RequireNumbers: policy.requireNumbers,
          RequireUppercaseCharacters: policy.requireUppercase,
          RequireLowercaseCharacters: policy.requireLowercase,
          AllowUsersToChangePassword: policy.allowUsersToChange,
          ExpirePasswords: policy.maxAgeDays !== undefined,
          HardExpiry: policy.hardExpiry,
          ...(policy.maxAgeDays !== undefined && { MaxPasswordAge: policy.maxAgeDays }),
          ...(policy.reusePrevention !== undefined && {
            PasswordReusePrevention: policy.reusePrevention,
          }),
        },
      }
    },
  },
)

/** Goes back to AWS's default. */
export const DeleteAccountPasswordPolicy = operation<object, object>(DeleteAccountPasswordPolicy$, {
  access: accessToAll,
  async handle(_input, ctx) {
    if (!(await ctx.store.table(passwordPolicies).get(key))) {
      throw noSuchEntity('The account policy with name PasswordPolicy cannot be found.')
    }
    ctx.store.table(passwordPolicies).delete(key)
    return {}
  },
})

/** The policy in force. */
export async function passwordPolicyOf(ctx: Context): Promise<PasswordPolicyRow> {
  return (await ctx.store.table(passwordPolicies).get(key)) ?? defaultPolicy
}

const everyUser: PolicySource = {
  id: 'account-password-policy',
  policy: compilePolicy(
    JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: '*',
        Action: ['iam:ChangePassword', 'iam:GetAccountPasswordPolicy'],
        Resource: '*',
      },
    }),
    'resource',
  ),
}

/**
 * The same access, which users need no policy for where the account lets all of them change their own
 * passwords (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_enable-user-change.html).
 */
export async function opened(access: Access, ctx: Context): Promise<Access> {
  if (ctx.principal.kind !== 'user') return access
  const { allowUsersToChange } = await passwordPolicyOf(ctx)
  return allowUsersToChange ? { ...access, resourcePolicy: everyUser } : access
}

/** The symbols that count as such (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html). */
const symbol = /[!@#$%^&*()_+\-=[\]{}|']/

/** Throws PasswordPolicyViolation when a password does not satisfy a policy. */
export function checkPassword(password: string, policy: PasswordPolicyRow): void {
  if (password.length < policy.minimumLength) {
    throw violation(`Password should have a minimum length of ${policy.minimumLength}`)
  }
  const demands: readonly (readonly [boolean, RegExp, string])[] = [
    [policy.requireUppercase, /[A-Z]/, 'uppercase letter'],
    [policy.requireLowercase, /[a-z]/, 'lowercase letter'],
    [policy.requireNumbers, /[0-9]/, 'number'],
    [policy.requireSymbols, symbol, 'symbol'],
  ]
  if (policy === defaultPolicy && demands.filter(([, kind]) => kind.test(password)).length < 3) {
    throw violation('Password does not conform to the account password policy.')
  }
  for (const [isDemanded, pattern, name] of demands) {
    if (isDemanded && !pattern.test(password)) {
      throw violation(`Password should have at least one ${name}`)
    }
  }
}

/** 400 PasswordPolicyViolation. */
export function violation(message: string) {
  return awsError(PasswordPolicyViolationException$, message)
}

function noPolicy(ctx: Context) {
  return noSuchEntity(`The Password Policy with domain name ${ctx.account} cannot be found.`)
}
