import { ResourceNotFoundException, SecretsManager } from '@aws-sdk/client-secrets-manager'
import { passwordRules } from './password-rules.ts'
import type { Secrets } from './secrets.ts'

/** Secrets Manager as the function's execution role reaches it. */
export function secretsManager(env: Readonly<Record<string, string | undefined>>): Secrets {
  const endpoint = env['SECRETS_MANAGER_ENDPOINT']
  // AWS_ENDPOINT_URL is the server that runs this function: it goes before an address written for AWS.
  const client = new SecretsManager(endpoint && !env['AWS_ENDPOINT_URL'] ? { endpoint } : {})
  return {
    async describe(SecretId) {
      const secret = await client.describeSecret({ SecretId })
      return {
        rotationEnabled: secret.RotationEnabled === true,
        stages: secret.VersionIdsToStages ?? {},
        tags: Object.fromEntries((secret.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
      }
    },
    async value(SecretId, VersionStage, VersionId) {
      try {
        const input = { SecretId, VersionStage, ...(VersionId && { VersionId }) }
        const { SecretString } = await client.getSecretValue(input)
        if (SecretString === undefined) throw new Error(`Secret ${SecretId} holds no text`)
        return SecretString
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined
        throw error
      }
    },
    async putPending({ secretId, token, rotationToken }, SecretString) {
      await client.putSecretValue({
        SecretId: secretId,
        ClientRequestToken: token,
        SecretString,
        VersionStages: ['AWSPENDING'],
        ...(rotationToken && { RotationToken: rotationToken }),
      })
    },
    async makeCurrent({ secretId, token }, from) {
      await client.updateSecretVersionStage({
        SecretId: secretId,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: token,
        ...(from !== undefined && { RemoveFromVersionId: from }),
      })
    },
    async randomPassword() {
      const { RandomPassword } = await client.getRandomPassword(passwordRules(env))
      if (!RandomPassword) throw new Error('GetRandomPassword gave no password')
      return RandomPassword
    },
  }
}
