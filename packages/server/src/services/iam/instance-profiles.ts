import {
  AddRoleToInstanceProfile$,
  CreateInstanceProfile$,
  DeleteInstanceProfile$,
  GetInstanceProfile$,
  ListInstanceProfiles$,
  ListInstanceProfilesForRole$,
  RemoveRoleFromInstanceProfile$,
  type AddRoleToInstanceProfileRequest,
  type CreateInstanceProfileRequest,
  type CreateInstanceProfileResponse,
  type DeleteInstanceProfileRequest,
  type GetInstanceProfileRequest,
  type GetInstanceProfileResponse,
  type InstanceProfile,
  type ListInstanceProfilesForRoleRequest,
  type ListInstanceProfilesForRoleResponse,
  type ListInstanceProfilesRequest,
  type ListInstanceProfilesResponse,
  type RemoveRoleFromInstanceProfileRequest,
} from '@aws-sdk/client-iam'
import type { Context } from '../../kernel/context.ts'
import { roles, type RoleRow } from '../../kernel/identity/tables.ts'
import { operation, type Access } from '../../kernel/service.ts'
import { requestTagConditions, resourceTagConditions } from '../../kernel/tag-conditions.ts'
import {
  accessToRole,
  arnOf,
  existingRole,
  keyOf,
  modifiableRole,
  seekRole,
  type Sought,
} from './entities.ts'
import { alreadyExists, checkQuota, deleteConflict, noSuchEntity } from './errors.ts'
import { pageOf, pageOfTable } from './paging.ts'
import { roleListed, wholeSecond } from './shapes.ts'
import { instanceProfiles, type InstanceProfileRow } from './tables.ts'
import { exactKeys, someTags, tagRows, tagsOut } from './tags.ts'

type SoughtProfile = Sought<InstanceProfileRow>

/** `resolve` of operations that name an instance profile. */
export async function seekProfile(
  input: { InstanceProfileName?: string | undefined },
  ctx: Context,
): Promise<SoughtProfile> {
  const name = input.InstanceProfileName ?? ''
  return { name, row: await ctx.store.table(instanceProfiles).get(keyOf(name)) }
}

/** The instance profile, or NoSuchEntity. */
export function existingProfile(sought: SoughtProfile): InstanceProfileRow {
  if (sought.row) return sought.row
  throw noSuchEntity(`Instance Profile ${sought.name} cannot be found.`)
}

/** `access` of operations on an instance profile. */
export const accessToProfile = (_input: unknown, ctx: Context, sought: SoughtProfile): Access => ({
  resource: sought.row?.arn ?? arnOf(ctx, 'instance-profile', '/', sought.name),
  conditions: resourceTagConditions(sought.row?.tags, 'iam'),
})

/** The instance profiles a role is in. */
export async function profilesOfRole(role: RoleRow, ctx: Context): Promise<InstanceProfileRow[]> {
  const query = { index: 'role', equals: keyOf(role.name) }
  return (await ctx.store.table(instanceProfiles).list(query)).map(({ value }) => value)
}

/** Makes an instance profile. */
export const CreateInstanceProfile = operation<
  CreateInstanceProfileRequest,
  CreateInstanceProfileResponse
>(CreateInstanceProfile$, {
  access: (input, ctx) => ({
    resource: arnOf(ctx, 'instance-profile', input.Path, input.InstanceProfileName ?? ''),
    conditions: requestTagConditions(input.Tags),
  }),
  async handle(input, ctx) {
    const name = input.InstanceProfileName ?? ''
    const view = ctx.store.table(instanceProfiles)
    if (await view.get(keyOf(name))) {
      throw alreadyExists(`Instance Profile ${name} already exists.`)
    }
    checkQuota('InstanceProfilesPerAccount', 1000, (await view.list({ limit: 1001 })).length + 1)
    const path = input.Path ?? '/'
    const profile: InstanceProfileRow = {
      name,
      id: ctx.ids.unique('AIPA'),
      arn: arnOf(ctx, 'instance-profile', path, name),
      path,
      createdAt: ctx.now.toISOString(),
      tags: tagRows(input.Tags, exactKeys),
    }
    view.put(keyOf(name), profile)
    return { InstanceProfile: await profileOut(profile, ctx) }
  },
})

/** Shows an instance profile with its role. */
export const GetInstanceProfile = operation<
  GetInstanceProfileRequest,
  GetInstanceProfileResponse,
  SoughtProfile
