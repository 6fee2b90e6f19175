import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import type { TestServer } from '@bartizan/testkit'
import type { Loot } from '../../isolation.fixture.ts'

/** Secrets with versions, labels, tags, policies and replicas, one of them to be deleted. */
export async function plant(bartizan: TestServer, loot: Loot): Promise<void> {
  const secrets = bartizan.client(SecretsManager)
  const Tags = [{ Key: 'canary-tag-of-owner', Value: 'canary-value-of-owner' }]
  const Description = 'canary description of a secret'
  const ResourcePolicy = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${bartizan.accountId}:root` },
      Action: 'secretsmanager:*',
      Resource: '*',
    },
  })
  const AddReplicaRegions = [{ Region: 'eu-west-1' }]
  for (const Name of ['canary-secret/one', 'canary-secret/two', 'canary-secret/late']) {
    const made = await secrets.createSecret({
      Name,
      Description,
      SecretString: 'canary value of a secret',
      Tags,
      ...(Name.endsWith('one') && { AddReplicaRegions }),
    })
    loot.secrets.add('canary value of a secret').add('canary next value of a secret')
    const put = await secrets.putSecretValue({
      SecretId: Name,
      SecretString: 'canary next value of a secret',
      VersionStages: ['AWSCURRENT', 'canary-stage'],
    })
    await secrets.putResourcePolicy({ SecretId: Name, ResourcePolicy })
    loot.keep({ SecretId: Name, SecretIdList: Name, Name })
    loot.keep({
      SecretId: made.ARN,
      SecretIdList: made.ARN,
      VersionId: made.VersionId,
      ClientRequestToken: made.VersionId,
      MoveToVersionId: made.VersionId,
      RemoveFromVersionId: put.VersionId,
      VersionStage: 'canary-stage',
    })
    loot.keep({ SecretId: made.ARN?.slice(0, -7), SecretIdList: made.ARN?.slice(0, -7) })
  }
  loot.keep({ ResourcePolicy, RemoveReplicaRegions: 'eu-west-1' })
  loot.keep(await secrets.listSecrets({ MaxResults: 1 }))
  loot.keep(await secrets.listSecretVersionIds({ SecretId: 'canary-secret/one', MaxResults: 1 }))
  await secrets.deleteSecret({ SecretId: 'canary-secret/late' })
  await bartizan.settled()
}
