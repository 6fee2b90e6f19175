import { buffer } from 'node:stream/consumers'
import { IAM } from '@aws-sdk/client-iam'
import { Lambda } from '@aws-sdk/client-lambda'
import { ZipFile } from 'yazl'

/**
 * A rotation function that does as AWS's generic template does. A secret's description steers it:
 * `fail setSecret` has that step fail, `slow setSecret` has it take its time.
 */
const source = `
const { SecretsManager } = require('@aws-sdk/client-secrets-manager')
const client = new SecretsManager({})
exports.handler = async ({ Step, SecretId, ClientRequestToken: token }) => {
  const secret = await client.describeSecret({ SecretId })
  const stages = secret.VersionIdsToStages[token] ?? []
  if (stages.includes('AWSCURRENT')) return
  if (!stages.includes('AWSPENDING')) throw new Error('not AWSPENDING')
  if (secret.Description === 'fail ' + Step) throw new Error('told to fail')
  if (secret.Description === 'slow ' + Step) await new Promise((done) => setTimeout(done, 1500))
  if (Step === 'createSecret') {
    try {
      await client.getSecretValue({ SecretId, VersionId: token, VersionStage: 'AWSPENDING' })
    } catch (error) {
      if (error.name !== 'ResourceNotFoundException') throw error
      const { RandomPassword } = await client.getRandomPassword({ ExcludePunctuation: true })
      await client.putSecretValue({
        SecretId,
        ClientRequestToken: token,
        SecretString: RandomPassword,
        VersionStages: ['AWSPENDING'],
      })
    }
  }
  if (Step === 'finishSecret') {
    const current = Object.entries(secret.VersionIdsToStages).find(([, has]) =>
      has.includes('AWSCURRENT'),
    )
    await client.updateSecretVersionStage({
      SecretId,
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: token,
      RemoveFromVersionId: current[0],
    })
  }
}
`

function packaged(): Promise<Buffer> {
  const zip = new ZipFile()
  zip.addBuffer(Buffer.from(source), 'index.js')
  zip.end()
  return buffer(zip.outputStream)
}

const statement = (service: string) => ({
  Effect: 'Allow',
  Principal: { Service: service },
  Action: 'sts:AssumeRole',
})

/** What makes SDK clients of the server under test. */
interface Server {
  client<Client>(make: new (config: never) => Client): Client
}

/** Makes the function, and gives its ARN; Secrets Manager may call it unless told otherwise. */
export async function rotationFunction(
  bartizan: Server,
  { isAllowed = true, name = 'rotate' } = {},
): Promise<string> {
  const iam = bartizan.client(IAM)
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [statement('lambda.amazonaws.com')],
  })
  const { Role } = await iam.createRole({ RoleName: name, AssumeRolePolicyDocument })
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'secretsmanager:*', Resource: '*' }],
  })
  await iam.putRolePolicy({ RoleName: name, PolicyName: 'secrets', PolicyDocument })
  const lambda = bartizan.client(Lambda)
  const { FunctionArn = '' } = await lambda.createFunction({
    FunctionName: name,
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Role: Role?.Arn ?? '',
    Code: { ZipFile: await packaged() },
    Timeout: 30,
  })
  if (isAllowed) {
    await lambda.addPermission({
      FunctionName: name,
      StatementId: 'secrets',
      Action: 'lambda:InvokeFunction',
      Principal: 'secretsmanager.amazonaws.com',
    })
  }
  return FunctionArn
}
