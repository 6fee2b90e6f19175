import {
  AddUserToGroup$,
  CreateGroup$,
  DeleteGroup$,
  GetGroup$,
  ListGroups$,
  ListGroupsForUser$,
  RemoveUserFromGroup$,
  UpdateGroup$,
  type AddUserToGroupRequest,
  type CreateGroupRequest,
  type CreateGroupResponse,
  type DeleteGroupRequest,
  type GetGroupRequest,
  type GetGroupResponse,
  type ListGroupsForUserRequest,
  type ListGroupsForUserResponse,
  type ListGroupsRequest,
  type ListGroupsResponse,
  type RemoveUserFromGroupRequest,
  type UpdateGroupRequest,
} from '@aws-sdk/client-iam'
import type { Context } from '../../kernel/context.ts'
import { groups, users, type GroupRow, type UserRow } from '../../kernel/identity/tables.ts'
import { operation } from '../../kernel/service.ts'
import {
  accessToAll,
  accessToGroup,
  accessToUser,
  arnOf,
  existingGroup,
  existingUser,
  keyOf,
  seekGroup,
  seekUser,
  type Sought,
} from './entities.ts'
import { alreadyExists, checkQuota, deleteConflict } from './errors.ts'
import { pageOf, pageOfTable } from './paging.ts'
import { groupOut, userListed } from './shapes.ts'

type SoughtGroup = Sought<GroupRow>
const groupsPerUser = 10

/** Makes a group. */
export const CreateGroup = operation<CreateGroupRequest, CreateGroupResponse>(CreateGroup$, {
  access: (input, ctx) => ({ resource: arnOf(ctx, 'group', input.Path, input.GroupName ?? '') }),
  async handle(input, ctx) {
    const name = input.GroupName ?? ''
    const view = ctx.store.table(groups)
    if (await view.get(keyOf(name))) throw alreadyExists(`Group with name ${name} already exists.`)
    checkQuota('GroupsPerAccount', 300, (await view.list({ limit: 301 })).length + 1)
    const path = input.Path ?? '/'
    const group: GroupRow = {
      name,
      id: ctx.ids.unique('AGPA'),
      arn: arnOf(ctx, 'group', path, name),
      path,
      createdAt: ctx.now.toISOString(),
      inlinePolicies: {},
      attachedPolicies: [],
    }
    view.put(keyOf(name), group)
    return { Group: groupOut(group) }
  },
})

/** Shows a group and its members. */
export const GetGroup = operation<GetGroupRequest, GetGroupResponse, SoughtGroup>(GetGroup$, {
  resolve: seekGroup,
  access: accessToGroup,
  async handle(input, ctx, sought) {
    const group = existingGroup(sought)
    const members = await membersOf(group, ctx)
    const { items, ...page } = pageOf(members, (user) => keyOf(user.name), input)
    return { Group: groupOut(group), Users: items.map(userListed), ...page }
  },
})

/** Lists groups. */
export const ListGroups = operation<ListGroupsRequest, ListGroupsResponse>(ListGroups$, {
  access: accessToAll,
  async handle(input, ctx) {
    const { items, ...page } = await pageOfTable(ctx.store.table(groups), input, (group) =>
      group.path.startsWith(input.PathPrefix ?? '/'),
    )
    return { Groups: items.map(({ value }) => groupOut(value)), ...page }
  },
})

