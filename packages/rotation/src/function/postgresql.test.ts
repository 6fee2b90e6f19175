import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Client } from 'pg'
import { startPostgres, type TestPostgres } from '@bartizan/testkit'
import { alternatingUsers } from './alternating-users.ts'
import { opens } from './database.ts'
import { readDatabaseSecret } from './database-secret.ts'
import type { Instances } from './instances.ts'
import { MemorySecrets, runSteps, stepNames } from './memory-secrets.fixture.ts'
import { postgresql } from './postgresql.ts'
import { singleUser } from './single-user.ts'

const noInstances: Instances = {
  ofSecret: () => Promise.reject(new Error('no RDS here')),
  isReplica: () => Promise.resolve(false),
}
/** Names and passwords with everything in them that SQL reads. */
const odd = `we"ird'name`
const oddPassword = `a'b"c\\d$$;--%\`e f`

describe('rotation of PostgreSQL users', () => {
  let server: TestPostgres
  let root: Client
  let port: number
  const secrets = new MemorySecrets()

  before(async () => {
    server = await startPostgres()
    port = Number(new URL(server.url).port)
    root = new Client(server.url)
    await root.connect()
    await root.query(`CREATE ROLE master LOGIN CREATEROLE PASSWORD 'master-password'`)
    await root.query('CREATE TABLE things (id int)')
    // Passwords count for everybody but the test's own superuser.
    const { rows } = await root.query<{ file: string }>(
      `SELECT current_setting('hba_file') AS file`,
    )
    const lines = 'host all bartizan 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256'
    await root.query(
      `COPY (SELECT unnest(string_to_array('${lines}', E'\\n'))) TO '${rows[0]?.file}'`,
    )
    await root.query('SELECT pg_reload_conf()')
    secrets.create('master', secretOf('master', 'master-password'))
  })

  after(async () => {
    await root.end()
    await server.stop()
  })

  const secretOf = (username: string, password: string) => ({
    engine: 'postgres',
    host: '127.0.0.1',
    port,
    username,
    password,
    masterarn: 'master',
  })

  /** A user with a right, whose secret has its name. */
  async function newUser(name: string, password: string): Promise<void> {
    const asMaster = new Client({
      ...secretOf('master', 'master-password'),
      user: 'master',
      database: 'postgres',
    })
    await asMaster.connect()
    const role = asMaster.escapeIdentifier(name)
    await asMaster.query(`CREATE ROLE ${role} LOGIN PASSWORD ${asMaster.escapeLiteral(password)}`)
    await asMaster.end()
    await root.query(`GRANT SELECT ON things TO ${role}`)
    secrets.create(name, secretOf(name, password))
  }

  const logsIn = (value: object) => opens(postgresql, readDatabaseSecret({ ...value }, postgresql))

  test('a single user gets a new password, and the old one is refused', async () => {
    await newUser(odd, oddPassword)
    const target = singleUser(postgresql)
    for (const token of ['second', 'third']) {
      const old = secrets.object(odd)
      secrets.begin(odd, token)
      secrets.nextPassword = () => oddPassword + token
      await runSteps(target, secrets, { secretId: odd, token })
      assert.equal(secrets.object(odd)['password'], oddPassword + token)
      assert.deepEqual([await logsIn(secrets.object(odd)), await logsIn(old)], [true, false])
    }
  })

  test('the server never sees a password in a statement', async () => {
    await newUser('quiet', 'before')
    secrets.begin('quiet', 'second')
    secrets.nextPassword = () => 'planted-password'
    const statements: string[] = []
    const query = Client.prototype.query
    Client.prototype.query = function (this: Client, ...args: unknown[]) {
      statements.push(JSON.stringify(args))
      return Reflect.apply(query, this, args) as never
    } as typeof query
    try {
      await runSteps(singleUser(postgresql), secrets, { secretId: 'quiet', token: 'second' })
    } finally {
      Client.prototype.query = query
    }
    assert.ok(statements.some((text) => text.includes('SCRAM-SHA-256')))
    assert.doesNotMatch(statements.join(), /planted/)
  })

  test('two users take turns and may do the same; no version stops to log in before its successor does', async () => {
    await newUser('app', 'first-password')
    const target = alternatingUsers(postgresql, noInstances)
    const names: string[] = []
    secrets.nextPassword = new MemorySecrets().nextPassword
    for (const token of ['second', 'third', 'fourth']) {
      secrets.begin('app', token)
      for (const step of stepNames) {
        await runSteps(target, secrets, { secretId: 'app', token }, [step])
        assert.ok(await logsIn(secrets.object('app')), step)
      }
      const { username = '', password } = secrets.object('app')
      names.push(username)
      const client = new Client({
        host: '127.0.0.1',
        port,
        user: username,
        password,
        database: 'postgres',
      })
      await client.connect()
      await client.query('SELECT * FROM things')
      await client.end()
    }
    assert.deepEqual(names, ['app_clone', 'app', 'app_clone'])
  })

  test('setSecret recovers from being killed at any point', async () => {
    await newUser('killed', 'first-password')
    const rotated = { secretId: 'killed', token: 'second' }
    secrets.begin('killed', 'second')
    await runSteps(singleUser(postgresql), secrets, rotated, ['createSecret', 'setSecret'])
    // Killed after the password was changed, before anybody heard of it.
    await runSteps(singleUser(postgresql), secrets, rotated, ['setSecret', 'testSecret'])
    assert.ok(await logsIn(secrets.object('killed', 'AWSPENDING')))
    await runSteps(singleUser(postgresql), secrets, rotated, ['finishSecret'])
    // The label moved and the password did not: the previous one still opens.
    const password = secrets.object('killed', 'AWSPREVIOUS')['password'] ?? ''
    await root.query(`ALTER ROLE killed PASSWORD '${password}'`)
    secrets.begin('killed', 'third')
    await runSteps(singleUser(postgresql), secrets, { ...rotated, token: 'third' })
    assert.ok(await logsIn(secrets.object('killed')))
  })

  test('a secret cannot turn the function on another user or server', async () => {
    await newUser('victim', 'victim-password')
    await newUser('own', 'own-password')
    const swapped = { ...secretOf('victim', 'x'), masterarn: 'elsewhere' }
    const single = singleUser(postgresql)
    secrets.begin('own', 'second')
    await secrets.putPending({ secretId: 'own', token: 'second' }, JSON.stringify(swapped))
    await assert.rejects(
      runSteps(single, secrets, { secretId: 'own', token: 'second' }, ['setSecret']),
      {
        message: 'Attempting to modify user victim other than current user own',
      },
    )
    secrets.create('elsewhere', { ...secretOf('master', 'master-password'), host: 'db.example' })
    secrets.create('stray', { ...secretOf('own', 'own-password'), masterarn: 'elsewhere' })
    secrets.begin('stray', 'second')
    const stray = { secretId: 'stray', token: 'second' }
    await assert.rejects(runSteps(alternatingUsers(postgresql, noInstances), secrets, stray), {
      message: new RegExp(
        `^Current database host 127.0.0.1:${port} is not the same host as/rds replica of master db.example`,
      ),
    })
  })

  test('a server that cannot be reached or lacks TLS that a secret demands is an error, not a refusal', async () => {
    const secret = secretOf('master', 'master-password')
    await assert.rejects(logsIn({ ...secret, port: 1 }), /ECONNREFUSED/)
    await assert.rejects(logsIn({ ...secret, ssl: true }), /does not support SSL/)
    assert.ok(await logsIn({ ...secret, ssl: false }))
    await assert.rejects(
      logsIn({ ...secret, dbname: 'nowhere' }),
      /database "nowhere" does not exist/,
    )
  })
})
