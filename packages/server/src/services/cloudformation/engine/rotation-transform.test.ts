import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capabilitiesOf } from './capabilities.ts'
import { checkReferences, dependenciesOf } from './dependencies.ts'
import { processedDocument, readTemplate } from './template.ts'

const template = (hosted: string, transform = 'AWS::SecretsManager-2024-09-16') => `
Transform: ${transform}
Conditions: { Wanted: !Equals [a, a] }
Resources:
  Secret: { Type: AWS::SecretsManager::Secret }
  Schedule:
    Type: AWS::SecretsManager::RotationSchedule
    Condition: Wanted
    DependsOn: Secret
    Properties:
      SecretId: !Ref Secret
      HostedRotationLambda: ${hosted}
      RotationRules: { AutomaticallyAfterDays: 30 }
`
const types = ['PostgreSQL', 'MySQL', 'MariaDB'].flatMap((engine) => [
  `${engine}SingleUser`,
  `${engine}MultiUser`,
])

test(`each of ${types.length} rotation types becomes a function beside its schedule`, () => {
  for (const type of types) {
    const text = template(`{ RotationType: ${type}, RotationLambdaName: rotator }`)
    const { resources, transforms } = readTemplate(text)
    assert.deepEqual(Object.keys(resources).toSorted(), [
      'Schedule',
      'ScheduleHostedLambda',
      'ScheduleHostedPermission',
      'ScheduleHostedPolicy',
      'ScheduleHostedRole',
      'Secret',
    ])
    const { properties, dependsOn } = resources['Schedule'] ?? {}
    assert.deepEqual(properties, {
      SecretId: { Ref: 'Secret' },
      RotationRules: { AutomaticallyAfterDays: 30 },
      RotationLambdaARN: { 'Fn::GetAtt': ['ScheduleHostedLambda', 'Arn'] },
    })
    assert.deepEqual(dependsOn, ['Secret', 'ScheduleHostedPolicy', 'ScheduleHostedPermission'])
    assert.equal(resources['ScheduleHostedLambda']?.condition, 'Wanted')
    assert.equal(resources['ScheduleHostedLambda'].properties['FunctionName'], 'rotator')
    assert.deepEqual(capabilitiesOf({ resources, transforms }).capabilities, [
      'CAPABILITY_IAM',
      'CAPABILITY_AUTO_EXPAND',
    ])
  }
})

test('what the template generates can be deployed: every reference is there and none goes round', () => {
  const hosted = '{ RotationType: MySQLMultiUser, SuperuserSecretArn: !Ref Secret, KmsKeyArn: k }'
  const read = readTemplate(template(hosted, 'AWS::SecretsManager-2020-07-23'))
  checkReferences(read)
  dependenciesOf(read)
  const policy = JSON.stringify(read.resources['ScheduleHostedPolicy'])
  assert.match(policy, /"Resource":\{"Ref":"Secret"\}/)
  assert.match(policy, /kms:GenerateDataKey/)
})

test('without the transform nothing is generated', () => {
  const text = template('{ RotationType: MySQLMultiUser }', 'AWS::LanguageExtensions')
  assert.equal(Object.keys(readTemplate(text).resources).length, 2)
  assert.ok(JSON.stringify(processedDocument(text)).includes('HostedRotationLambda'))
})

test('what is not a rotation function is refused', () => {
  const refused = [
    '{ RotationType: OracleSingleUser }',
    '{}',
    'hosted',
    '{ RotationType: MySQLSingleUser, Colour: red }',
  ]
  for (const hosted of refused) {
    assert.throws(
      () => readTemplate(template(hosted)),
      /^Error: Transform AWS::SecretsManager failed/,
    )
  }
})
