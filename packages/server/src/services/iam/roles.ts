import {
  CreateRole$,
  DeleteRole$,
  GetRole$,
  ListRoles$,
  UpdateAssumeRolePolicy$,
  UpdateRole$,
  UpdateRoleDescription$,
  type CreateRoleRequest,
  type CreateRoleResponse,
  type DeleteRoleRequest,
  type GetRoleRequest,
  type GetRoleResponse,
  type ListRolesRequest,
  type ListRolesResponse,
  type UpdateAssumeRolePolicyRequest,
  type UpdateRoleDescriptionRequest,
  type UpdateRoleDescriptionResponse,
  type UpdateRoleRequest,
  type UpdateRoleResponse,
} from '@aws-sdk/client-iam'
import { forgetPrincipal, notePrincipal } from '../../kernel/identity/principal-ids.ts'
import { roles, type RoleRow } from '../../kernel/identity/tables.ts'
import { operation } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { checkBoundary } from './boundaries.ts'
import { checkedTrustPolicy } from './documents.ts'
import {
  accessToAll,
  accessToRole,
  arnOf,
  existingRole,
  keyOf,
  modifiableRole,
  seekRole,
  type Sought,
} from './entities.ts'
import { alreadyExists, checkQuota, deleteConflict, invalidInput } from './errors.ts'
import { profilesOfRole } from './instance-profiles.ts'
import { pageOfTable } from './paging.ts'
import { roleListed, roleOut, wholeSecond } from './shapes.ts'
import { caselessKeys, tagRows } from './tags.ts'

type SoughtRole = Sought<RoleRow>
const defaultSessionSeconds = 3600

/** Makes a role that others may assume. */
export const CreateRole = operation<CreateRoleRequest, CreateRoleResponse>(CreateRole$, {
  access: (input, ctx) => ({
    resource: arnOf(ctx, 'role', input.Path, input.RoleName ?? ''),
    conditions: {
      ...requestTagConditions(input.Tags),
      'iam:permissionsboundary': input.PermissionsBoundary,
    },
  }),
  async handle(input, ctx) {
    const name = input.RoleName ?? ''
    const path = input.Path ?? '/'
    if (path.startsWith('/aws-service-role/')) {
      throw invalidInput(
        'The specified path /aws-service-role/ is reserved for service-linked roles.',
      )
    }
    const view = ctx.store.table(roles)
    if (await view.get(keyOf(name))) throw alreadyExists(`Role with name ${name} already exists.`)
    const trustPolicy = await checkedTrustPolicy(input.AssumeRolePolicyDocument ?? '', ctx)
    const boundary = await checkBoundary(input.PermissionsBoundary, ctx)
    checkQuota('RolesPerAccount', 1000, (await view.list({ limit: 1001 })).length + 1)
    const role: RoleRow = {
      name,
      id: ctx.ids.unique('AROA'),
      arn: arnOf(ctx, 'role', path, name),
      path,
      createdAt: ctx.now.toISOString(),
      trustPolicy,
      maxSessionSeconds: input.MaxSessionDuration ?? defaultSessionSeconds,
      inlinePolicies: {},
      attachedPolicies: [],
      tags: tagRows(input.Tags, caselessKeys),
      ...(input.Description !== undefined && { description: input.Description }),
      ...(boundary !== undefined && { boundary }),
    }
    view.put(keyOf(name), role)
    notePrincipal(ctx.store, role)
    return { Role: await roleOut(role, ctx) }
  },
})

/** Shows a role and when it was last used. */
export const GetRole = operation<GetRoleRequest, GetRoleResponse, SoughtRole>(GetRole$, {
  resolve: seekRole,
  access: accessToRole,
  async handle(_input, ctx, sought) {
    const role = existingRole(sought)
    const used = await ctx.lastUsed.of('role', role.arn)
    const facts = used && {
      LastUsedDate: wholeSecond(used['date'] ?? role.createdAt),
      Region: used['region'] ?? ctx.region,
    }
    return { Role: { ...(await roleOut(role, ctx)), RoleLastUsed: facts ?? {} } }
  },
})

/** Lists roles, without their tags and boundaries, as AWS does. */
export const ListRoles = operation<ListRolesRequest, ListRolesResponse>(ListRoles$, {
  access: accessToAll,
  async handle(input, ctx) {
    const { items, ...page } = await pageOfTable(ctx.store.table(roles), input, (role) =>
      role.path.startsWith(input.PathPrefix ?? '/'),
    )
    return { Roles: await Promise.all(items.map(({ value }) => roleListed(value, ctx))), ...page }
  },
})

/** Replaces a role's trust policy. */
export const UpdateAssumeRolePolicy = operation<UpdateAssumeRolePolicyRequest, object, SoughtRole>(
  UpdateAssumeRolePolicy$,
  {
    resolve: seekRole,
    access: accessToRole,
    async handle(input, ctx, sought) {
      const role = modifiableRole(sought)
      const trustPolicy = await checkedTrustPolicy(input.PolicyDocument ?? '', ctx)
      ctx.store.table(roles).put(keyOf(role.name), { ...role, trustPolicy })
      return {}
    },
  },
)

/** Sets a role's description and longest session; what is left out stays. */
export const UpdateRole = operation<UpdateRoleRequest, UpdateRoleResponse, SoughtRole>(
  UpdateRole$,
  {
    resolve: seekRole,
    access: accessToRole,
    handle(input, ctx, sought) {
      // A service-linked role's description is its account's to change.
      const role =
        input.MaxSessionDuration === undefined ? existingRole(sought) : modifiableRole(sought)
      ctx.store.table(roles).put(keyOf(role.name), {
        ...role,
        ...(input.Description !== undefined && { description: input.Description }),
        ...(input.MaxSessionDuration !== undefined && {
          maxSessionSeconds: input.MaxSessionDuration,
        }),
      })
      return {}
    },
  },
)

/** Sets a role's description alone; service-linked roles allow it too. */
export const UpdateRoleDescription = operation<
  UpdateRoleDescriptionRequest,
  UpdateRoleDescriptionResponse,
  SoughtRole
>(UpdateRoleDescription$, {
  resolve: seekRole,
  access: accessToRole,
  async handle(input, ctx, sought) {
    const role: RoleRow = { ...existingRole(sought), description: input.Description ?? '' }
    ctx.store.table(roles).put(keyOf(role.name), role)
    return { Role: await roleOut(role, ctx) }
  },
})

/** Deletes a role that nothing is attached to. */
export const DeleteRole = operation<DeleteRoleRequest, object, SoughtRole>(DeleteRole$, {
  resolve: seekRole,
  access: accessToRole,
  async handle(_input, ctx, sought) {
    const role = modifiableRole(sought)
    if ((await profilesOfRole(role, ctx)).length > 0) {
      throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.')
    }
    if (role.attachedPolicies.length > 0) {
      throw deleteConflict('Cannot delete entity, must detach all policies first.')
    }
    if (Object.keys(role.inlinePolicies).length > 0) {
      throw deleteConflict('Cannot delete entity, must delete policies first.')
    }
    ctx.store.table(roles).delete(keyOf(role.name))
    forgetPrincipal(ctx.store, role)
    return {}
  },
})
