import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { RDS } from '@aws-sdk/client-rds'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import {
  freePort,
  startMariadb,
  startPostgres,
  startTestServer,
  type TestMariadb,
  type TestPostgres,
  type TestServer,
} from '@bartizan/testkit'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import { instanceOf, newInstance, plain, query, queryMariadb } from './servers.fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'bartizan-endpoints-'))
const list = join(folder, 'endpoints.yaml')

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text, { mode: 0o600 })
  return name
}

interface Listed {
  readonly identifier: string
  readonly engine: string
  readonly port: number
  readonly [more: string]: unknown
}

function offer(...endpoints: readonly Listed[]): void {
  const alike = { host: '127.0.0.1', masterUsername: 'chief', tls: false }
  write(
    'endpoints.yaml',
    JSON.stringify({ endpoints: endpoints.map((each) => ({ ...alike, ...each })) }),
  )
}

async function asPostgres(url: string, ...texts: readonly string[]): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    let rows: unknown[] = []
    for (const text of texts) rows = (await client.query<Record<string, unknown>>(text)).rows
    return rows
  } finally {
    await client.end()
  }
}

describe('a registered PostgreSQL', () => {
  let bartizan: TestServer
  let postgres: TestPostgres
  let rds: RDS
  const DBInstanceIdentifier = 'elsewhere'
  const asked = { ...plain, DBInstanceIdentifier, Engine: 'postgres' }
  before(async () => {
    postgres = await startPostgres()
    await asPostgres(
      postgres.url,
      "CREATE ROLE dba SUPERUSER LOGIN PASSWORD 'of-the-operator'",
      'CREATE ROLE chief LOGIN',
      'CREATE TABLE kept AS SELECT 42 AS id',
      'GRANT SELECT ON kept TO chief',
    )
    const administratorPasswordFile = write('dba', 'of-the-operator\n')
    const port = Number(new URL(postgres.url).port)
    const administrator = 'dba'
    offer({
      identifier: DBInstanceIdentifier,
      engine: 'postgres',
      port,
      administrator,
      administratorPasswordFile,
    })
    bartizan = await startTestServer({ BARTIZAN_RDS_ENDPOINTS_FILE: list })
    rds = bartizan.client(RDS)
  })
  after(async () => {
    await bartizan.close()
    await postgres.stop()
  })

  /** What the server keeps of the master user's password. */
  async function kept(): Promise<string> {
    const [row] = await asPostgres(
      postgres.url,
      "SELECT rolpassword FROM pg_authid WHERE rolname = 'chief'",
    )
    return String((row as { rolpassword: unknown }).rolpassword)
  }

  test('is registered by its identifier, and its master user has the password then', async () => {
    const instance = await newInstance(bartizan, { ...asked, Port: undefined })
    assert.equal(instance.DBInstanceStatus, 'available')
    assert.deepEqual(instance.Endpoint, {
      Address: '127.0.0.1',
      Port: Number(new URL(postgres.url).port),
    })
    assert.match(instance.EngineVersion ?? '', /^\d+\.\d+$/)
    assert.equal(instance.CACertificateIdentifier, undefined)
    assert.match(await kept(), /^SCRAM-SHA-256\$/)
  })

  test('takes another password, and has it managed and rotated by Secrets Manager', async () => {
    const first = await kept()
    await rds.modifyDBInstance({ DBInstanceIdentifier, MasterUserPassword: 'Another-horse2' })
    const renewed = await instanceOf(bartizan, DBInstanceIdentifier)
    assert.equal(renewed.DBInstanceStatus, 'available')
    const second = await kept()
    assert.notEqual(second, first)
    await rds.modifyDBInstance({ DBInstanceIdentifier, ManageMasterUserPassword: true })
    const managed = await instanceOf(bartizan, DBInstanceIdentifier)
    const third = await kept()
    assert.notEqual(third, second)
    const SecretId = managed.MasterUserSecret?.SecretArn
    const secrets = bartizan.client(SecretsManager)
    const before = await secrets.getSecretValue({ SecretId })
    await bartizan.advance('8d')
    await bartizan.settled()
    const rotated = await secrets.getSecretValue({ SecretId })
    assert.notEqual(rotated.SecretString, before.SecretString)
    assert.notEqual(await kept(), third)
  })

  test('is neither stopped nor restarted, nor told what its own operator decides', async () => {
    const wrong = { name: 'InvalidDBInstanceStateFault' }
    await assert.rejects(rds.stopDBInstance({ DBInstanceIdentifier }), wrong)
    await assert.rejects(rds.rebootDBInstance({ DBInstanceIdentifier }), wrong)
    await assert.rejects(
      rds.modifyDBInstance({ DBInstanceIdentifier, DBParameterGroupName: 'x' }),
      /its own operator decides it/,
    )
  })

  test('is dumped into a snapshot, from which a server of its own is made', async () => {
    const DBSnapshotIdentifier = 'of-elsewhere'
    await rds.createDBSnapshot({ DBInstanceIdentifier, DBSnapshotIdentifier })
    await bartizan.settled()
    const { DBSnapshots } = await rds.describeDBSnapshots({ DBSnapshotIdentifier })
    assert.equal(DBSnapshots?.[0]?.Status, 'available')
    const restored = { DBInstanceIdentifier: 'here', DBSnapshotIdentifier, Port: await freePort() }
    await rds.restoreDBInstanceFromDBSnapshot(restored)
    assert.equal((await instanceOf(bartizan, 'here')).DBInstanceStatus, 'available')
    const MasterUserPassword = 'Another-horse4'
    await rds.modifyDBInstance({ DBInstanceIdentifier: 'here', MasterUserPassword })
    const here = await instanceOf(bartizan, 'here')
    const chief = { user: 'chief', password: MasterUserPassword }
    assert.deepEqual(await query(bartizan, here, chief, 'SELECT id FROM kept'), [{ id: 42 }])
    await query(bartizan, here, chief, 'DROP TABLE kept')
  })

  test('is left alone when the instance is deleted, with everything in it', async () => {
    await rds.deleteDBInstance({ DBInstanceIdentifier, SkipFinalSnapshot: true })
    await bartizan.settled()
    await assert.rejects(rds.describeDBInstances({ DBInstanceIdentifier }), /not found/)
    assert.deepEqual(await asPostgres(postgres.url, 'SELECT id FROM kept'), [{ id: 42 }])
    assert.match(await kept(), /^SCRAM-SHA-256\$/)
  })

  test('is only for the account that the operator names, and only as the operator says', async () => {
    const other = await bartizan.createAccount()
    const theirs = bartizan.client(RDS, { credentials: other.credentials })
    const { DBInstance } = await theirs.createDBInstance(asked)
    assert.equal(DBInstance?.Endpoint, undefined)
    await bartizan.settled()
    await theirs.deleteDBInstance({ DBInstanceIdentifier, SkipFinalSnapshot: true })
    const dba = { ...asked, MasterUsername: 'dba' }
    await assert.rejects(rds.createDBInstance(dba), /MasterUsername of .* is chief/)
    await assert.rejects(rds.createDBInstance({ ...asked, Engine: 'mariadb' }), /Engine of/)
  })

  test('shows that it cannot be reached, and is well again once it can', async () => {
    write('dba', 'a wrong one')
    await asPostgres(postgres.url, 'SELECT 1')
    offer({
      identifier: DBInstanceIdentifier,
      engine: 'postgres',
      port: 1,
      administrator: 'dba',
      administratorPasswordFile: 'dba',
    })
    const instance = await newInstance(bartizan, { ...asked, Port: undefined })
    assert.equal(instance.DBInstanceStatus, 'incompatible-network')
    offer()
    await rds.modifyDBInstance({ DBInstanceIdentifier, MasterUserPassword: 'Another-horse3' })
    const { DBInstanceStatus } = await instanceOf(bartizan, DBInstanceIdentifier)
    assert.equal(DBInstanceStatus, 'failed')
  })
})