/** Renames or moves a group; its members follow. */
export const UpdateGroup = operation<UpdateGroupRequest, object, SoughtGroup>(UpdateGroup$, {
  resolve: seekGroup,
  access: (input, ctx, sought) => {
    const name = input.NewGroupName ?? sought.row?.name ?? sought.name
    const renamed = arnOf(ctx, 'group', input.NewPath ?? sought.row?.path, name)
    const access = accessToGroup(input, ctx, sought)
    return renamed === access.resource ? access : [access, { resource: renamed }]
  },
  async handle(input, ctx, sought) {
    const group = existingGroup(sought)
    const view = ctx.store.table(groups)
    const name = input.NewGroupName ?? group.name
    const path = input.NewPath ?? group.path
    const [oldKey, newKey] = [keyOf(group.name), keyOf(name)]
    if (newKey !== oldKey) {
      if (await view.get(newKey)) throw alreadyExists(`Group with name ${name} already exists.`)
      view.delete(oldKey)
      for (const user of await membersOf(group, ctx)) {
        const others = user.groups.filter((key) => key !== oldKey)
        ctx.store.table(users).put(keyOf(user.name), { ...user, groups: [...others, newKey] })
      }
    }
    view.put(newKey, { ...group, name, path, arn: arnOf(ctx, 'group', path, name) })
    return {}
  },
})

/** Deletes a group without members and policies. */
export const DeleteGroup = operation<DeleteGroupRequest, object, SoughtGroup>(DeleteGroup$, {
  resolve: seekGroup,
  access: accessToGroup,
  async handle(_input, ctx, sought) {
    const group = existingGroup(sought)
    if (group.attachedPolicies.length > 0) {
      throw deleteConflict('Cannot delete entity, must detach all policies first.')
    }
    if (Object.keys(group.inlinePolicies).length > 0) {
      throw deleteConflict('Cannot delete entity, must delete policies first.')
    }
    if ((await membersOf(group, ctx)).length > 0) {
      throw deleteConflict('Cannot delete entity, must remove users from group first.')
    }
    ctx.store.table(groups).delete(keyOf(group.name))
    return {}
  },
})

/** Puts a user into a group; once is enough. */
export const AddUserToGroup = operation<AddUserToGroupRequest, object, SoughtGroup>(
  AddUserToGroup$,
  {
    resolve: seekGroup,
    access: accessToGroup,
    async handle(input, ctx, sought) {
      const user = existingUser(await seekUser(input, ctx))
      const key = keyOf(existingGroup(sought).name)
      if (user.groups.includes(key)) return {}
      checkQuota('GroupsPerUser', groupsPerUser, user.groups.length + 1)
      const changed = { ...user, groups: [...user.groups, key] }
      ctx.store.table(users).put(keyOf(user.name), changed)
      return {}
    },
  },
)

/** Takes a user out of a group; AWS does not mind when it was not in it. */
export const RemoveUserFromGroup = operation<RemoveUserFromGroupRequest, object, SoughtGroup>(
  RemoveUserFromGroup$,
  {
    resolve: seekGroup,
    access: accessToGroup,
    async handle(input, ctx, sought) {
      const user = existingUser(await seekUser(input, ctx))
      const gone = keyOf(existingGroup(sought).name)
      if (!user.groups.includes(gone)) return {}
      const changed = { ...user, groups: user.groups.filter((key) => key !== gone) }
      ctx.store.table(users).put(keyOf(user.name), changed)
      return {}
    },
  },
)

/** Lists the groups a user is in. */
export const ListGroupsForUser = operation<
  ListGroupsForUserRequest,
  ListGroupsForUserResponse,
  Sought<UserRow>
>(ListGroupsForUser$, {
  resolve: seekUser,
  access: accessToUser,
  async handle(input, ctx, sought) {
    const found = await groupsOf(existingUser(sought), ctx)
    const { items, ...page } = pageOf(found, (group) => keyOf(group.name), input)
    return { Groups: items.map(groupOut), ...page }
  },
})

/** The groups a user is in, by name. */
export async function groupsOf(user: UserRow, ctx: Context): Promise<GroupRow[]> {
  const view = ctx.store.table(groups)
  const rows = await Promise.all(user.groups.toSorted().map((key) => view.get(key)))
  return rows.filter((row) => row !== undefined)
}

/** The users in a group, by name. */
export async function membersOf(group: GroupRow, ctx: Context): Promise<UserRow[]> {
  const equals = keyOf(group.name)
  const rows = await ctx.store.table(users).list({ index: 'group', equals })
  return rows.map(({ value }) => value)
}
