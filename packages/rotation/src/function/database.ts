import type { DatabaseSecret, EngineFacts } from './database-secret.ts'

/** A user as the server knows it; MySQL's users are told apart by where they may come from. */
export interface Account {
  readonly name: string
  readonly host?: string
}

/** A user logged in. */
export interface Session {
  /** Who the server took the user for. */
  account(): Promise<Account>
  /** Gives the user itself a new password. */
  changeOwnPassword(password: string): Promise<void>
  /**
   * Makes a user who may do what another may, or brings it up to that, and gives it its password last: who can log
   * in with that password is complete.
   */
  putTwin(of: Account, name: string, password: string): Promise<void>
  close(): Promise<void>
}

/** A kind of database. */
export interface Database extends EngineFacts {
  /** The longest name of a user, in characters. */
  readonly maxUserName: number
  /** Undefined when the server refuses the user or the password. Throws when it cannot be reached. */
  logIn(secret: DatabaseSecret): Promise<Session | undefined>
}

/** How long a connection may take. */
export const connectMs = 5_000

/** Whether one can log in with a secret. */
export async function opens(database: Database, secret: DatabaseSecret): Promise<boolean> {
  const session = await database.logIn(secret)
  await session?.close()
  return session !== undefined
}

/** Works in a session and closes it. */
export async function during<T>(
  session: Session,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}

/** Connects by a secret's rule on TLS; `refused` tells that the server has judged the credentials. */
export async function connectByTls<T>(
  { tls }: DatabaseSecret,
  connect: (encryption: 'verified' | 'encrypted' | 'plain') => Promise<T>,
  refused: (error: unknown) => boolean,
): Promise<T | undefined> {
  const ways = { only: ['verified'], tried: ['encrypted', 'plain'], never: ['plain'] } as const
  let problem: unknown
  for (const way of ways[tls]) {
    try {
      return await connect(way)
    } catch (error) {
      problem = error
      if (refused(error)) return undefined
    }
  }
  throw problem
}
