import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { RDS } from '@aws-sdk/client-rds'
import { newUser, startTestServer, type TestServer } from '@bartizan/testkit'

let bartizan: TestServer
let rds: RDS
before(async () => {
  bartizan = await startTestServer()
  rds = bartizan.client(RDS)
})
after(() => bartizan.close())

/** RDS as a user with one statement. */
async function userWith(UserName: string, statement: object): Promise<RDS> {
  const statements = [{ Effect: 'Allow', ...statement }]
  const { credentials } = await newUser(bartizan, UserName, statements)
  return bartizan.client(RDS, { credentials })
}

const subnets = { DBSubnetGroupDescription: 'of a test', SubnetIds: ['subnet-1'] }
const denied = { name: 'AccessDenied' }

test('a policy on tags lets a user change only what has them', async () => {
  for (const team of ['red', 'blue']) {
    const Tags = [{ Key: 'team', Value: team }]
    await rds.createDBSubnetGroup({ DBSubnetGroupName: team, ...subnets, Tags })
  }
  const Condition = { StringEquals: { 'rds:subgrp-tag/team': 'red' } }
  const statement = { Action: 'rds:ModifyDBSubnetGroup', Resource: '*', Condition }
  const red = await userWith('red', statement)
  await red.modifyDBSubnetGroup({ DBSubnetGroupName: 'red', ...subnets })
  await assert.rejects(red.modifyDBSubnetGroup({ DBSubnetGroupName: 'blue', ...subnets }), denied)
})

test('a policy on engines and classes refuses other instances before any is made', async () => {
  const Condition = {
    StringEquals: { 'rds:DatabaseEngine': 'mariadb', 'rds:DatabaseClass': 'db.t3.micro' },
  }
  const Resource = `arn:aws:rds:us-east-1:${bartizan.accountId}:db:small-*`
  const user = await userWith('small', { Action: 'rds:CreateDBInstance', Resource, Condition })
  const wanted = {
    DBInstanceIdentifier: 'small-1',
    DBInstanceClass: 'db.t3.micro',
    Engine: 'mariadb',
    AllocatedStorage: 20,
    MasterUsername: 'chief',
    MasterUserPassword: 'short',
  }
  const refusals = [
    { Engine: 'postgres' },
    { DBInstanceClass: 'db.r5.large' },
    { DBInstanceIdentifier: 'large-1' },
  ]
  for (const other of refusals) {
    await assert.rejects(user.createDBInstance({ ...wanted, ...other }), denied)
  }
  await assert.rejects(user.createDBInstance(wanted), { name: 'InvalidParameterValue' })
  assert.deepEqual((await rds.describeDBInstances({})).DBInstances, [])
})
