import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createConnection, type Connection } from 'mysql2/promise'
import { findMariadb, startMariadb, type TestMariadb } from '@bartizan/testkit'
import { alternatingUsers } from './alternating-users.ts'
import { opens } from './database.ts'
import { readDatabaseSecret } from './database-secret.ts'
import { MemorySecrets, runSteps, stepNames } from './memory-secrets.fixture.ts'
import { mariadb } from './mysql.ts'
import { singleUser } from './single-user.ts'

const noInstances = {
  ofSecret: () => Promise.reject(new Error('no RDS here')),
  isReplica: () => Promise.resolve(false),
}
const oddPassword = `a'b"c\\d$$;--%\`e f`
const skip = findMariadb() === undefined && 'no MariaDB server is installed'

describe('rotation of MariaDB users', { skip }, () => {
  let server: TestMariadb
  let root: Connection
  const secrets = new MemorySecrets()

  before(async () => {
    server = await startMariadb()
    root = await createConnection({
      host: '127.0.0.1',
      port: server.port,
      user: 'admin',
      password: server.adminPassword,
    })
    await root.query('CREATE DATABASE `go TO it`')
    await root.query('CREATE TABLE `go TO it`.things (id int, hidden int)')
    await root.query('CREATE ROLE reader')
    await root.query('GRANT SELECT ON mysql.time_zone TO reader')
    // A mode under which a backslash is no escape: quoting must not depend on it.
    await root.query(`SET GLOBAL sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES'`)
    secrets.create('master', secretOf('admin', server.adminPassword))
  })

  after(async () => {
    await root.end()
    await server.stop()
  })

  const secretOf = (username: string, password: string) => ({
    engine: 'mariadb',
    host: '127.0.0.1',
    port: server.port,
    username,
    password,
    masterarn: 'master',
  })

  async function newUser(name: string, password: string): Promise<void> {
    const account = `${root.escape(name)}@'127.0.0.%'`
    const hash = await root.query(`SELECT PASSWORD(?) AS hash`, [password])
    const text = (hash[0] as { hash: string }[])[0]?.hash
    await root.query(`CREATE USER ${account} IDENTIFIED BY PASSWORD '${text}'`)
    await root.query(
      `GRANT SELECT (id), INSERT ON \`go TO it\`.things TO ${account} WITH GRANT OPTION`,
    )
    await root.query(`GRANT reader TO ${account}`)
    await root.query(`SET DEFAULT ROLE reader FOR ${account}`)
    secrets.create(name, secretOf(name, password))
  }

  const logsIn = (value: object) => opens(mariadb, readDatabaseSecret({ ...value }, mariadb))

  async function grantsOf(name: string): Promise<string[]> {
    const [rows] = await root.query(`SHOW GRANTS FOR ${root.escape(name)}@'127.0.0.%'`)
    return (rows as object[])
      .map((row) => String(Object.values(row)[0]))
      .map((line) => line.replaceAll(name, 'user').replace(/ IDENTIFIED BY PASSWORD '\S+'/, ''))
      .sort()
  }

  test('a single user gets a new password, and the old one is refused', async () => {
    const name = `we"ird'`
    await newUser(name, oddPassword)
    for (const token of ['second', 'third']) {
      const old = secrets.object(name)
      secrets.begin(name, token)
      secrets.nextPassword = () => oddPassword + token
      await runSteps(singleUser(mariadb), secrets, { secretId: name, token })
      assert.deepEqual([await logsIn(secrets.object(name)), await logsIn(old)], [true, false])
    }
  })

  test('two users take turns and have the same grants; no version stops to log in before its successor does', async () => {
    await newUser('app', 'first-password')
    const target = alternatingUsers(mariadb, noInstances)
    secrets.nextPassword = new MemorySecrets().nextPassword
    const names: (string | undefined)[] = []
    for (const token of ['second', 'third', 'fourth']) {
      secrets.begin('app', token)
      for (const step of stepNames) {
        await runSteps(target, secrets, { secretId: 'app', token }, [step])
        assert.ok(await logsIn(secrets.object('app')), step)
      }
      names.push(secrets.object('app')['username'])
      assert.deepEqual(await grantsOf('app_clone'), await grantsOf('app'))
    }
    assert.deepEqual(names, ['app_clone', 'app', 'app_clone'])
    assert.equal((await grantsOf('app')).length, 4)
  })

  test('setSecret recovers from being killed at any point, also between the making of the user and its grants', async () => {
    await newUser('killed', 'first-password')
    const rotated = { secretId: 'killed', token: 'second' }
    secrets.begin('killed', 'second')
    await root.query(`CREATE USER killed_clone@'127.0.0.%' IDENTIFIED BY 'unknown'`)
    const target = alternatingUsers(mariadb, noInstances)
    await runSteps(target, secrets, rotated, ['createSecret', 'setSecret', 'setSecret'])
    await runSteps(target, secrets, rotated, ['testSecret', 'finishSecret'])
    assert.ok(await logsIn(secrets.object('killed')))
    assert.deepEqual(await grantsOf('killed_clone'), await grantsOf('killed'))
  })

  test('what TLS an account demands is demanded of its twin', async () => {
    await newUser('secure', 'first-password')
    await root.query(`ALTER USER secure@'127.0.0.%' REQUIRE SSL`)
    secrets.begin('secure', 'second')
    const rotated = { secretId: 'secure', token: 'second' }
    // This server has no TLS, so the current user cannot log in: nothing is changed.
    await assert.rejects(runSteps(alternatingUsers(mariadb, noInstances), secrets, rotated), {
      message: 'Unable to log into database using current credentials for secret secure',
    })
    const session = await mariadb.logIn(
      readDatabaseSecret(secretOf('admin', server.adminPassword), mariadb),
    )
    await session?.putTwin({ name: 'secure', host: '127.0.0.%' }, 'secure_clone', 'x')
    await session?.close()
    const [rows] = await root.query(`SELECT ssl_type FROM mysql.user WHERE User = 'secure_clone'`)
    assert.deepEqual(rows, [{ ssl_type: 'ANY' }])
  })

  test('a server that cannot be reached or lacks TLS that a secret demands is an error, not a refusal', async () => {
    const secret = secretOf('admin', server.adminPassword)
    await assert.rejects(logsIn({ ...secret, port: 1 }), /ECONNREFUSED/)
    await assert.rejects(logsIn({ ...secret, ssl: true }), /does not support secure connection/)
    assert.ok(await logsIn({ ...secret, ssl: false }))
    await assert.rejects(logsIn({ ...secret, dbname: 'nowhere' }), /Unknown database/)
  })
})
