import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { SSM } from '@aws-sdk/client-ssm'
import { newUser, startTestServer, type TestServer } from '@bartizan/testkit'

const prefix = '/aws/reference/secretsmanager/'
let bartizan: TestServer
let ssm: SSM
let secrets: SecretsManager

before(async () => {
  bartizan = await startTestServer()
  ssm = bartizan.client(SSM)
  secrets = bartizan.client(SecretsManager)
})
after(() => bartizan.close())

test('a secret is read through Parameter Store, with what Secrets Manager says of it', async () => {
  const made = await secrets.createSecret({ Name: 'db/main', SecretString: 'first' })
  const Name = `${prefix}db/main`
  const { Parameter } = await ssm.getParameter({ Name, WithDecryption: true })
  assert.deepEqual(
    [Parameter?.Name, Parameter?.Type, Parameter?.Value, Parameter?.Version],
    [Name, 'SecureString', 'first', 0],
  )
  const source = JSON.parse(Parameter?.SourceResult ?? '{}')
  assert.deepEqual(
    [source.ARN, source.name, source.versionId, source.versionStages],
    [made.ARN, 'db/main', made.VersionId, ['AWSCURRENT']],
  )
  assert.ok(Parameter?.LastModifiedDate)
  await secrets.putSecretValue({ SecretId: 'db/main', SecretString: 'second' })
  const valueOf = async (selector: string) => {
    const { Parameter: found } = await ssm.getParameter({
      Name: Name + selector,
      WithDecryption: true,
    })
    return [found?.Value, found?.Selector]
  }
  assert.deepEqual(await valueOf(''), ['second', undefined])
  assert.deepEqual(await valueOf(':AWSPREVIOUS'), ['first', ':AWSPREVIOUS'])
  assert.deepEqual(await valueOf(`:${made.VersionId}`), ['first', `:${made.VersionId}`])
})

test('parameters and secrets are read together, and what is not there is told', async () => {
  await ssm.putParameter({ Name: '/plain', Value: 'v', Type: 'String' })
  const Names = ['/plain', `${prefix}db/main`, `${prefix}nothing`, '/nothing']
  const { Parameters, InvalidParameters } = await ssm.getParameters({ Names, WithDecryption: true })
  assert.deepEqual(
    Parameters?.map(({ Value }) => Value),
    ['second', 'v'],
  )
  assert.deepEqual(InvalidParameters, [`${prefix}nothing`, '/nothing'])
  const missing = ssm.getParameter({ Name: `${prefix}nothing`, WithDecryption: true })
  await assert.rejects(missing, {
    name: 'ParameterNotFound',
    message: /Secret \/aws\/reference\/secretsmanager\/nothing not found\.$/,
  })
})

test('a secret is shown decrypted or not at all, and not changed here', async () => {
  const Name = `${prefix}db/main`
  const sealed = { name: 'ValidationException', message: /WithDecryption flag must be True/ }
  await assert.rejects(ssm.getParameter({ Name }), sealed)
  await assert.rejects(ssm.getParameters({ Names: ['/plain', Name] }), sealed)
  await assert.rejects(ssm.putParameter({ Name, Value: 'v', Type: 'String' }), {
    name: 'AccessDeniedException',
  })
})

test('who reads a secret here needs the permissions of both services', async () => {
  const allowing = (Action: string) => {
    const isOwn = Action.startsWith('ssm:')
    const Resource = isOwn ? `arn:aws:ssm:*:*:parameter${prefix}db/main` : '*'
    return { Effect: 'Allow', Action, Resource }
  }
  const readerWith = async (name: string, ...actions: readonly string[]) => {
    const { credentials } = await newUser(bartizan, name, actions.map(allowing))
    return bartizan.client(SSM, { credentials })
  }
  const secret = { Name: `${prefix}db/main`, WithDecryption: true }
  const both = await readerWith('both', 'ssm:GetParameter', 'secretsmanager:GetSecretValue')
  assert.equal((await both.getParameter(secret)).Parameter?.Value, 'second')
  const previous = { ...secret, Name: `${secret.Name}:AWSPREVIOUS` }
  assert.equal((await both.getParameter(previous)).Parameter?.Value, 'first')
  const one = await readerWith('one', 'ssm:GetParameter')
  await assert.rejects(one.getParameter(secret), {
    name: 'AccessDeniedException',
    message: /secretsmanager:GetSecretValue/,
  })
  const other = await readerWith('other', 'secretsmanager:GetSecretValue')
  await assert.rejects(other.getParameter(secret), {
    name: 'AccessDeniedException',
    message: /ssm:GetParameter on resource: .*parameter\/aws\/reference\/secretsmanager\/db\/main/,
  })
})