describe('a registered MariaDB', () => {
  let bartizan: TestServer
  let mariadb: TestMariadb
  before(async () => {
    mariadb = await startMariadb()
    const administratorPasswordFile = write('admin', mariadb.adminPassword)
    const { port } = mariadb
    const alike = { port, administrator: 'admin', administratorPasswordFile }
    offer({ identifier: 'shop', engine: 'mariadb', ...alike })
    bartizan = await startTestServer({ BARTIZAN_RDS_ENDPOINTS_FILE: list })
  })
  after(async () => {
    await bartizan.close()
    await mariadb.stop()
  })

  async function asUser(user: string, password: string, text: string): Promise<unknown> {
    const connection = await createConnection({
      host: '127.0.0.1',
      port: mariadb.port,
      user,
      password,
    })
    try {
      return (await connection.query(text))[0]
    } finally {
      await connection.end()
    }
  }

  test('has a managed master password from the start, which is rotated on demand', async () => {
    await asUser('admin', mariadb.adminPassword, "CREATE USER chief IDENTIFIED BY 'old'")
    const rds = bartizan.client(RDS)
    const { MasterUserPassword: _none, ...rest } = plain
    const asked = { DBInstanceIdentifier: 'shop', Engine: 'mariadb' }
    await rds.createDBInstance({ ...rest, ...asked, ManageMasterUserPassword: true })
    const instance = await instanceOf(bartizan, 'shop')
    assert.equal(instance.DBInstanceStatus, 'available')
    await assert.rejects(asUser('chief', 'old', 'SELECT 1'), /Access denied/)
    const secrets = bartizan.client(SecretsManager)
    const SecretId = instance.MasterUserSecret?.SecretArn
    const password = async (): Promise<string> => {
      const { SecretString = '' } = await secrets.getSecretValue({ SecretId })
      return (JSON.parse(SecretString) as { password: string }).password
    }
    const first = await password()
    await asUser('chief', first, 'SELECT 1')
    await secrets.rotateSecret({ SecretId })
    await bartizan.settled()
    await assert.rejects(asUser('chief', first, 'SELECT 1'), /Access denied/)
    await asUser('chief', await password(), 'SELECT 1')
  })

  test('is dumped into a snapshot, from which a server of its own is made', async () => {
    await asUser('admin', mariadb.adminPassword, 'CREATE DATABASE goods')
    const table = "CREATE TABLE goods.kept AS SELECT 42 AS id, 'Überraschung' AS name"
    await asUser('admin', mariadb.adminPassword, table)
    const rds = bartizan.client(RDS)
    const DBSnapshotIdentifier = 'of-the-shop'
    await rds.createDBSnapshot({ DBInstanceIdentifier: 'shop', DBSnapshotIdentifier })
    await bartizan.settled()
    const here = { DBInstanceIdentifier: 'shop-here' }
    await rds.restoreDBInstanceFromDBSnapshot({
      ...here,
      DBSnapshotIdentifier,
      Port: await freePort(),
    })
    await bartizan.settled()
    const MasterUserPassword = 'Another-horse5'
    await rds.modifyDBInstance({ ...here, MasterUserPassword })
    const instance = await instanceOf(bartizan, 'shop-here')
    const chief = { user: 'chief', password: MasterUserPassword, database: 'goods' }
    assert.deepEqual(await queryMariadb(bartizan, instance, chief, 'SELECT * FROM kept'), [
      { id: 42, name: 'Überraschung' },
    ])
  })
})

