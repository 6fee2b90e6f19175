import { during, opens, type Database } from './database.ts'
import { readDatabaseSecret, sameServer, secretObject } from './database-secret.ts'
import type { Rotation, RotationTarget, Versions } from './steps.ts'

/** The user changes its own password. Between setSecret and finishSecret the current version does not log in. */
export function singleUser(database: Database): RotationTarget {
  return {
    async next({ secrets }, current) {
      const value = secretObject(current)
      readDatabaseSecret(value, database)
      return JSON.stringify({ ...value, password: await secrets.randomPassword() })
    },
    set: (rotation, versions) => setPassword(database, rotation, versions),
    test: ({ secretId }, pending) => requireLogIn(database, secretId, pending),
  }
}

/** Throws unless one can log in with the pending version. */
export async function requireLogIn(
  database: Database,
  secretId: string,
  pending: string,
): Promise<void> {
  if (await opens(database, readDatabaseSecret(secretObject(pending), database))) return
  throw new Error(`Unable to log into database with pending secret of secret ARN ${secretId}`)
}

async function setPassword(
  database: Database,
  { secretId }: Rotation,
  versions: Versions,
): Promise<void> {
  const read = (text: string) => readDatabaseSecret(secretObject(text), database)
  const pending = read(versions.pending)
  const current = read(versions.current)
  requireSameUser('current', current, pending)
  if (await opens(database, pending)) return
  const previous = versions.previous === undefined ? [] : [read(versions.previous)]
  for (const before of previous) requireSameUser('previous valid', before, pending)
  for (const secret of [current, ...previous]) {
    const session = await database.logIn(secret)
    if (!session) continue
    await during(session, () => session.changeOwnPassword(pending.password))
    return
  }
  throw new Error(
    `Unable to log into database with previous, current, or pending secret of secret arn ${secretId}`,
  )
}

type Compared = ReturnType<typeof readDatabaseSecret>

/** A password is changed only where it was valid: a secret cannot be turned on another server or user. */
function requireSameUser(which: string, one: Compared, pending: Compared): void {
  if (one.username !== pending.username) {
    throw new Error(
      `Attempting to modify user ${pending.username} other than ${which} user ${one.username}`,
    )
  }
  if (!sameServer(one, pending)) {
    throw new Error(
      `Attempting to modify user for host ${pending.host}:${pending.port} other than ${which} host ${one.host}:${one.port}`,
    )
  }
}
