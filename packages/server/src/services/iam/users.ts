import {
  CreateUser$,
  DeleteUser$,
  GetUser$,
  ListUsers$,
  UpdateUser$,
  type CreateUserRequest,
  type CreateUserResponse,
  type DeleteUserRequest,
  type GetUserRequest,
  type GetUserResponse,
  type ListUsersRequest,
  type ListUsersResponse,
  type UpdateUserRequest,
} from '@aws-sdk/client-iam'
import type { Context } from '../../kernel/context.ts'
import { forgetPrincipal, notePrincipal } from '../../kernel/identity/principal-ids.ts'
import {
  accessKeys,
  accounts,
  mfaDevices,
  users,
  type UserRow,
} from '../../kernel/identity/tables.ts'
import { operation } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { checkBoundary } from './boundaries.ts'
import {
  accessToAll,
  accessToUser,
  accessToUserOrRoot,
  arnOf,
  existingUser,
  keyOf,
  rootArn,
  seekUser,
  seekUserOrCaller,
  type Sought,
  type UserOrRoot,
} from './entities.ts'
import { alreadyExists, checkQuota, deleteConflict } from './errors.ts'
import { pageOfTable } from './paging.ts'
import { passwordHistories } from './tables.ts'
import { userListed, userOut, wholeSecond } from './shapes.ts'
import { caselessKeys, tagRows } from './tags.ts'

/** Makes a user. */
export const CreateUser = operation<CreateUserRequest, CreateUserResponse>(CreateUser$, {
  access: (input, ctx) => ({
    resource: arnOf(ctx, 'user', input.Path, input.UserName ?? ''),
    conditions: {
      ...requestTagConditions(input.Tags),
      'iam:permissionsboundary': input.PermissionsBoundary,
    },
  }),
  async handle(input, ctx) {
    const name = input.UserName ?? ''
    const view = ctx.store.table(users)
    if (await view.get(keyOf(name))) throw alreadyExists(`User with name ${name} already exists.`)
    const boundary = await checkBoundary(input.PermissionsBoundary, ctx)
    checkQuota('UsersPerAccount', 5000, (await view.list({ limit: 5001 })).length + 1)
    const path = input.Path ?? '/'
    const user: UserRow = {
      name,
      id: ctx.ids.unique('AIDA'),
      arn: arnOf(ctx, 'user', path, name),
      path,
      createdAt: ctx.now.toISOString(),
      inlinePolicies: {},
      attachedPolicies: [],
      groups: [],
      tags: tagRows(input.Tags, caselessKeys),
      mfaSerials: [],
      ...(boundary !== undefined && { boundary }),
    }
    view.put(keyOf(name), user)
    notePrincipal(ctx.store, user)
    return { User: userOut(user) }
  },
})

/** Shows a user, by default the caller. */
export const GetUser = operation<GetUserRequest, GetUserResponse, UserOrRoot>(GetUser$, {
  resolve: seekUserOrCaller,
  access: accessToUserOrRoot,
  async handle(_input, ctx, sought) {
    if (sought.root) return { User: await rootOut(ctx) }
    return { User: userOut(existingUser(sought)) }
  },
})

/** Lists users, without their tags and boundaries, as AWS does. */
export const ListUsers = operation<ListUsersRequest, ListUsersResponse>(ListUsers$, {
  access: accessToAll,
  async handle(input, ctx) {
    const { items, ...page } = await pageOfTable(ctx.store.table(users), input, (user) =>
      user.path.startsWith(input.PathPrefix ?? '/'),
    )
    return { Users: items.map(({ value }) => userListed(value)), ...page }
  },
})

/** Renames or moves a user; keys, devices and memberships follow. */
export const UpdateUser = operation<UpdateUserRequest, object, Sought<UserRow>>(UpdateUser$, {
  resolve: seekUser,
  access: (input, ctx, sought) => {
    const renamed = arnOf(ctx, 'user', input.NewPath ?? sought.row?.path, newName(input, sought))
    const access = accessToUser(input, ctx, sought)
    return renamed === access.resource ? access : [access, { resource: renamed }]
  },
  async handle(input, ctx, sought) {
    const user = existingUser(sought)
    const view = ctx.store.table(users)
    const name = newName(input, sought)
    const path = input.NewPath ?? user.path
    if (keyOf(name) !== keyOf(user.name)) {
      if (await view.get(keyOf(name))) throw alreadyExists(`User with name ${name} already exists.`)
      view.delete(keyOf(user.name))
    }
    const renamed = { ...user, name, path, arn: arnOf(ctx, 'user', path, name) }
    view.put(keyOf(name), renamed)
    notePrincipal(ctx.store, renamed)
    await renameCredentials(user, name, ctx)
    return {}
  },
})

/** Deletes a user that has nothing left. */
export const DeleteUser = operation<DeleteUserRequest, object, Sought<UserRow>>(DeleteUser$, {
  resolve: seekUser,
  access: accessToUser,
  async handle(_input, ctx, sought) {
    const user = existingUser(sought)
    const first = await firstObstacle(user, ctx)
    if (first) throw deleteConflict(`Cannot delete entity, must ${first} first.`)
    ctx.store.table(users).delete(keyOf(user.name))
    forgetPrincipal(ctx.store, user)
    ctx.store.table(passwordHistories).delete(user.id)
    return {}
  },
})

/** The access keys of a user. */
export async function keysOf(ctx: Context, userName: string | undefined) {
  const equals = `${ctx.account}/${userName ?? ''}`
  const rows = await ctx.store.table(accessKeys).list({ index: 'owner', equals })
  return rows.map(({ value }) => value)
}

function newName(input: UpdateUserRequest, sought: Sought<UserRow>): string {
  return input.NewUserName ?? sought.row?.name ?? sought.name
}

async function renameCredentials(user: UserRow, name: string, ctx: Context): Promise<void> {
  if (name === user.name) return
  const keys = ctx.store.table(accessKeys)
  for (const key of await keysOf(ctx, user.name)) keys.put(key.id, { ...key, userName: name })
  const devices = ctx.store.table(mfaDevices)
  for (const serial of user.mfaSerials) {
    const device = await devices.get(serial)
    if (device) devices.put(serial, { ...device, userName: name })
  }
}

async function firstObstacle(user: UserRow, ctx: Context): Promise<string | undefined> {
  if (user.attachedPolicies.length > 0) return 'detach all policies'
  if (Object.keys(user.inlinePolicies).length > 0) return 'delete policies'
  if (user.groups.length > 0) return 'remove users from group'
  if ((await keysOf(ctx, user.name)).length > 0) return 'delete access keys'
  if (user.login) return 'delete login profile'
  return user.mfaSerials.length > 0 ? 'delete MFA device' : undefined
}

async function rootOut(ctx: Context) {
  const account = await ctx.store.table(accounts).get(ctx.account)
  return {
    Path: '/',
    UserName: '',
    UserId: ctx.account,
    Arn: rootArn(ctx),
    CreateDate: account ? wholeSecond(account.createdAt) : ctx.now,
  }
}
