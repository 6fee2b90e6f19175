import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CloudFormation, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { KMS } from '@aws-sdk/client-kms'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { startTestServer, type TestServer } from '@bartizan/testkit'

let bartizan: TestServer
let events: EventBridge
let secrets: SecretsManager
before(async () => {
  bartizan = await startTestServer()
  events = bartizan.client(EventBridge)
  secrets = bartizan.client(SecretsManager)
})
after(() => bartizan.close())

const basic = (Password: string) => ({ BasicAuthParameters: { Username: 'ada', Password } })

test('a connection’s parameters are a secret that EventBridge alone may change', async () => {
  const Name = 'kept'
  const AuthParameters = basic('first-password')
  await events.createConnection({ Name, AuthorizationType: 'BASIC', AuthParameters })
  const { SecretArn: SecretId, AuthParameters: shown } = await events.describeConnection({ Name })
  assert.match(SecretId ?? '', /:secret:events!connection\/kept\/[0-9a-f-]{36}-\w{6}$/)
  assert.deepEqual(shown?.BasicAuthParameters, { Username: 'ada' })
  assert.equal((await secrets.describeSecret({ SecretId })).OwningService, 'events')
  const valueOf = async () => (await secrets.getSecretValue({ SecretId })).SecretString
  assert.match((await valueOf()) ?? '', /first-password/)
  await assert.rejects(secrets.putSecretValue({ SecretId, SecretString: '{}' }), {
    name: 'InvalidRequestException',
  })
  await events.updateConnection({ Name, AuthParameters: basic('second-password') })
  assert.match((await valueOf()) ?? '', /second-password/)
  await events.deauthorizeConnection({ Name })
  assert.equal(await valueOf(), '{}')
  await events.deleteConnection({ Name })
  await assert.rejects(secrets.describeSecret({ SecretId }), { name: 'ResourceNotFoundException' })
})

test('a connection’s secret is under the key that the connection names', async () => {
  const kms = bartizan.client(KMS)
  const { KeyMetadata } = await kms.createKey({})
  const KmsKeyIdentifier = KeyMetadata?.Arn ?? ''
  const Name = 'own-key'
  const AuthParameters = basic('password')
  const request = { Name, AuthorizationType: 'BASIC', AuthParameters, KmsKeyIdentifier } as const
  await events.createConnection(request)
  const { SecretArn: SecretId } = await events.describeConnection({ Name })
  assert.equal((await secrets.describeSecret({ SecretId })).KmsKeyId, KmsKeyIdentifier)
  await events.updateConnection({ Name, AuthParameters: basic('other') })
  await kms.disableKey({ KeyId: KmsKeyIdentifier })
  await assert.rejects(events.updateConnection({ Name, AuthParameters: basic('third') }), {
    name: 'DecryptionFailure',
  })
})

test('a stack’s connection tells the ARN of its secret', async () => {
  const cloudFormation = bartizan.client(CloudFormation)
  const StackName = 'connection'
  const TemplateBody = `
Resources:
  Connection:
    Type: AWS::Events::Connection
    Properties:
      Name: stacked
      AuthorizationType: API_KEY
      AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: x-key, ApiKeyValue: secret } }
Outputs:
  Secret: { Value: !GetAtt Connection.SecretArn }
`
  await cloudFormation.createStack({ StackName, TemplateBody })
  const waiting = { client: cloudFormation, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }
  await waitUntilStackCreateComplete(waiting, { StackName })
  const { Stacks = [] } = await cloudFormation.describeStacks({ StackName })
  const { SecretArn } = await events.describeConnection({ Name: 'stacked' })
  assert.equal(Stacks[0]?.Outputs?.[0]?.OutputValue, SecretArn)
})
