import type { Context, Tables } from '../../kernel/context.ts'
import { notePrincipal } from '../../kernel/identity/principal-ids.ts'
import { roles, type RoleRow } from '../../kernel/identity/tables.ts'
import type { Access } from '../../kernel/service.ts'

const service = 'organizations.amazonaws.com'
const name = 'AWSServiceRoleForOrganizations'
const path = `/aws-service-role/${service}/`
const key = name.toLowerCase()

const arnIn = (account: string): string => `arn:aws:iam::${account}:role${path}${name}`

/** What a caller needs whose call has the service make its role in the caller's account. */
export function serviceLinkedRoleAccess(account: string): Access {
  return {
    action: 'iam:CreateServiceLinkedRole',
    resource: arnIn(account),
    conditions: { 'iam:awsservicename': service },
  }
}

/**
 * Makes the role that Organizations has in every account of an organization, unless it is there
 * (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_integrate_services.html).
 */
export async function ensureServiceLinkedRole(ctx: Context, account: string): Promise<void> {
  const tables = ctx.store.at({ account })
  if (await tables.table(roles).get(key)) return
  write(tables, {
    name,
    id: ctx.ids.unique('AROA'),
    arn: arnIn(account),
    path,
    createdAt: ctx.now.toISOString(),
    description:
      'Service-linked role used by AWS Organizations to enable integration of other AWS services with Organizations.',
    trustPolicy: trusting({ Service: service }),
    maxSessionSeconds: 3600,
    inlinePolicies: {},
    attachedPolicies: [
      'arn:aws:iam::aws:policy/aws-service-role/AWSOrganizationsServiceTrustPolicy',
    ],
    tags: [],
    linkedService: service,
  })
}

/** Makes the role by which the management account administers an account that it created. */
export function createAccessRole(
  ctx: Context,
  { account, roleName }: { readonly account: string; readonly roleName: string },
): void {
  write(ctx.store.at({ account }), {
    name: roleName,
    id: ctx.ids.unique('AROA'),
    arn: `arn:aws:iam::${account}:role/${roleName}`,
    path: '/',
    createdAt: ctx.now.toISOString(),
    trustPolicy: trusting({ AWS: `arn:aws:iam::${ctx.account}:root` }),
    maxSessionSeconds: 3600,
    inlinePolicies: {},
    attachedPolicies: ['arn:aws:iam::aws:policy/AdministratorAccess'],
    tags: [],
  })
}

function write(tables: Tables, role: RoleRow): void {
  tables.table(roles).put(role.name.toLowerCase(), role)
  notePrincipal(tables, role)
}

function trusting(principal: object): string {
  const statement = { Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
}