describe('a registered server that shows a certificate', () => {
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('is spoken to over TLS, with its certificate checked', async () => {
    const theirs = await startTestServer()
    const bartizan = await startTestServer({ BARTIZAN_RDS_ENDPOINTS_FILE: list })
    try {
      // pg_dump dumps no server that is newer than itself: the oldest one is the system's own.
      const Engine = 'postgres'
      const { DBEngineVersions = [] } = await theirs
        .client(RDS)
        .describeDBEngineVersions({ Engine })
      const EngineVersion = DBEngineVersions.map((each) => each.EngineVersion ?? '')
        .toSorted((a, b) => a.localeCompare(b, undefined, { numeric: true }))
        .at(0)
      const { Endpoint } = await newInstance(theirs, {
        DBInstanceIdentifier: 'theirs',
        Engine,
        EngineVersion,
      })
      const chief = { user: 'chief', password: plain.MasterUserPassword }
      await query(theirs, { Endpoint }, chief, "CREATE ROLE app LOGIN PASSWORD 'App-pass1'")
      const page = await fetch(`${theirs.endpoint}/global/global-bundle.pem`)
      const entry = {
        identifier: 'ours',
        engine: 'postgres',
        port: Endpoint?.Port ?? 0,
        administrator: 'chief',
        administratorPasswordFile: write('chief', plain.MasterUserPassword),
        masterUsername: 'app',
        tls: true,
      }
      offer(entry)
      const asked = { DBInstanceIdentifier: 'ours', Engine: 'postgres', MasterUsername: 'app' }
      const untrusted = await newInstance(bartizan, { ...asked, Port: undefined })
      assert.equal(untrusted.DBInstanceStatus, 'incompatible-network')
      offer({ ...entry, caFile: write('ca.pem', await page.text()) })
      const MasterUserPassword = 'New-app-pass2'
      const rds = bartizan.client(RDS)
      await rds.modifyDBInstance({ DBInstanceIdentifier: 'ours', MasterUserPassword })
      assert.equal((await instanceOf(bartizan, 'ours')).DBInstanceStatus, 'available')
      await query(theirs, { Endpoint }, { user: 'app', password: MasterUserPassword }, 'SELECT 1')
      const DBSnapshotIdentifier = 'over-tls'
      await rds.createDBSnapshot({ DBInstanceIdentifier: 'ours', DBSnapshotIdentifier })
      await bartizan.settled()
      const { DBSnapshots } = await rds.describeDBSnapshots({ DBSnapshotIdentifier })
      assert.equal(DBSnapshots?.[0]?.Status, 'available')
    } finally {
      await bartizan.close()
      await theirs.close()
    }
  })
})
