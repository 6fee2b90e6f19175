import { CloudFormation } from '@aws-sdk/client-cloudformation'
import type { TestServer } from '@bartizan/testkit'
import type { Loot } from '../../isolation.fixture.ts'
import { created } from './stack.fixture.ts'

const TemplateBody = `
Description: canary description of the owner
Parameters: { Secret: { Type: String, Default: canary-parameter-of-owner } }
Resources:
  Key:
    Type: AWS::KMS::Key
    Metadata: { canary: canary-metadata-of-owner }
    Properties: { Description: !Ref Secret }
Outputs: { Key: { Value: !Ref Key, Export: { Name: canary-export-of-owner } } }
`

/** A stack with an export that another one imports, a policy and a change set. */
export async function plant(bartizan: TestServer, loot: Loot): Promise<void> {
  const cloudformation = bartizan.client(CloudFormation)
  const StackName = 'canary-stack-of-owner'
  const stack = await created(cloudformation, { StackName, TemplateBody })
  await created(cloudformation, {
    StackName: 'canary-importer-of-owner',
    TemplateBody: `
Resources:
  Alias:
    Type: AWS::KMS::Alias
    Properties: { AliasName: alias/canary-imported, TargetKeyId: !ImportValue canary-export-of-owner }
`,
  })
  await cloudformation.setStackPolicy({
    StackName,
    StackPolicyBody: JSON.stringify({
      Statement: [
        {
          Effect: 'Allow',
          Action: 'Update:*',
          Principal: '*',
          Resource: 'LogicalResourceId/canary',
        },
        { Effect: 'Allow', Action: 'Update:*', Principal: '*', Resource: '*' },
      ],
    }),
  })
  const ChangeSetName = 'canary-change-set'
  const changeSet = await cloudformation.createChangeSet({
    StackName,
    ChangeSetName,
    TemplateBody,
    Parameters: [{ ParameterKey: 'Secret', ParameterValue: 'canary-changed-of-owner' }],
  })
  const { StackResources } = await cloudformation.describeStackResources({ StackName })
  const [resource] = StackResources ?? []
  loot.keep({
    ExportName: 'canary-export-of-owner',
    LogicalResourceId: 'Key',
    PhysicalResourceId: resource?.PhysicalResourceId,
    TemplateBody,
  })
  for (const name of [StackName, stack.StackId, 'canary-importer-of-owner']) {
    loot.keep({ StackName: name })
  }
  for (const name of [ChangeSetName, changeSet.Id]) loot.keep({ ChangeSetName: name })
}
