import { ECR } from '@aws-sdk/client-ecr'
import type { TestServer } from '@bartizan/testkit'
import type { Loot } from '../../isolation.fixture.ts'

/** A repository with policies and a tag. */
export async function plant(bartizan: TestServer, loot: Loot): Promise<void> {
  const ecr = bartizan.client(ECR)
  const repositoryName = 'canary/repository'
  const tags = [{ Key: 'canary-tag-of-owner', Value: 'canary-value-of-owner' }]
  const { repository } = await ecr.createRepository({ repositoryName, tags })
  const resourceArn = repository?.repositoryArn
  loot.keep({ repositoryName, repositoryNames: [repositoryName], resourceArn })
  loot.keep({ registryId: bartizan.accountId })
  const selection = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 5 }
  const action = { type: 'expire' }
  const rule = { rulePriority: 1, description: 'canary rule of the owner', selection, action }
  const lifecyclePolicyText = JSON.stringify({ rules: [rule] })
  await ecr.putLifecyclePolicy({ repositoryName, lifecyclePolicyText })
  loot.keep({ lifecyclePolicyText })
  const policyText = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'canary-statement-of-owner',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${bartizan.accountId}:root` },
        Action: 'ecr:BatchGetImage',
      },
    ],
  })
  await ecr.setRepositoryPolicy({ repositoryName, policyText })
}
