import { SSM } from '@aws-sdk/client-ssm'
import type { TestServer } from '@bartizan/testkit'
import type { Loot } from '../../isolation.fixture.ts'

/** Parameters of every type and tier, with versions, labels, tags, policies and listings under way. */
export async function plant(bartizan: TestServer, loot: Loot): Promise<void> {
  const ssm = bartizan.client(SSM)
  const Tags = [{ Key: 'canary-tag-of-owner', Value: 'canary-value-of-owner' }]
  const Description = 'canary description of a parameter'
  const shapes = [
    { Name: '/canary-path/one', Type: 'String' },
    { Name: '/canary-path/two', Type: 'SecureString' },
    { Name: '/canary-path/three', Type: 'StringList', Tier: 'Advanced' },
    { Name: 'canary-flat', Type: 'SecureString', Tier: 'Advanced' },
  ] as const
  for (const shape of shapes) {
    const Value = `canary-value-of-${shape.Type}`
    await ssm.putParameter({ ...shape, Value, Description, Tags })
    await ssm.putParameter({ Name: shape.Name, Value, Overwrite: true })
    const { Parameter } = await ssm.getParameter({ Name: shape.Name, WithDecryption: true })
    loot.keep({
      ...Parameter,
      Names: shape.Name,
      ResourceId: shape.Name,
      ResourceArn: Parameter?.ARN,
    })
    loot.keep({ Name: Parameter?.ARN, Names: Parameter?.ARN })
  }
  const Name = '/canary-path/three'
  await ssm.labelParameterVersion({ Name, ParameterVersion: 1, Labels: ['canary-label'] })
  loot.keep({ Labels: 'canary-label', Name: `${Name}:canary-label` })
  const ResourceArn = `arn:aws:ssm:us-east-1:${bartizan.accountId}:parameter${Name}`
  const Statement = {
    Effect: 'Allow',
    Principal: { AWS: '999988887777' },
    Action: 'ssm:GetParameter',
    Resource: ResourceArn,
  }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  loot.keep(await ssm.putResourcePolicy({ ResourceArn, Policy }))
  loot.keep({ ResourceArn, ResourceType: 'Parameter', TagKeys: 'canary-tag-of-owner' })
  const SettingId = '/ssm/parameter-store/high-throughput-enabled'
  await ssm.updateServiceSetting({ SettingId, SettingValue: 'true' })
  loot.keep({ SettingId, SettingValue: 'true' })
  loot.keep({ Path: '/canary-path' })
  loot.keep(await ssm.describeParameters({ MaxResults: 1 }))
  loot.keep(await ssm.getParameterHistory({ Name, MaxResults: 1 }))
  loot.keep(await ssm.getParametersByPath({ Path: '/canary-path', MaxResults: 1 }))
}
