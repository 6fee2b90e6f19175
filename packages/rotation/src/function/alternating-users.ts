import { during, opens, type Database } from './database.ts'
import {
  readDatabaseSecret,
  sameServer,
  secretObject,
  type DatabaseSecret,
} from './database-secret.ts'
import type { Instances } from './instances.ts'
import type { SecretFacts } from './secrets.ts'
import { requireLogIn } from './single-user.ts'
import type { Rotation, RotationTarget, Versions } from './steps.ts'

const suffix = '_clone'

/**
 * Two users take turns: while one is in force the other gets a new password, by the superuser of `masterarn`. The
 * current version logs in at every moment.
 */
export function alternatingUsers(database: Database, instances: Instances): RotationTarget {
  return {
    async next({ secrets }, current) {
      const value = secretObject(current)
      const username = otherUser(database, readDatabaseSecret(value, database).username)
      return JSON.stringify({ ...value, username, password: await secrets.randomPassword() })
    },
    set: (rotation, versions) => setUser({ database, instances }, rotation, versions),
    test: ({ secretId }, pending) => requireLogIn(database, secretId, pending),
  }
}

/** The user whose turn it is after another. Throws where its name would be too long for the database. */
function otherUser({ maxUserName }: Database, name: string): string {
  if (name.endsWith(suffix)) return name.slice(0, -suffix.length)
  const other = name + suffix
  if (other.length <= maxUserName) return other
  throw new Error(
    `Unable to clone user, username length with ${suffix} appended would exceed ${maxUserName} characters`,
  )
}

interface Parts {
  readonly database: Database
  readonly instances: Instances
}

async function setUser(parts: Parts, rotation: Rotation, versions: Versions): Promise<void> {
  const { database } = parts
  const pending = readDatabaseSecret(secretObject(versions.pending), database)
  const current = readDatabaseSecret(secretObject(versions.current), database)
  if (otherUser(database, current.username) !== pending.username) {
    throw new Error(
      `Attempting to modify user ${pending.username} other than current user or clone ${current.username}`,
    )
  }
  if (!sameServer(current, pending)) {
    throw new Error(
      `Attempting to modify user for host ${pending.host}:${pending.port} other than current host ${current.host}:${current.port}`,
    )
  }
  if (await opens(database, pending)) return
  const session = await database.logIn(current)
  if (!session) {
    throw new Error(
      `Unable to log into database using current credentials for secret ${rotation.secretId}`,
    )
  }
  const account = await during(session, () => session.account())
  const master = await masterOf(parts, rotation, current)
  const asMaster = await database.logIn(master)
  if (!asMaster) {
    throw new Error(
      `Unable to log into database using credentials in master secret ${current.masterarn}`,
    )
  }
  await during(asMaster, () => asMaster.putTwin(account, pending.username, pending.password))
}

/** The superuser's secret; that it belongs to the same server is checked before its password goes anywhere. */
async function masterOf(
  { database, instances }: Parts,
  { secrets }: Rotation,
  user: DatabaseSecret,
): Promise<DatabaseSecret> {
  const { masterarn } = user
  if (masterarn === undefined) throw new Error('masterarn key is missing from secret JSON')
  const text = await secrets.value(masterarn, 'AWSCURRENT')
  if (text === undefined) throw new Error(`Secret ${masterarn} has no AWSCURRENT version`)
  const value = secretObject(text)
  const master =
    value['host'] === undefined
      ? await managedMaster(instances, user, { value, facts: await secrets.describe(masterarn) })
      : readDatabaseSecret(value, database)
  if (sameServer(user, master) || (await instances.isReplica(user, master))) return master
  throw new Error(
    `Current database host ${user.host}:${user.port} is not the same host as/rds replica of master ${master.host}:${master.port}`,
  )
}

/** What RDS keeps for its master user says nothing of the server: its tags name the instance. */
async function managedMaster(
  instances: Instances,
  { engine, tls }: DatabaseSecret,
  { value, facts }: { value: Readonly<Record<string, unknown>>; facts: SecretFacts },
): Promise<DatabaseSecret> {
  const address = await instances.ofSecret(facts)
  const { username, password } = value
  if (typeof username !== 'string' || typeof password !== 'string') {
    throw new Error('username or password key is missing from master secret JSON')
  }
  return { engine, tls, ...address, username, password }
}
