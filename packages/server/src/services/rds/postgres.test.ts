import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { RDS } from '@aws-sdk/client-rds'
import { startTestServer, type TestServer } from '@bartizan/testkit'
import { Client } from 'pg'

describe('a PostgreSQL instance', () => {
  let bartizan: TestServer
  let rds: RDS
  const DBInstanceIdentifier = 'orders'
  before(async () => {
    bartizan = await startTestServer()
    rds = bartizan.client(RDS)
  })
  after(() => bartizan.close())

  test('starts a server that a client reaches over TLS', async () => {
    const made = await rds.createDBInstance({
      DBInstanceIdentifier,
      Engine: 'postgres',
      EngineVersion: '15',
      DBInstanceClass: 'db.t3.micro',
      AllocatedStorage: 20,
      MasterUsername: 'chief',
      MasterUserPassword: 'Correct-horse1',
      DBName: 'shop',
    })
    assert.equal(made.DBInstance?.DBInstanceStatus, 'creating')
    await bartizan.settled()
    const { DBInstances } = await rds.describeDBInstances({ DBInstanceIdentifier })
    const [instance] = DBInstances ?? []
    assert.equal(instance?.DBInstanceStatus, 'available')
    const client = new Client({
      host: instance?.Endpoint?.Address,
      port: instance?.Endpoint?.Port,
      user: 'chief',
      password: 'Correct-horse1',
      database: 'shop',
      ssl: { rejectUnauthorized: false },
    })
    await client.connect()
    const { rows } = await client.query('select current_user, version()')
    assert.equal(rows[0].current_user, 'chief')
    await client.end()
    await rds.deleteDBInstance({ DBInstanceIdentifier, SkipFinalSnapshot: true })
    await bartizan.settled()
    await assert.rejects(rds.describeDBInstances({ DBInstanceIdentifier }), { name: 'DBInstanceNotFoundFault' })
  })
})
