import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { RDS, type DBCluster } from '@aws-sdk/client-rds'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { freePort, startTestServer, type TestServer } from '@bartizan/testkit'
import { instanceOf, query } from './servers.fixture.ts'

describe('an Aurora PostgreSQL cluster', () => {
  let bartizan: TestServer
  let rds: RDS
  let secrets: SecretsManager
  const DBClusterIdentifier = 'fleet'
  const Engine = 'aurora-postgresql'
  before(async () => {
    bartizan = await startTestServer()
    rds = bartizan.client(RDS)
    secrets = bartizan.client(SecretsManager)
  })
  after(() => bartizan.close())

  async function cluster(): Promise<DBCluster> {
    await bartizan.settled()
    const { DBClusters } = await rds.describeDBClusters({ DBClusterIdentifier })
    return DBClusters?.[0] ?? {}
  }

  async function login(): Promise<{ user: string; password: string; database: string }> {
    const SecretId = (await cluster()).MasterUserSecret?.SecretArn
    const { SecretString } = await secrets.getSecretValue({ SecretId })
    const { username, password } = JSON.parse(SecretString ?? '')
    return { user: username, password, database: 'fleet' }
  }

  function reached({ Endpoint, Port }: DBCluster) {
    return { Endpoint: { Address: Endpoint, Port } }
  }

  test('keeps its master password in a secret of Secrets Manager', async () => {
    const made = await rds.createDBCluster({
      Port: await freePort(),
      DBClusterIdentifier,
      Engine,
      DatabaseName: 'fleet',
      MasterUsername: 'admiral',
      ManageMasterUserPassword: true,
    })
    assert.match(made.DBCluster?.MasterUserSecret?.SecretArn ?? '', /:secret:rds!cluster-/)
    const available = await cluster()
    assert.equal(available.Status, 'available')
    const secret = await secrets.describeSecret({
      SecretId: available.MasterUserSecret?.SecretArn,
    })
    assert.deepEqual(
      [secret.OwningService, secret.RotationEnabled, secret.KmsKeyId ?? 'default'],
      ['rds', true, 'default'],
    )
    const rows = await query(bartizan, reached(available), await login(), 'SELECT 1 AS one')
    assert.deepEqual(rows, [{ one: 1 }])
  })

  test('has instances that are its one server', async () => {
    for (const name of ['fleet-1', 'fleet-2']) {
      await rds.createDBInstance({
        DBInstanceIdentifier: name,
        DBClusterIdentifier,
        Engine,
        DBInstanceClass: 'db.r5.large',
      })
    }
    const first = await instanceOf(bartizan, 'fleet-1')
    const { Endpoint, Port, DBClusterMembers = [] } = await cluster()
    assert.deepEqual(first.Endpoint, { Address: Endpoint, Port })
    assert.deepEqual(
      DBClusterMembers.map((member) => [member.DBInstanceIdentifier, member.IsClusterWriter]),
      [
        ['fleet-1', true],
        ['fleet-2', false],
      ],
    )
    await rds.rebootDBInstance({ DBInstanceIdentifier: 'fleet-2' })
    assert.equal((await instanceOf(bartizan, 'fleet-2')).DBInstanceStatus, 'available')
  })

  test('rotates its master password when it is due and when it is told to', async () => {
    const old = await login()
    await bartizan.advance('8d')
    const renewed = await login()
    assert.notEqual(renewed.password, old.password)
    const place = reached(await cluster())
    await assert.rejects(query(bartizan, place, old, 'SELECT 1'), /password authentication/)
    assert.equal((await query(bartizan, place, renewed, 'SELECT 1')).length, 1)
    await rds.modifyDBCluster({
      DBClusterIdentifier,
      RotateMasterUserPassword: true,
      ApplyImmediately: true,
    })
    const third = await login()
    assert.notEqual(third.password, renewed.password)
    assert.equal((await query(bartizan, place, third, 'SELECT 1')).length, 1)
  })

  test('stops and starts with its instances, and comes back from a snapshot', async () => {
    await rds.stopDBCluster({ DBClusterIdentifier })
    assert.equal((await cluster()).Status, 'stopped')
    assert.equal((await instanceOf(bartizan, 'fleet-1')).DBInstanceStatus, 'stopped')
    await rds.startDBCluster({ DBClusterIdentifier })
    assert.equal((await instanceOf(bartizan, 'fleet-1')).DBInstanceStatus, 'available')
    const admiral = await login()
    const rows = 'CREATE TABLE ships AS SELECT 7 AS id'
    await query(bartizan, reached(await cluster()), admiral, rows)
    const SnapshotIdentifier = 'fleet-before'
    await rds.createDBClusterSnapshot({
      DBClusterIdentifier,
      DBClusterSnapshotIdentifier: SnapshotIdentifier,
    })
    await bartizan.settled()
    const restored = 'fleet-restored'
    const from = { DBClusterIdentifier: restored, SnapshotIdentifier, Engine }
    await rds.restoreDBClusterFromSnapshot(from)
    await bartizan.settled()
    const { DBClusters } = await rds.describeDBClusters({ DBClusterIdentifier: restored })
    const place = reached(DBClusters?.[0] ?? {})
    assert.deepEqual(await query(bartizan, place, admiral, 'SELECT id FROM ships'), [{ id: 7 }])
    await rds.deleteDBCluster({ DBClusterIdentifier: restored, SkipFinalSnapshot: true })
  })

  test('goes after its instances, with its secret', async () => {
    const last = { DBClusterIdentifier, SkipFinalSnapshot: true }
    await assert.rejects(rds.deleteDBCluster(last), {
      name: 'InvalidDBClusterStateFault',
    })
    const SecretId = (await cluster()).MasterUserSecret?.SecretArn
    for (const DBInstanceIdentifier of ['fleet-1', 'fleet-2']) {
      await rds.deleteDBInstance({ DBInstanceIdentifier })
    }
    await rds.deleteDBCluster(last)
    await bartizan.settled()
    await assert.rejects(rds.describeDBClusters({ DBClusterIdentifier }), {
      name: 'DBClusterNotFoundFault',
    })
    await assert.rejects(secrets.describeSecret({ SecretId }), {
      name: 'ResourceNotFoundException',
    })
  })
})
