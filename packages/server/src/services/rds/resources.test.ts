import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { RDS } from '@aws-sdk/client-rds'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { startTestServer, type TestServer } from '@bartizan/testkit'
import { query } from './servers.fixture.ts'

let bartizan: TestServer
before(async () => {
  bartizan = await startTestServer()
})
after(() => bartizan.close())

const template = (memory: string, family: string) => `
Resources:
  Subnets:
    Type: AWS::RDS::DBSubnetGroup
    Properties:
      DBSubnetGroupDescription: of the stack
      SubnetIds: [subnet-1, subnet-2]
  Parameters:
    Type: AWS::RDS::DBParameterGroup
    Properties:
      Description: of the stack
      Family: ${family}
      Parameters: { work_mem: '${memory}' }
  Secret:
    Type: AWS::SecretsManager::Secret
    Properties:
      GenerateSecretString:
        SecretStringTemplate: '{"username":"chief"}'
        GenerateStringKey: password
        ExcludeCharacters: '"@/\\ '
  Database:
    Type: AWS::RDS::DBInstance
    DeletionPolicy: Delete
    Properties:
      Engine: postgres
      DBInstanceClass: db.t3.micro
      AllocatedStorage: '20'
      DBName: shop
      MasterUsername: !Sub '{{resolve:secretsmanager:\${Secret}:SecretString:username}}'
      MasterUserPassword: !Sub '{{resolve:secretsmanager:\${Secret}:SecretString:password}}'
      DBSubnetGroupName: !Ref Subnets
      DBParameterGroupName: !Ref Parameters
      Tags: [{ Key: memory, Value: '${memory}' }]
  Attachment:
    Type: AWS::SecretsManager::SecretTargetAttachment
    Properties:
      SecretId: !Ref Secret
      TargetId: !Ref Database
      TargetType: AWS::RDS::DBInstance
Outputs:
  Address: { Value: !GetAtt Database.Endpoint.Address }
  Port: { Value: !GetAtt Database.Endpoint.Port }
  Name: { Value: !Ref Database }
  Secret: { Value: !Ref Secret }
`

test('a stack makes a database with its groups and its secret, changes it and deletes it', async () => {
  const cloudformation = bartizan.client(CloudFormation)
  const rds = bartizan.client(RDS)
  const StackName = 'databases'
  const { DBEngineVersions } = await rds.describeDBEngineVersions({ Engine: 'postgres' })
  const family = DBEngineVersions?.[0]?.DBParameterGroupFamily ?? ''
  const outputs = async (status: string): Promise<Record<string, string>> => {
    await bartizan.settled()
    const { Stacks } = await cloudformation.describeStacks({ StackName })
    const { StackEvents } = await cloudformation.describeStackEvents({ StackName })
    const reasons = StackEvents?.map(({ ResourceStatusReason }) => ResourceStatusReason)
    assert.equal(Stacks?.[0]?.StackStatus, status, reasons?.join('\n') ?? '')
    return Object.fromEntries(
      (Stacks?.[0]?.Outputs ?? []).map((each) => [each.OutputKey ?? '', each.OutputValue ?? '']),
    )
  }
  await cloudformation.createStack({ StackName, TemplateBody: template('8192', family) })
  const made = await outputs('CREATE_COMPLETE')
  const { SecretString } = await bartizan
    .client(SecretsManager)
    .getSecretValue({ SecretId: made['Secret'] ?? '' })
  const secret = JSON.parse(SecretString ?? '{}') as Record<string, string>
  assert.equal(secret['host'], made['Address'])
  const Endpoint = { Address: made['Address'] ?? '', Port: Number(made['Port']) }
  const login = { user: 'chief', password: secret['password'] ?? '', database: 'shop' }
  const memory = "SELECT current_setting('work_mem') AS memory"
  assert.deepEqual(await query(bartizan, { Endpoint }, login, memory), [{ memory: '8MB' }])
  await cloudformation.updateStack({ StackName, TemplateBody: template('16384', family) })
  await outputs('UPDATE_COMPLETE')
  const { DBInstances } = await rds.describeDBInstances({
    DBInstanceIdentifier: made['Name'] ?? '',
  })
  assert.equal(DBInstances?.[0]?.DBParameterGroups?.[0]?.ParameterApplyStatus, 'pending-reboot')
  assert.ok(DBInstances?.[0]?.TagList?.some(({ Value }) => Value === '16384'))
  await cloudformation.deleteStack({ StackName })
  await bartizan.settled()
  assert.deepEqual((await rds.describeDBInstances({})).DBInstances, [])
  assert.deepEqual((await rds.describeDBSubnetGroups({})).DBSubnetGroups, [])
})