>(GetInstanceProfile$, {
  resolve: seekProfile,
  access: accessToProfile,
  async handle(_input, ctx, sought) {
    const profile = existingProfile(sought)
    return { InstanceProfile: { ...(await profileOut(profile, ctx)), Tags: tagsOut(profile.tags) } }
  },
})

/** Lists instance profiles. */
export const ListInstanceProfiles = operation<
  ListInstanceProfilesRequest,
  ListInstanceProfilesResponse
>(ListInstanceProfiles$, {
  access: (_input, ctx) => ({ resource: arnOf(ctx, 'instance-profile', '/', '*') }),
  async handle(input, ctx) {
    const { items, ...page } = await pageOfTable(ctx.store.table(instanceProfiles), input, (row) =>
      row.path.startsWith(input.PathPrefix ?? '/'),
    )
    const shown = await Promise.all(items.map(({ value }) => profileOut(value, ctx)))
    return { InstanceProfiles: shown.map(withoutTags), ...page }
  },
})

/** Lists the instance profiles a role is in. */
export const ListInstanceProfilesForRole = operation<
  ListInstanceProfilesForRoleRequest,
  ListInstanceProfilesForRoleResponse,
  Sought<RoleRow>
>(ListInstanceProfilesForRole$, {
  resolve: seekRole,
  access: accessToRole,
  async handle(input, ctx, sought) {
    const found = await profilesOfRole(existingRole(sought), ctx)
    const { items, ...page } = pageOf(found, (row) => keyOf(row.name), input)
    const shown = await Promise.all(items.map((row) => profileOut(row, ctx)))
    return { InstanceProfiles: shown.map(withoutTags), ...page }
  },
})

/** Deletes an empty instance profile. */
export const DeleteInstanceProfile = operation<DeleteInstanceProfileRequest, object, SoughtProfile>(
  DeleteInstanceProfile$,
  {
    resolve: seekProfile,
    access: accessToProfile,
    handle(_input, ctx, sought) {
      const profile = existingProfile(sought)
      if (profile.role !== undefined) {
        throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.')
      }
      ctx.store.table(instanceProfiles).delete(keyOf(profile.name))
      return {}
    },
  },
)

/** Puts a role into an instance profile, which needs iam:PassRole on the role. */
export const AddRoleToInstanceProfile = operation<
  AddRoleToInstanceProfileRequest,
  object,
  SoughtProfile
>(AddRoleToInstanceProfile$, {
  resolve: seekProfile,
  async access(input, ctx, sought) {
    const role = await seekRole(input, ctx)
    return [
      accessToProfile(input, ctx, sought),
      {
        action: 'iam:PassRole',
        resource: role.row?.arn ?? arnOf(ctx, 'role', '/', role.name),
        conditions: {
          ...resourceTagConditions(role.row?.tags, 'iam'),
          'iam:passedtoservice': 'ec2.amazonaws.com',
        },
      },
    ]
  },
  async handle(input, ctx, sought) {
    const profile = existingProfile(sought)
    const role = modifiableRole(await seekRole(input, ctx))
    checkQuota('InstanceSessionsPerInstanceProfile', 1, profile.role === undefined ? 1 : 2)
    const changed = { ...profile, role: keyOf(role.name) }
    ctx.store.table(instanceProfiles).put(keyOf(profile.name), changed)
    return {}
  },
})

/** Takes the role out of an instance profile. */
export const RemoveRoleFromInstanceProfile = operation<
  RemoveRoleFromInstanceProfileRequest,
  object,
  SoughtProfile
>(RemoveRoleFromInstanceProfile$, {
  resolve: seekProfile,
  access: accessToProfile,
  async handle(input, ctx, sought) {
    const { role, ...profile } = existingProfile(sought)
    const named = existingRole(await seekRole(input, ctx))
    if (role !== keyOf(named.name)) {
      throw noSuchEntity(`Role ${named.name} in Instance Profile ${profile.name} cannot be found.`)
    }
    ctx.store.table(instanceProfiles).put(keyOf(profile.name), profile)
    return {}
  },
})

/** An instance profile as the API shows it, with its role in full. */
export async function profileOut(row: InstanceProfileRow, ctx: Context): Promise<InstanceProfile> {
  const role = row.role === undefined ? undefined : await ctx.store.table(roles).get(row.role)
  return {
    Path: row.path,
    InstanceProfileName: row.name,
    InstanceProfileId: row.id,
    Arn: row.arn,
    CreateDate: wholeSecond(row.createdAt),
    Roles: role ? [await roleListed(role, ctx)] : [],
    ...someTags(row.tags),
  }
}

function withoutTags({ Tags: _tags, ...profile }: InstanceProfile): InstanceProfile {
  return profile
}
