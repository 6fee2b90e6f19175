import {
  DeleteRolePermissionsBoundary$,
  DeleteUserPermissionsBoundary$,
  PutRolePermissionsBoundary$,
  PutUserPermissionsBoundary$,
  type DeleteRolePermissionsBoundaryRequest,
  type DeleteUserPermissionsBoundaryRequest,
  type PutRolePermissionsBoundaryRequest,
  type PutUserPermissionsBoundaryRequest,
} from '@aws-sdk/client-iam'
import type { Context } from '../../kernel/context.ts'
import { roles, users, type RoleRow, type UserRow } from '../../kernel/identity/tables.ts'
import { operation } from '../../kernel/service.ts'
import {
  accessTo,
  existingUser,
  keyOf,
  modifiableRole,
  roleKind,
  seekRole,
  seekUser,
  userKind,
  type Sought,
} from './entities.ts'
import { invalidInput, noSuchEntity } from './errors.ts'
import { findPolicy } from './policy-lookup.ts'

/** The ARN of a policy that may serve as a boundary; undefined when none is wanted. */
export async function checkBoundary(
  arn: string | undefined,
  ctx: Context,
): Promise<string | undefined> {
  if (arn === undefined) return undefined
  if (!/^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/.+$/.test(arn)) {
    throw invalidInput(`ARN ${arn} is not valid.`)
  }
  if (!(await findPolicy(arn, ctx))) {
    throw noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`)
  }
  return arn
}

/** Sets a user's permissions boundary. */
export const PutUserPermissionsBoundary = operation<
  PutUserPermissionsBoundaryRequest,
  object,
  Sought<UserRow>
>(PutUserPermissionsBoundary$, {
  resolve: seekUser,
  access: (input, ctx, sought) =>
    accessTo(userKind, ctx, sought, { 'iam:permissionsboundary': input.PermissionsBoundary }),
  async handle(input, ctx, sought) {
    const user = existingUser(sought)
    const boundary = (await checkBoundary(input.PermissionsBoundary, ctx)) ?? ''
    ctx.store.table(users).put(keyOf(user.name), { ...user, boundary })
    return {}
  },
})

/** Takes a user's permissions boundary away. */
export const DeleteUserPermissionsBoundary = operation<
  DeleteUserPermissionsBoundaryRequest,
  object,
  Sought<UserRow>
>(DeleteUserPermissionsBoundary$, {
  resolve: seekUser,
  access: (_input, ctx, sought) =>
    accessTo(userKind, ctx, sought, { 'iam:permissionsboundary': sought.row?.boundary }),
  async handle(_input, ctx, sought) {
    const { boundary, ...user } = existingUser(sought)
    if (boundary === undefined) throw noBoundary(user.name)
    ctx.store.table(users).put(keyOf(user.name), user)
    return {}
  },
})

/** Sets a role's permissions boundary. */
export const PutRolePermissionsBoundary = operation<
  PutRolePermissionsBoundaryRequest,
  object,
  Sought<RoleRow>
>(PutRolePermissionsBoundary$, {
  resolve: seekRole,
  access: (input, ctx, sought) =>
    accessTo(roleKind, ctx, sought, { 'iam:permissionsboundary': input.PermissionsBoundary }),
  async handle(input, ctx, sought) {
    const role = modifiableRole(sought)
    const boundary = (await checkBoundary(input.PermissionsBoundary, ctx)) ?? ''
    ctx.store.table(roles).put(keyOf(role.name), { ...role, boundary })
    return {}
  },
})

/** Takes a role's permissions boundary away. */
export const DeleteRolePermissionsBoundary = operation<
  DeleteRolePermissionsBoundaryRequest,
  object,
  Sought<RoleRow>
>(DeleteRolePermissionsBoundary$, {
  resolve: seekRole,
  access: (_input, ctx, sought) =>
    accessTo(roleKind, ctx, sought, { 'iam:permissionsboundary': sought.row?.boundary }),
  async handle(_input, ctx, sought) {
    const { boundary, ...role } = modifiableRole(sought)
    if (boundary === undefined) throw noBoundary(role.name)
    ctx.store.table(roles).put(keyOf(role.name), role)
    return {}
  },
})

function noBoundary(name: string) {
  return noSuchEntity(`The entity ${name} does not have a permissions boundary.`)
}
