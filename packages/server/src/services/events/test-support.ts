import assert from 'node:assert/strict'
import * as sdk from '@aws-sdk/client-eventbridge'
import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import type { IAMClient } from '@aws-sdk/client-iam'

/** The refusal of a call, by its code and message. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ readonly name: string; readonly message: string }> {
  try {
    await call
  } catch (error) {
    assert.ok(error instanceof Error)
    return { name: error.name, message: error.message }
  }
  return assert.fail('the call was not refused')
}

/** A role that EventBridge may assume, with one policy that allows some actions. */
export async function roleFor(
  iam: IAMClient,
  name: string,
  actions: readonly string[],
): Promise<string> {
  const trust = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sts:AssumeRole',
      },
    ],
  }
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) }),
  )
  const Statement = [{ Effect: 'Allow', Action: actions, Resource: '*' }]
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: name,
      PolicyName: 'allowed',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
    }),
  )
  return Role?.Arn ?? ''
}

/** A webhook as a rule's target: with an API key unless the connection says otherwise. */
export async function webhookTarget(
  client: sdk.EventBridgeClient,
  spec: {
    readonly name: string
    readonly url: string
    readonly roleArn: string
    readonly connection?: Partial<sdk.CreateConnectionCommandInput>
    readonly destination?: Partial<sdk.CreateApiDestinationCommandInput>
  },
): Promise<{ Arn: string; RoleArn: string }> {
  const { name, url, roleArn } = spec
  const { ConnectionArn } = await client.send(
    new sdk.CreateConnectionCommand({
      Name: name,
      AuthorizationType: 'API_KEY',
      AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'X-Key', ApiKeyValue: 'secret' } },
      ...spec.connection,
    }),
  )
  const { ApiDestinationArn = '' } = await client.send(
    new sdk.CreateApiDestinationCommand({
      Name: name,
      ConnectionArn,
      InvocationEndpoint: url,
      HttpMethod: 'POST',
      ...spec.destination,
    }),
  )
  return { Arn: ApiDestinationArn, RoleArn: roleArn }
}

/** Puts one custom event on a bus. */
export async function putEvent(
  client: sdk.EventBridgeClient,
  detail: object,
  entry: Partial<sdk.PutEventsRequestEntry> = {},
): Promise<string> {
  const { Entries = [] } = await client.send(
    new sdk.PutEventsCommand({
      Entries: [
        { Source: 'my.app', DetailType: 'order', Detail: JSON.stringify(detail), ...entry },
      ],
    }),
  )
  assert.equal(Entries[0]?.ErrorCode, undefined)
  return Entries[0]?.EventId ?? ''
}
