import {
  CreateServiceLinkedRole$,
  DeleteServiceLinkedRole$,
  GetServiceLinkedRoleDeletionStatus$,
  type CreateServiceLinkedRoleRequest,
  type CreateServiceLinkedRoleResponse,
  type DeleteServiceLinkedRoleRequest,
  type DeleteServiceLinkedRoleResponse,
  type GetServiceLinkedRoleDeletionStatusRequest,
  type GetServiceLinkedRoleDeletionStatusResponse,
} from '@aws-sdk/client-iam'
import type { Context } from '../../kernel/context.ts'
import { awsManagedPolicies } from '../../kernel/identity/managed-policies/index.ts'
import { forgetPrincipal, notePrincipal } from '../../kernel/identity/principal-ids.ts'
import { roles, type RoleRow } from '../../kernel/identity/tables.ts'
import { operation } from '../../kernel/service.ts'
import {
  accessTo,
  arnOf,
  existingRole,
  keyOf,
  roleKind,
  seekRole,
  type Sought,
} from './entities.ts'
import { invalidInput, noSuchEntity } from './errors.ts'
import { roleOut } from './shapes.ts'
import { serviceLinkedNames, servicesWithSuffixes } from './service-linked-names.ts'
import { roleDeletions } from './tables.ts'

/** The role that a service uses on the account's behalf. */
export const CreateServiceLinkedRole = operation<
  CreateServiceLinkedRoleRequest,
  CreateServiceLinkedRoleResponse
>(CreateServiceLinkedRole$, {
  access: (input, ctx) => ({
    resource: arnOf(ctx, 'role', pathOf(input.AWSServiceName ?? ''), nameOf(input)),
    conditions: { 'iam:awsservicename': input.AWSServiceName },
  }),
  async handle(input, ctx) {
    const service = input.AWSServiceName ?? ''
    if (!/^[a-z0-9.-]+\.amazonaws\.com$/.test(service)) {
      throw invalidInput(`Service ${service} is not a valid service principal.`)
    }
    const takesNoSuffix = service in serviceLinkedNames && !servicesWithSuffixes.has(service)
    if (takesNoSuffix && input.CustomSuffix !== undefined) {
      throw invalidInput(`Custom suffix is not allowed for ${service}`)
    }
    const name = nameOf(input)
    const view = ctx.store.table(roles)
    if (await view.get(keyOf(name))) {
      throw invalidInput(
        `Service role name ${name} has been taken in this account, please try a different suffix.`,
      )
    }
    const role = linkedRole({ service, name, description: input.Description }, ctx)
    view.put(keyOf(name), role)
    notePrincipal(ctx.store, role)
    return { Role: await roleOut(role, ctx) }
  },
})

/** Deletes a service-linked role; the work is done when the call returns. */
export const DeleteServiceLinkedRole = operation<
  DeleteServiceLinkedRoleRequest,
  DeleteServiceLinkedRoleResponse,
  Sought<RoleRow>
>(DeleteServiceLinkedRole$, {
  resolve: seekRole,
  access: (_input, ctx, sought) =>
    accessTo(roleKind, ctx, sought, { 'iam:awsservicename': sought.row?.linkedService }),
  handle(_input, ctx, sought) {
    const role = existingRole(sought)
    if (role.linkedService === undefined) {
      throw noSuchEntity(`The service linked role with name ${role.name} cannot be found.`)
    }
    const taskId = `task${role.path}${role.name}/${ctx.ids.uuid()}`
    ctx.store.table(roles).delete(keyOf(role.name))
    forgetPrincipal(ctx.store, role)
    const finishedAt = ctx.now.toISOString()
    ctx.store.table(roleDeletions).put(taskId, { taskId, roleArn: role.arn, finishedAt })
    return { DeletionTaskId: taskId }
  },
})

/** How the deletion of a service-linked role went. */
export const GetServiceLinkedRoleDeletionStatus = operation<
  GetServiceLinkedRoleDeletionStatusRequest,
  GetServiceLinkedRoleDeletionStatusResponse
>(GetServiceLinkedRoleDeletionStatus$, {
  access: (input, ctx) => ({ resource: roleOfTask(input.DeletionTaskId ?? '', ctx) }),
  async handle(input, ctx) {
    const task = input.DeletionTaskId ?? ''
    if (await ctx.store.table(roleDeletions).get(task)) return { Status: 'SUCCEEDED' }
    throw noSuchEntity(`The deletion task with id ${task} cannot be found.`)
  },
})

function nameOf(input: CreateServiceLinkedRoleRequest): string {
  const service = input.AWSServiceName ?? ''
  const suffix = input.CustomSuffix === undefined ? '' : `_${input.CustomSuffix}`
  return `AWSServiceRoleFor${serviceLinkedNames[service] ?? titleOf(service)}${suffix}`
}

/** A service that the table lacks gets a name made from its principal. */
function titleOf(service: string): string {
  return service
    .replace(/\.amazonaws\.com$/, '')
    .split(/[.-]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
}

const pathOf = (service: string): string => `/aws-service-role/${service}/`

function roleOfTask(task: string, ctx: Context): string {
  return `arn:aws:iam::${ctx.account}:role/${task.split('/').slice(1, -1).join('/')}`
}

function linkedRole(
  {
    service,
    name,
    description,
  }: { service: string; name: string; description?: string | undefined },
  ctx: Context,
): RoleRow {
  const path = pathOf(service)
  return {
    name,
    id: ctx.ids.unique('AROA'),
    arn: arnOf(ctx, 'role', path, name),
    path,
    createdAt: ctx.now.toISOString(),
    trustPolicy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { Service: [service] }, Action: ['sts:AssumeRole'] },
      ],
    }),
    maxSessionSeconds: 3600,
    inlinePolicies: {},
    attachedPolicies: servicePolicies(name),
    tags: [],
    linkedService: service,
    ...(description !== undefined && { description }),
  }
}

/** AWS's managed policy for the role, where one of the usual names exists. */
function servicePolicies(roleName: string): string[] {
  const stem = roleName.replace(/_.*$/, '').replace(/^AWSServiceRoleFor/, '')
  const usual = new Set([
    `${stem}ServiceRolePolicy`,
    `AWS${stem}ServiceRolePolicy`,
    `Amazon${stem}ServiceRolePolicy`,
    `AWSServiceRoleFor${stem}Policy`,
    `AWSServiceRoleFor${stem}`,
  ])
  return awsManagedPolicies()
    .filter(({ path, name }) => path === '/aws-service-role/' && usual.has(name))
    .map(({ arn }) => arn)
    .slice(0, 1)
}
