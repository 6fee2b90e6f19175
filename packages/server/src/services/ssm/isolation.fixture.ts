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
  loot.keep({ Path: '/canary-path' })
  loot.keep(await ssm.getParametersByPath({ Path: '/canary-path', MaxResults: 1 }))
}
