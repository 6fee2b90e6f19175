import { connect } from 'node:tls'
import { RDS, type CreateDBInstanceCommandInput, type DBInstance } from '@aws-sdk/client-rds'
import { freePort, type TestServer } from '@bartizan/testkit'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'

/** What a test logs in with. */
export interface Login {
  readonly user: string
  readonly password: string
  readonly database?: string
  /** Without TLS when false. */
  readonly tls?: boolean
}

/** What most tests' instances are made with; the master user is `chief`. */
export const plain = {
  DBInstanceClass: 'db.t3.micro',
  AllocatedStorage: 20,
  MasterUsername: 'chief',
  MasterUserPassword: 'Correct-horse1',
}

/** Makes an instance, on a port that no other test's gets while it is stopped, and waits until it is available. */
export async function newInstance(
  bartizan: TestServer,
  input: Partial<CreateDBInstanceCommandInput> & {
    readonly DBInstanceIdentifier: string
    readonly Engine: string
  },
): Promise<DBInstance> {
  await bartizan.client(RDS).createDBInstance({ ...plain, Port: await freePort(), ...input })
  return instanceOf(bartizan, input.DBInstanceIdentifier)
}

/** An instance once nothing is under way. */
export async function instanceOf(
  bartizan: TestServer,
  DBInstanceIdentifier: string,
): Promise<DBInstance> {
  await bartizan.settled()
  const { DBInstances } = await bartizan.client(RDS).describeDBInstances({ DBInstanceIdentifier })
  const [instance] = DBInstances ?? []
  if (!instance) throw new Error(`${DBInstanceIdentifier} is not there`)
  return instance
}

/** Where an instance or cluster is reached. */
export interface Reached {
  readonly Endpoint?: DBInstance['Endpoint']
}

/** The installation's certificate, from the page where clients fetch it. */
export async function bundle(bartizan: TestServer): Promise<string> {
  const response = await fetch(`${bartizan.endpoint}/global/global-bundle.pem`)
  return response.text()
}

/** Runs one statement as a user of a PostgreSQL server, with the certificate checked; its rows. */
export async function query(
  bartizan: TestServer,
  { Endpoint }: Reached,
  { tls = true, database = 'postgres', ...credentials }: Login,
  text: string,
): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({
    ...credentials,
    database,
    host: Endpoint?.Address,
    port: Endpoint?.Port,
    ssl: tls && { ca: await bundle(bartizan) },
  })
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>(text)
    return rows
  } finally {
    await client.end()
  }
}

/** Runs one statement as a user of a MariaDB server, with the certificate checked; its rows. */
export async function queryMariadb(
  bartizan: TestServer,
  { Endpoint }: Reached,
  { tls = true, ...credentials }: Login,
  text: string,
): Promise<readonly Record<string, unknown>[]> {
  const client = await createConnection({
    ...credentials,
    host: Endpoint?.Address ?? '',
    port: Endpoint?.Port ?? 0,
    ...(tls && { ssl: { ca: await bundle(bartizan) } }),
  })
  try {
    const [rows] = await client.query(text)
    return Array.isArray(rows) ? rows.map((row) => ({ ...row })) : []
  } finally {
    await client.end()
  }
}

/** Whether anything answers at an address. */
export function isListening({ Endpoint }: Reached): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: Endpoint?.Address ?? '', port: Endpoint?.Port ?? 0 })
    socket.once('error', (error) => resolve(!error.message.includes('ECONNREFUSED')))
    socket.once('secureConnect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
