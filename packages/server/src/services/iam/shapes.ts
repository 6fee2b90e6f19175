import type {
  AttachedPermissionsBoundary,
  Group,
  PermissionsBoundaryAttachmentType,
  Role,
  User,
} from '@aws-sdk/client-iam'
import type { Context } from '../../kernel/context.ts'
import { shownPolicy } from '../../kernel/identity/principal-ids.ts'
import type { GroupRow, RoleRow, UserRow } from '../../kernel/identity/tables.ts'
import { someTags } from './tags.ts'

/** A time as IAM answers it: without its fraction of a second. */
export function wholeSecond(iso: string): Date {
  return new Date(`${iso.slice(0, 19)}Z`)
}

/** A policy document as the API returns it: URL-encoded as RFC 3986 has it. */
export function encodeDocument(document: string): string {
  return encodeURIComponent(document).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** IAM answers `Policy` although its model lists only `PermissionsBoundaryPolicy`. */
const boundaryType: string = 'Policy'

/** A permissions boundary as the API shows it. */
export function boundaryOut(boundary: string | undefined): {
  PermissionsBoundary?: AttachedPermissionsBoundary
} {
  if (boundary === undefined) return {}
  return {
    PermissionsBoundary: {
      PermissionsBoundaryType: boundaryType as PermissionsBoundaryAttachmentType,
      PermissionsBoundaryArn: boundary,
    },
  }
}

/** A user as listings show it. */
export function userListed(user: UserRow): User {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: user.arn,
    CreateDate: wholeSecond(user.createdAt),
  }
}

/** A user as GetUser and CreateUser show it. */
export function userOut(user: UserRow): User {
  return { ...userListed(user), ...boundaryOut(user.boundary), ...someTags(user.tags) }
}

/** A group. */
export function groupOut(group: GroupRow): Group {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: group.arn,
    CreateDate: wholeSecond(group.createdAt),
  }
}

/** A role as listings show it. */
export async function roleListed(role: RoleRow, ctx: Context): Promise<Role> {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: wholeSecond(role.createdAt),
    AssumeRolePolicyDocument: encodeDocument(await shownPolicy(ctx, role.trustPolicy)),
    ...(role.description !== undefined && { Description: role.description }),
    MaxSessionDuration: role.maxSessionSeconds,
  }
}

/** A role as GetRole and CreateRole show it. */
export async function roleOut(role: RoleRow, ctx: Context): Promise<Role> {
  const listed = await roleListed(role, ctx)
  return { ...listed, ...boundaryOut(role.boundary), ...someTags(role.tags) }
}
