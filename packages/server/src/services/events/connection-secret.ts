import type { Context } from '../../kernel/context.ts'
import type { ConnectionParameters } from './connection-auth.ts'
import type { ConnectionRow } from './store.ts'

const service = 'events.amazonaws.com'

/**
 * Keeps a connection's parameters in a secret that EventBridge manages, made as the caller, as AWS does
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection.html). Gives its ARN.
 */
export async function keepParameters(
  ctx: Context,
  { name, kmsKeyIdentifier }: Pick<ConnectionRow, 'name' | 'kmsKeyIdentifier'>,
  parameters: ConnectionParameters,
): Promise<string> {
  const { ARN } = await ctx.call('secretsmanager', 'CreateSecret', {
    Name: `events!connection/${name}/${ctx.ids.uuid()}`,
    ClientRequestToken: ctx.ids.uuid(),
    SecretString: JSON.stringify(parameters),
    ...(kmsKeyIdentifier && { KmsKeyId: kmsKeyIdentifier }),
  })
  return String(ARN)
}

/** Puts other parameters, or the same under another key, into a connection's secret. */
export async function changeParameters(
  ctx: Context,
  { secretArn }: Pick<ConnectionRow, 'secretArn'>,
  parameters: ConnectionParameters,
  kmsKeyIdentifier?: string,
): Promise<void> {
  await ctx.call('secretsmanager', 'UpdateSecret', {
    SecretId: secretArn,
    ClientRequestToken: ctx.ids.uuid(),
    SecretString: JSON.stringify(parameters),
    ...(kmsKeyIdentifier !== undefined && { KmsKeyId: kmsKeyIdentifier }),
  })
}

/** Deletes a connection's secret. */
export async function dropParameters(
  ctx: Context,
  { secretArn }: Pick<ConnectionRow, 'secretArn'>,
): Promise<void> {
  const input = { SecretId: secretArn, ForceDeleteWithoutRecovery: true }
  await ctx.call('secretsmanager', 'DeleteSecret', input)
}

/** The parameters of a connection, read by EventBridge itself. Throws what Secrets Manager refuses. */
export async function readParameters(
  ctx: Context,
  { arn, secretArn }: Pick<ConnectionRow, 'arn' | 'secretArn'>,
): Promise<ConnectionParameters> {
  const actor = { service, sourceArn: arn }
  const answer = await ctx.callAs(actor, 'secretsmanager', 'GetSecretValue', {
    SecretId: secretArn,
  })
  return JSON.parse(String(answer['SecretString'])) as ConnectionParameters
}
