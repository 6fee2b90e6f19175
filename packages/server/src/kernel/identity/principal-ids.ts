import { replacePrincipals, type NamedPrincipal } from '@bartizan/policy'
import type { Context, Tables } from '../context.ts'
import { accounts, principals, roles, users, type RoleRow, type UserRow } from './tables.ts'

/** What resolving principals needs of a call's context. */
type Principals = Pick<Context, 'store'>

const principalForm =
  /^arn:[a-z-]+:(iam|sts)::(\d{12}):(?:(root)|(user|role|assumed-role|federated-user)\/(.+))$/
const serviceForm = /^(\*|[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal))$/
const idForm = /^(AIDA|AROA)[A-Z0-9]+(:.+)?$/
/** Text without which a stored policy names no unique id. */
const idStart = /"A(?:IDA|ROA)[A-Z0-9]/

/**
 * A resource or trust policy as it is to be stored: users and roles in Principal and NotPrincipal by
 * unique id, so that whoever gets their name later is not meant. `refuse` makes the service's error
 * for a principal that does not exist. The text must be a policy that compiles.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export async function storedPolicy(
  ctx: Principals,
  document: string,
  refuse: (principal: NamedPrincipal) => Error,
): Promise<string> {
  const named = new Map<string, NamedPrincipal>()
  replacePrincipals(document, (principal) => {
    named.set(`${principal.type} ${principal.value}`, principal)
    return principal.value
  })
  const ids = new Map<string, string>()
  for (const principal of named.values()) {
    const id = await storedPrincipal(ctx, principal)
    if (id === undefined) throw refuse(principal)
    ids.set(principal.value, id)
  }
  return replacePrincipals(document, ({ type, value }) =>
    type === 'AWS' ? (ids.get(value) ?? value) : value,
  )
}

/** A stored policy as it is shown: ids as ARNs for as long as the user or role exists. */
export async function shownPolicy(ctx: Principals, stored: string): Promise<string> {
  if (!idStart.test(stored)) return stored
  const ids = new Set<string>()
  replacePrincipals(stored, ({ value }) => {
    ids.add(value)
    return value
  })
  const arns = new Map<string, string>()
  for (const id of ids) arns.set(id, await shownPrincipal(ctx, id))
  return replacePrincipals(stored, ({ value }) => arns.get(value) ?? value)
}

async function storedPrincipal(
  ctx: Principals,
  { type, value }: NamedPrincipal,
): Promise<string | undefined> {
  if (type === 'Service') return serviceForm.test(value) ? value : undefined
  return type === 'AWS' ? keptPrincipal(ctx, value) : value
}

/**
 * What to store for a principal that a request names by ARN or unique id: the id of a user or role,
 * `AROA…:session` for a role session; whatever has no unique id (accounts, federated users, `*`) as
 * it is. undefined when no such principal exists; accounts outside this installation are believed.
 */
export async function keptPrincipal(
  ctx: Principals,
  principal: string,
): Promise<string | undefined> {
  const found = await resolve(ctx, principal)
  const { row } = found ?? {}
  if (row && !(await ctx.store.table(principals).get(row.id))) notePrincipal(ctx.store, row)
  return found?.kept
}

/** As `keptPrincipal`, for requests that look for what is stored. */
export async function principalIdOf(
  ctx: Principals,
  principal: string,
): Promise<string | undefined> {
  return (await resolve(ctx, principal))?.kept
}

/** A principal as it is kept, with the user or role whose unique id that has. */
interface Resolved {
  readonly kept: string
  readonly row?: UserRow | RoleRow
}

async function resolve(ctx: Principals, principal: string): Promise<Resolved | undefined> {
  const asItIs = { kept: principal }
  if (idForm.test(principal))
    return (await arnOf(ctx, principal)) === undefined ? undefined : asItIs
  if (/^(\d{12}|\*)$/.test(principal)) return asItIs
  const [, , account = '', root, kind = '', path = ''] = principalForm.exec(principal) ?? []
  if (root !== undefined || kind === 'federated-user') return asItIs
  if (kind === '') return undefined
  if (!(await ctx.store.table(accounts).get(account))) return asItIs
  if (kind === 'assumed-role') {
    const [roleName = '', session] = path.split('/')
    const role = await holderOf(ctx, { account, kind: 'role', name: roleName })
    if (role?.name !== roleName || !session) return undefined
    return { kept: `${role.id}:${session}`, row: role }
  }
  const row = await holderOf(ctx, { account, kind, name: lastPart(path) })
  return row?.arn === principal ? { kept: row.id, row } : undefined
}

/** A stored principal as it is shown: the ARN of a unique id while there is one, else what it is. */
export async function shownPrincipal(ctx: Principals, stored: string): Promise<string> {
  return (idForm.test(stored) && (await arnOf(ctx, stored))) || stored
}

/** The ARN of the user, role or role session with a unique id, while it exists. */
async function arnOf(ctx: Principals, id: string): Promise<string | undefined> {
  const [own, session] = id.split(':')
  const noted = (await ctx.store.table(principals).get(own ?? ''))?.arn ?? ''
  const [, , account = '', , kind = '', path = ''] = principalForm.exec(noted) ?? []
  const row = await holderOf(ctx, { account, kind, name: lastPart(path) })
  if (row?.id !== own) return undefined
  if (session === undefined) return row?.arn
  return `arn:aws:sts::${account}:assumed-role/${lastPart(path)}/${session}`
}

async function holderOf(
  ctx: Principals,
  { account, kind, name }: { account: string; kind: string; name: string },
): Promise<UserRow | RoleRow | undefined> {
  if (account === '') return undefined
  const tables = ctx.store.at({ account })
  const table = kind === 'user' ? tables.table(users) : tables.table(roles)
  return table.get(name.toLowerCase())
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** Writes a user's or role's unique id down, when it is made, renamed or moved. */
export function notePrincipal(tables: Tables, { id, arn }: UserRow | RoleRow): void {
  tables.table(principals).put(id, { arn })
}

/** Forgets the unique id of a user or role that is deleted. */
export function forgetPrincipal(tables: Tables, { id }: UserRow | RoleRow): void {
  tables.table(principals).delete(id)
}
