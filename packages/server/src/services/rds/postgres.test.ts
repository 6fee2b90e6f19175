import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { RDS } from '@aws-sdk/client-rds'
import { freePort, startTestServer, type TestServer } from '@bartizan/testkit'
import { instanceOf, isListening, newInstance, query, plain } from './servers.fixture.ts'

describe('a PostgreSQL instance', () => {
  let bartizan: TestServer
  let rds: RDS
  const DBInstanceIdentifier = 'orders'
  const chief = { user: 'chief', password: plain.MasterUserPassword, database: 'shop' }
  before(async () => {
    bartizan = await startTestServer()
    rds = bartizan.client(RDS)
  })
  after(() => bartizan.close())

  test('is a server that a client reaches over TLS with the certificate checked', async () => {
    const made = await rds.createDBInstance({
      Port: await freePort(),
      ...plain,
      DBInstanceIdentifier,
      Engine: 'postgres',
      DBName: 'shop',
      BackupRetentionPeriod: 0,
    })
    assert.equal(made.DBInstance?.DBInstanceStatus, 'creating')
    assert.equal(made.DBInstance?.Endpoint, undefined)
    const instance = await instanceOf(bartizan, DBInstanceIdentifier)
    assert.equal(instance.DBInstanceStatus, 'available')
    const [row] = await query(
      bartizan,
      instance,
      chief,
      `SELECT current_user AS me, ssl, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS super,
        pg_has_role('rds_superuser', 'member') AS role FROM pg_stat_ssl WHERE pid = pg_backend_pid()`,
    )
    assert.deepEqual(row, { me: 'chief', ssl: true, super: false, role: true })
    await query(bartizan, instance, chief, 'CREATE TABLE orders AS SELECT 42 AS id')
  })

  test('refuses connections without TLS unless rds.force_ssl is off', async () => {
    const open = { ...chief, tls: false }
    const instance = await instanceOf(bartizan, DBInstanceIdentifier)
    await assert.rejects(query(bartizan, instance, open, 'SELECT 1'), /no encryption/)
    const DBParameterGroupName = 'relaxed'
    const { DBParameterGroupFamily } =
      (await rds.describeDBEngineVersions({ Engine: 'postgres', DefaultOnly: true }))
        .DBEngineVersions?.[0] ?? {}
    await rds.createDBParameterGroup({
      DBParameterGroupName,
      DBParameterGroupFamily,
      Description: 'relaxed',
    })
    await rds.modifyDBInstance({ DBInstanceIdentifier, DBParameterGroupName })
    const waiting = await instanceOf(bartizan, DBInstanceIdentifier)
    assert.equal(waiting.DBParameterGroups?.[0]?.ParameterApplyStatus, 'pending-reboot')
    await rds.rebootDBInstance({ DBInstanceIdentifier })
    assert.equal((await instanceOf(bartizan, DBInstanceIdentifier)).DBInstanceStatus, 'available')
    await rds.modifyDBParameterGroup({
      DBParameterGroupName,
      Parameters: [
        { ParameterName: 'rds.force_ssl', ParameterValue: '0', ApplyMethod: 'immediate' },
        { ParameterName: 'work_mem', ParameterValue: '8192', ApplyMethod: 'immediate' },
        { ParameterName: 'max_connections', ParameterValue: '77', ApplyMethod: 'pending-reboot' },
      ],
    })
    const changed = await instanceOf(bartizan, DBInstanceIdentifier)
    assert.equal(changed.DBParameterGroups?.[0]?.ParameterApplyStatus, 'pending-reboot')
    const settings = `SELECT current_setting('work_mem') AS memory, current_setting('max_connections') AS connections`
    assert.deepEqual(await query(bartizan, changed, open, settings), [
      { memory: '8MB', connections: '100' },
    ])
    await rds.rebootDBInstance({ DBInstanceIdentifier })
    const restarted = await instanceOf(bartizan, DBInstanceIdentifier)
    assert.equal(restarted.DBParameterGroups?.[0]?.ParameterApplyStatus, 'in-sync')
    assert.deepEqual(await query(bartizan, restarted, open, settings), [
      { memory: '8MB', connections: '77' },
    ])
  })

  test('takes a new master password and refuses the old one', async () => {
    const MasterUserPassword = "quo'te-and$1"
    const { DBInstance } = await rds.modifyDBInstance({ DBInstanceIdentifier, MasterUserPassword })
    assert.equal(DBInstance?.DBInstanceStatus, 'resetting-master-credentials')
    const instance = await instanceOf(bartizan, DBInstanceIdentifier)
    assert.equal(instance.DBInstanceStatus, 'available')
    await assert.rejects(query(bartizan, instance, chief, 'SELECT 1'), /password authentication/)
    const [row] = await query(
      bartizan,
      instance,
      { ...chief, password: MasterUserPassword },
      'SELECT id FROM orders',
    )
    assert.deepEqual(row, { id: 42 })
    await rds.modifyDBInstance({
      DBInstanceIdentifier,
      MasterUserPassword: plain.MasterUserPassword,
    })
  })

  test('stops, stays stopped, starts, and starts by itself after seven days', async () => {
    const running = await instanceOf(bartizan, DBInstanceIdentifier)
    const { DBInstance } = await rds.stopDBInstance({ DBInstanceIdentifier })
    assert.equal(DBInstance?.DBInstanceStatus, 'stopping')
    assert.equal((await instanceOf(bartizan, DBInstanceIdentifier)).DBInstanceStatus, 'stopped')
    assert.equal(await isListening(running), false)
    await assert.rejects(rds.rebootDBInstance({ DBInstanceIdentifier }), {
      name: 'InvalidDBInstanceStateFault',
    })
    await bartizan.advance('8d')
    const again = await instanceOf(bartizan, DBInstanceIdentifier)
    assert.equal(again.DBInstanceStatus, 'available')
    assert.deepEqual(again.Endpoint, running.Endpoint)
    assert.deepEqual(await query(bartizan, again, chief, 'SELECT id FROM orders'), [{ id: 42 }])
  })

  test('comes back from a snapshot with its data, users and passwords', async () => {
    const DBSnapshotIdentifier = 'orders-before'
    const { DBSnapshot } = await rds.createDBSnapshot({
      DBInstanceIdentifier,
      DBSnapshotIdentifier,
    })
    assert.equal(DBSnapshot?.Status, 'creating')
    await bartizan.settled()
    const { DBSnapshots } = await rds.describeDBSnapshots({ DBSnapshotIdentifier })
    assert.equal(DBSnapshots?.[0]?.Status, 'available')
    const source = await instanceOf(bartizan, DBInstanceIdentifier)
    await query(bartizan, source, chief, 'DELETE FROM orders')
    const restored = 'orders-restored'
    await rds.restoreDBInstanceFromDBSnapshot({
      DBInstanceIdentifier: restored,
      DBSnapshotIdentifier,
    })
    const instance = await instanceOf(bartizan, restored)
    assert.equal(instance.DBInstanceStatus, 'available')
    assert.notEqual(instance.Endpoint?.Port, source.Endpoint?.Port)
    assert.deepEqual(await query(bartizan, instance, chief, 'SELECT id FROM orders'), [{ id: 42 }])
    assert.deepEqual(await query(bartizan, source, chief, 'SELECT id FROM orders'), [])
    await rds.deleteDBInstance({ DBInstanceIdentifier: restored, SkipFinalSnapshot: true })
    await rds.deleteDBSnapshot({ DBSnapshotIdentifier })
    await bartizan.settled()
  })

  test('is deleted with a final snapshot, unless it is protected', async () => {
    await rds.modifyDBInstance({ DBInstanceIdentifier, DeletionProtection: true })
    const FinalDBSnapshotIdentifier = 'orders-last'
    const last = { DBInstanceIdentifier, FinalDBSnapshotIdentifier }
    await assert.rejects(rds.deleteDBInstance(last), /disable deletion protection/)
    await rds.modifyDBInstance({ DBInstanceIdentifier, DeletionProtection: false })
    await assert.rejects(rds.deleteDBInstance({ DBInstanceIdentifier }), {
      name: 'InvalidParameterCombination',
    })
    const instance = await instanceOf(bartizan, DBInstanceIdentifier)
    const { DBInstance } = await rds.deleteDBInstance(last)
    assert.equal(DBInstance?.DBInstanceStatus, 'deleting')
    await bartizan.settled()
    await assert.rejects(rds.describeDBInstances({ DBInstanceIdentifier }), {
      name: 'DBInstanceNotFoundFault',
      message: 'DBInstance orders not found.',
    })
    assert.equal(await isListening(instance), false)
    const { DBSnapshots } = await rds.describeDBSnapshots({ DBInstanceIdentifier })
    assert.deepEqual(
      DBSnapshots?.map(({ Status }) => Status),
      ['available'],
    )
  })

  test('refuses what no server of this machine can be', async () => {
    const wanted = { DBInstanceIdentifier: 'other', Engine: 'postgres' }
    const create = (input: object) => rds.createDBInstance({ ...plain, ...wanted, ...input })
    const refusals: readonly [object, string, RegExp][] = [
      [{ EngineVersion: '9.6.1' }, 'InvalidParameterCombination', /Cannot find version 9.6.1/],
      [{ Engine: 'oracle-ee' }, 'InvalidParameterValue', /Invalid DB engine/],
      [{ MasterUserPassword: 'short' }, 'InvalidParameterValue', /shorter than 8/],
      [{ MasterUserPassword: 'with/slash1' }, 'InvalidParameterValue', /printable ASCII/],
      [{ MasterUsername: 'rdsadmin' }, 'InvalidParameterValue', /reserved word/],
      [{ AllocatedStorage: 1 }, 'InvalidParameterValue', /Invalid storage size/],
      [{ DBInstanceClass: 'huge' }, 'InvalidParameterValue', /Invalid DB Instance class/],
      [{ DBInstanceIdentifier: '1-bad' }, 'InvalidParameterValue', /not a valid identifier/],
      [{ DBSubnetGroupName: 'absent' }, 'DBSubnetGroupNotFoundFault', /does not exist/],
      [{ DBParameterGroupName: 'absent' }, 'DBParameterGroupNotFoundFault', /not found: absent/],
      [{ EnableIAMDatabaseAuthentication: true }, 'InvalidParameterCombination', /not available/],
    ]
    for (const [input, name, message] of refusals) {
      await assert.rejects(create(input), (error: Error) => {
        assert.deepEqual([error.name, message.test(error.message)], [name, true], error.message)
        return true
      })
    }
    const taken = await newInstance(bartizan, { ...wanted, EngineVersion: undefined })
    await assert.rejects(create({ DBInstanceIdentifier: 'third', Port: taken.Endpoint?.Port }), {
      message: /Port \d+ is taken/,
    })
  })
})
