import type { Launcher } from '../processes/launcher.ts'
import type { Account, Command } from '../processes/launcher.ts'

/** The programs of an engine, as found on this machine. */
export interface Installation {
  /** `15.18`, `10.11.19`. */
  readonly version: string
  /** The folder of its programs. */
  readonly programs: string
  /** Shared libraries that the programs do not find by themselves. */
  readonly libraries?: Libraries
}

/** Where libraries are, and by which further names they are looked for. */
export interface Libraries {
  readonly folder: string
  readonly names: readonly { readonly name: string; readonly file: string }[]
}

/** What a database server listens with. */
export interface Configuration {
  readonly port: number
  /** The address to listen on. */
  readonly host: string
  /** PEM. */
  readonly certificate: string
  readonly privateKey: string
  readonly authority: string
  /** Engine parameters by name, `rds.…` ones among them. */
  readonly parameters: Readonly<Record<string, string>>
}

/** The users that a new database server has. */
export interface FirstUsers {
  /** The password of `rdsadmin`, by which Bartizan administers the server. */
  readonly adminPassword: string
  readonly masterUsername: string
  /** What the engine stores of the master user's password: see `EngineDriver.verifierOf`. */
  readonly masterVerifier: string
  /** A database to be made, owned by the master user. */
  readonly databaseName: string | undefined
}

/** Where a database lives and how its programs are run. */
export interface Site {
  readonly folder: string
  readonly installation: Installation
  readonly launcher: Launcher
  readonly account: Account
}

/** A running server, and how to speak to it as its administrator. */
export interface Contact {
  readonly host: string
  readonly port: number
  /** `rdsadmin` in a server of Bartizan's own. */
  readonly administrator: string
  readonly adminPassword: string
  /** Its authority's certificate (PEM), else the authorities that Node.js trusts; false: in the clear. */
  readonly tls: { readonly ca?: string } | false
  /** The database to log in to, where the engine wants one. */
  readonly database: string
}

/** What a server that runs elsewhere says of itself. */
export interface Introduction {
  /** The engine's own version. */
  readonly version: string
  /** Whether it is the engine that the driver is for, or one that speaks like it. */
  readonly isMariadb: boolean
  /** Whether the user is there and may log in. */
  readonly hasUser: boolean
}

/** Parameters with new values; undefined has the engine's own default again. */
export type Changed = Readonly<Record<string, string | undefined>>

/** Something that an engine can be told, from the engine itself. */
export interface ParameterFacts {
  readonly name: string
  readonly description: string
  readonly dataType: 'boolean' | 'integer' | 'float' | 'string' | 'list'
  readonly allowed: string | undefined
  readonly isStatic: boolean
  readonly isModifiable: boolean
  readonly fallback: string | undefined
}

/** What an engine's own programs write of a server's databases, as statements, and read again. */
export interface Dumps {
  /** Whether the programs are installed. */
  isAvailable(): boolean
  /** Writes what a server holds to a folder. */
  write(contact: Contact, target: string): Promise<void>
  /** Puts what is in such a folder into a new server; again after an interruption. */
  load(contact: Contact, source: string, masterUsername: string): Promise<void>
}

/** What Bartizan does with a database server of a kind: everything that differs between engines. */
export interface EngineDriver {
  readonly id: 'postgres' | 'mariadb'
  readonly defaultPort: number
  /** The signal that has the server write everything down and end. */
  readonly stopSignal: 'SIGINT' | 'SIGTERM'
  /** The installations of this machine, the newest first. */
  find(linkFolder: string): Promise<readonly Installation[]>
  /** What the engine itself stores of a password, so that a clear one is never handed over. */
  verifierOf(password: string): string
  /** Makes an empty database server; begun again when it was interrupted. */
  initialise(site: Site, users: FirstUsers): Promise<void>
  /** Writes the files that the server reads when it starts. */
  configure(site: Site, configuration: Configuration): void
  serverCommand(site: Site): Command
  /** Resolves when the server answers. Rejects while it does not. */
  greet(contact: Contact): Promise<void>
  /** Has a running server take parameters over that need no restart; the names of those that it refuses. */
  reload(contact: Contact, changed: Changed): Promise<readonly string[]>
  /** Changes a user's password by its verifier. */
  setPassword(contact: Contact, username: string, verifier: string): Promise<void>
  /** Asks a server that runs elsewhere who it is and whether it knows a user. */
  introduce(contact: Contact, username: string): Promise<Introduction>
  /** Logs in as a user. Rejects when the password is wrong. */
  logIn(contact: Contact, username: string, password: string): Promise<void>
  /** Copies everything from a running server to a folder; absent where only a stopped one can be copied. */
  dump?(site: Site, contact: Contact, target: string): Promise<void>
  /** Makes a new server from such a folder, or from one that has the files of a stopped server in `data`. */
  restore(site: Site, source: string): Promise<void>
  readonly dumps: Dumps
  /** The parameters of a version. */
  parameters(installation: Installation, linkFolder: string): Promise<readonly ParameterFacts[]>
}

/** An engine that could not do what it was asked to; the message says what it complained of. */
export class EngineError extends Error {}
