import {
  ChangePassword$,
  CreateLoginProfile$,
  DeleteLoginProfile$,
  GetLoginProfile$,
  InvalidUserTypeException$,
  UpdateLoginProfile$,
  type ChangePasswordRequest,
  type CreateLoginProfileRequest,
  type CreateLoginProfileResponse,
  type DeleteLoginProfileRequest,
  type GetLoginProfileRequest,
  type GetLoginProfileResponse,
  type LoginProfile,
  type UpdateLoginProfileRequest,
} from '@aws-sdk/client-iam'
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { Context } from '../../kernel/context.ts'
import { awsError, commonError } from '../../kernel/errors.ts'
import { users, type UserRow } from '../../kernel/identity/tables.ts'
import { operation } from '../../kernel/service.ts'
import {
  accessToUser,
  accessToUserOrRoot,
  existingUser,
  keyOf,
  seekUser,
  seekUserOrCaller,
  type Sought,
  type UserOrRoot,
} from './entities.ts'
import { alreadyExists, noSuchEntity, validationError } from './errors.ts'
import { checkPassword, opened, passwordPolicyOf, violation } from './password-policy.ts'
import { passwordHistories, type PasswordPolicyRow } from './tables.ts'
import { wholeSecond } from './shapes.ts'

const derive: (password: string, salt: Buffer, length: number) => Promise<Buffer> =
  promisify(scrypt)
const hashBytes = 32

/** Gives a user a console password. */
export const CreateLoginProfile = operation<
  CreateLoginProfileRequest,
  CreateLoginProfileResponse,
  UserOrRoot
>(CreateLoginProfile$, {
  resolve: seekUserOrCaller,
  access: accessToUserOrRoot,
  async handle(input, ctx, sought) {
    const user = existingUser(sought)
    if (user.login) throw alreadyExists(`Login Profile for user ${user.name} already exists.`)
    if (input.Password === undefined) {
      throw validationError('Password must be specified.')
    }
    const resetRequired = input.PasswordResetRequired ?? false
    const changed = await withPassword(user, input.Password, ctx)
    const login = { ...changed, resetRequired }
    ctx.store.table(users).put(keyOf(user.name), { ...user, login })
    return { LoginProfile: profileOut(user.name, login) }
  },
})

/** Shows that a user has a password, and since when. */
export const GetLoginProfile = operation<
  GetLoginProfileRequest,
  GetLoginProfileResponse,
  UserOrRoot
>(GetLoginProfile$, {
  resolve: seekUserOrCaller,
  access: accessToUserOrRoot,
  handle(_input, _ctx, sought) {
    const user = existingUser(sought)
    return { LoginProfile: profileOut(user.name, loginOf(user)) }
  },
})

/** Sets a user's password, or whether it must be changed. */
export const UpdateLoginProfile = operation<UpdateLoginProfileRequest, object, Sought<UserRow>>(
  UpdateLoginProfile$,
  {
    resolve: seekUser,
    access: accessToUser,
    async handle(input, ctx, sought) {
      const user = existingUser(sought)
      const old = loginOf(user)
      const changed =
        input.Password === undefined ? old : await withPassword(user, input.Password, ctx)
      const resetRequired = input.PasswordResetRequired ?? old.resetRequired
      const login = { ...changed, createdAt: old.createdAt, resetRequired }
      ctx.store.table(users).put(keyOf(user.name), { ...user, login })
      return {}
    },
  },
)

/** Takes a user's password away. */
export const DeleteLoginProfile = operation<DeleteLoginProfileRequest, object, UserOrRoot>(
  DeleteLoginProfile$,
  {
    resolve: seekUserOrCaller,
    access: accessToUserOrRoot,
    handle(_input, ctx, sought) {
      const user = existingUser(sought)
      loginOf(user)
      const { login: _login, ...rest } = user
      ctx.store.table(users).put(keyOf(user.name), rest)
      return {}
    },
  },
)

/** Changes the calling user's own password, who proves to know the old one. */
export const ChangePassword = operation<ChangePasswordRequest, object, Sought<UserRow>>(
  ChangePassword$,
  {
    resolve(_input, ctx) {
      if (ctx.principal.kind === 'user') return seekUser({ UserName: ctx.principal.userName }, ctx)
      throw awsError(InvalidUserTypeException$, 'Only IAM Users can change their own password.')
    },
    access: (input, ctx, sought) => opened(accessToUser(input, ctx, sought), ctx),
    async handle(input, ctx, sought) {
      const user = existingUser(sought)
      const old = loginOf(user)
      if (!(await matches(input.OldPassword ?? '', old.hash))) {
        throw commonError('AccessDenied', 'The old password was incorrect.', 403)
      }
      const changed = await withPassword(user, input.NewPassword ?? '', ctx)
      const login = { ...changed, createdAt: old.createdAt, resetRequired: false }
      ctx.store.table(users).put(keyOf(user.name), { ...user, login })
      return {}
    },
  },
)

type Login = NonNullable<UserRow['login']>

function loginOf(user: UserRow): Login {
  if (user.login) return user.login
  throw noSuchEntity(`Login Profile for User ${user.name} cannot be found.`)
}

function profileOut(userName: string, login: Login): LoginProfile {
  return {
    UserName: userName,
    CreateDate: wholeSecond(login.createdAt),
    PasswordResetRequired: login.resetRequired,
  }
}

/** A login with a new password that the account's policy allows; its history is kept. */
async function withPassword(
  user: UserRow,
  password: string,
  ctx: Context,
): Promise<Pick<Login, 'hash' | 'createdAt' | 'changedAt'>> {
  const policy = await passwordPolicyOf(ctx)
  checkPassword(password, policy)
  const histories = ctx.store.table(passwordHistories)
  const former = (await histories.get(user.id))?.hashes ?? []
  await refuseReuse(password, former, policy)
  const salt = randomBytes(16)
  const hash = `${salt.toString('base64')}$${(await derive(password, salt, hashBytes)).toString('base64')}`
  histories.put(user.id, { hashes: [hash, ...former].slice(0, maxHistory) })
  const now = ctx.now.toISOString()
  return { hash, createdAt: now, changedAt: now }
}

/** The most passwords that a policy can remember (PasswordReusePrevention's maximum). */
const maxHistory = 24

async function refuseReuse(
  password: string,
  former: readonly string[],
  policy: PasswordPolicyRow,
): Promise<void> {
  for (const hash of former.slice(0, policy.reusePrevention ?? 0)) {
    if (await matches(password, hash)) {
      throw violation('Password cannot be one of the previously used passwords.')
    }
  }
}

async function matches(password: string, hash: string): Promise<boolean> {
  const [salt = '', expected = ''] = hash.split('$')
  const derived = await derive(password, Buffer.from(salt, 'base64'), hashBytes)
  return timingSafeEqual(derived, Buffer.from(expected, 'base64'))
}
