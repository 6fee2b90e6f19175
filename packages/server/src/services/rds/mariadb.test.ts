import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { RDS } from '@aws-sdk/client-rds'
import { startTestServer, type TestServer } from '@bartizan/testkit'
import { instanceOf, newInstance, plain, queryMariadb } from './servers.fixture.ts'

describe('a MariaDB instance', () => {
  let bartizan: TestServer
  let rds: RDS
  const DBInstanceIdentifier = 'orders'
  const chief = { user: 'chief', password: plain.MasterUserPassword, database: 'shop' }
  before(async () => {
    bartizan = await startTestServer()
    rds = bartizan.client(RDS)
  })
  after(() => bartizan.close())

  test('serves the engine mysql over TLS with the certificate checked', async () => {
    const instance = await newInstance(bartizan, {
      DBInstanceIdentifier,
      Engine: 'mysql',
      EngineVersion: '8.0',
      DBName: 'shop',
    })
    assert.equal(instance.DBInstanceStatus, 'available')
    assert.match(instance.EngineVersion ?? '', /^8\.0\.mariadb\.\d+/)
    const [row] = await queryMariadb(
      bartizan,
      instance,
      chief,
      `SELECT current_user() AS me, @@secure_file_priv AS files,
        (SELECT variable_value FROM information_schema.session_status WHERE variable_name = 'Ssl_version') AS tls`,
    )
    assert.deepEqual(row, { me: 'chief@%', files: '/mnt/files/', tls: 'TLSv1.3' })
    await queryMariadb(bartizan, instance, chief, 'CREATE TABLE orders AS SELECT 42 AS id')
    await queryMariadb(bartizan, instance, chief, "CREATE USER app IDENTIFIED BY 'App-pass1'")
    await queryMariadb(bartizan, instance, chief, 'GRANT SELECT ON shop.* TO app')
  })

  test('applies parameters: dynamic ones at once, static ones after a restart', async () => {
    const DBParameterGroupName = 'strict'
    const group = { DBParameterGroupName, DBParameterGroupFamily: 'mysql8.0' }
    await rds.createDBParameterGroup({ ...group, Description: 'strict' })
    await rds.modifyDBInstance({ DBInstanceIdentifier, DBParameterGroupName })
    await bartizan.settled()
    await rds.modifyDBParameterGroup({
      DBParameterGroupName,
      Parameters: [
        {
          ParameterName: 'require_secure_transport',
          ParameterValue: '1',
          ApplyMethod: 'immediate',
        },
        { ParameterName: 'max_connections', ParameterValue: '66', ApplyMethod: 'immediate' },
        { ParameterName: 'back_log', ParameterValue: '44', ApplyMethod: 'pending-reboot' },
      ],
    })
    const instance = await instanceOf(bartizan, DBInstanceIdentifier)
    assert.equal(instance.DBParameterGroups?.[0]?.ParameterApplyStatus, 'pending-reboot')
    const values = 'SELECT @@max_connections AS connections, @@back_log AS log'
    const [before] = await queryMariadb(bartizan, instance, chief, values)
    assert.equal(before?.['connections'], 66)
    assert.notEqual(before?.['log'], 44)
    const open = { ...chief, tls: false }
    await assert.rejects(
      queryMariadb(bartizan, instance, open, values),
      /Access denied|insecure transport/,
    )
    await rds.rebootDBInstance({ DBInstanceIdentifier })
    const restarted = await instanceOf(bartizan, DBInstanceIdentifier)
    const [after] = await queryMariadb(bartizan, restarted, chief, values)
    assert.deepEqual(after, { connections: 66, log: 44 })
    const bad = { ParameterName: 'max_connections', ParameterValue: 'many' }
    await assert.rejects(
      rds.modifyDBParameterGroup({ DBParameterGroupName, Parameters: [bad] }),
      /allowed values are: 10-100000/,
    )
    const outside = { ParameterName: 'secure_file_priv', ParameterValue: '/' }
    await assert.rejects(
      rds.modifyDBParameterGroup({ DBParameterGroupName, Parameters: [outside] }),
      /cannot be modified/,
    )
  })

  test('takes a new master password, and comes back from a snapshot with its users', async () => {
    const MasterUserPassword = 'Another-horse2'
    await rds.modifyDBInstance({ DBInstanceIdentifier, MasterUserPassword })
    const instance = await instanceOf(bartizan, DBInstanceIdentifier)
    await assert.rejects(queryMariadb(bartizan, instance, chief, 'SELECT 1'), /Access denied/)
    const renewed = { ...chief, password: MasterUserPassword }
    const DBSnapshotIdentifier = 'orders-before'
    await rds.createDBSnapshot({ DBInstanceIdentifier, DBSnapshotIdentifier })
    await bartizan.settled()
    await queryMariadb(bartizan, instance, renewed, 'DELETE FROM orders')
    const restored = 'orders-restored'
    const from = { DBInstanceIdentifier: restored, DBSnapshotIdentifier }
    await rds.restoreDBInstanceFromDBSnapshot(from)
    const copy = await instanceOf(bartizan, restored)
    assert.equal(copy.DBInstanceStatus, 'available')
    const rows = 'SELECT id FROM orders'
    assert.deepEqual(await queryMariadb(bartizan, copy, renewed, rows), [{ id: 42 }])
    const app = { user: 'app', password: 'App-pass1', database: 'shop' }
    assert.deepEqual(await queryMariadb(bartizan, copy, app, rows), [{ id: 42 }])
    assert.deepEqual(await queryMariadb(bartizan, instance, renewed, rows), [])
    for (const name of [restored, DBInstanceIdentifier]) {
      await rds.deleteDBInstance({ DBInstanceIdentifier: name, SkipFinalSnapshot: true })
    }
  })
})
