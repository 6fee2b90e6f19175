import { mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock } from './clock.ts'
import { ids } from './ids.ts'
import { notePrincipal } from './identity/principal-ids.ts'
import { accessKeys, accounts, users, type AccessKeyRow, type UserRow } from './identity/tables.ts'
import type { Store } from './store/store.ts'
import { beginWork } from './unit-of-work.ts'

/** A new tenant's credentials, shown once. */
export interface TenantCredentials {
  readonly accountId: string
  readonly admin: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly root: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

/** Access keys that are given rather than generated. */
export type GivenKeys = Partial<Pick<TenantCredentials, 'admin' | 'root'>>

/** Credentials nobody has seen yet. */
export function newCredentials(accountId: string, given: GivenKeys = {}): TenantCredentials {
  const generated = () => ({ accessKeyId: ids.unique('AKIA', 16), secretAccessKey: ids.secret(30) })
  return { accountId, admin: given.admin ?? generated(), root: given.root ?? generated() }
}

/** Creates the installation's own account, at the first start and after a reset. */
export function createFirstTenant(
  store: Store,
  clock: Clock,
  credentials: TenantCredentials,
): Promise<void> {
  const email = `root@${credentials.accountId}.bartizan.internal`
  return createTenant(store, clock, { ...credentials, name: 'first', email })
}

/** Creates a tenant: account, root access key, and an `admin` user with AdministratorAccess. */
export async function createTenant(
  store: Store,
  clock: Clock,
  tenant: TenantCredentials & { readonly name: string; readonly email: string },
): Promise<void> {
  const { accountId, name, email } = tenant
  const work = beginWork(store, accountId, 'us-east-1')
  const createdAt = clock.now().toISOString()
  work.store.table(accounts).put(accountId, { id: accountId, name, email, createdAt })
  const keys = work.store.table(accessKeys)
  const base = { accountId, status: 'Active', createdAt } as const
  keys.put(tenant.root.accessKeyId, keyRow(base, tenant.root))
  keys.put(tenant.admin.accessKeyId, keyRow({ ...base, userName: 'admin' }, tenant.admin))
  const admin: UserRow = {
    name: 'admin',
    id: ids.unique('AIDA'),
    arn: `arn:aws:iam::${accountId}:user/admin`,
    path: '/',
    createdAt,
    inlinePolicies: {},
    attachedPolicies: ['arn:aws:iam::aws:policy/AdministratorAccess'],
    groups: [],
    tags: [],
    mfaSerials: [],
  }
  work.store.table(users).put('admin', admin)
  notePrincipal(work.store, admin)
  await store.commit({ ...(await work.batch()), audit: [] })
}

type KeyBase = Omit<AccessKeyRow, 'id' | 'secret'>

function keyRow(base: KeyBase, key: TenantCredentials['admin']): AccessKeyRow {
  return { ...base, id: key.accessKeyId, secret: key.secretAccessKey }
}

/** Gives `admin` an access key that the operator chose, if it has none by that id yet. */
export async function ensureAdminKey(
  store: Store,
  clock: Clock,
  accountId: string,
  key: TenantCredentials['admin'],
): Promise<void> {
  const work = beginWork(store, accountId, 'us-east-1')
  const keys = work.store.table(accessKeys)
  const existing = await keys.get(key.accessKeyId)
  if (existing && existing.accountId !== accountId) {
    throw new Error('the administrator access key id belongs to another account')
  }
  if (existing?.secret === key.secretAccessKey) return
  const createdAt = clock.now().toISOString()
  keys.put(
    key.accessKeyId,
    keyRow({ accountId, userName: 'admin', status: 'Active', createdAt }, key),
  )
  await store.commit({ ...(await work.batch()), audit: [] })
}

/** The long-term keys of root and admin as the store has them, to survive a reset. */
export async function currentKeys(store: Store, accountId: string): Promise<GivenKeys> {
  const of = async (userName: string) => {
    const query = { index: 'owner', equals: `${accountId}/${userName}`, limit: 1 }
    const [row] = await store.list(accessKeys, '-', query)
    return row && { accessKeyId: row.value.id, secretAccessKey: row.value.secret }
  }
  const [admin, root] = await Promise.all([of('admin'), of('')])
  return { ...(admin && { admin }), ...(root && { root }) }
}

/** Writes credentials as an AWS shared credentials file that only its owner may read. */
export async function writeCredentials(path: string, tenant: TenantCredentials): Promise<void> {
  const profile = (name: string, key: TenantCredentials['admin']): string =>
    `[${name}]\naws_access_key_id = ${key.accessKeyId}\naws_secret_access_key = ${key.secretAccessKey}\n`
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.new`
  const file = await open(temporary, 'w', 0o600)
  await file.chmod(0o600)
  await file.writeFile(
    `# Bartizan account ${tenant.accountId}\n${profile('default', tenant.admin)}\n${profile('root', tenant.root)}`,
  )
  await file.sync()
  await file.close()
  await rename(temporary, path)
}
