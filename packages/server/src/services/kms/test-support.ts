import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import type { CreateKeyCommandInput, KeyMetadata } from '@aws-sdk/client-kms'

/** Credentials of a test's caller. */
export interface TestCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** What these functions need of the server under test. */
export interface TestTarget {
  client<Client>(
    make: new (config: {
      endpoint: string
      region: string
      credentials: TestCredentials
      maxAttempts: number
    }) => Client,
    overrides?: { readonly credentials?: TestCredentials },
  ): Client
}

/** What a refused call says; fails the test when the call went through. */
export async function refusal(call: Promise<unknown>): Promise<{ name: string; message: string }> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { name: error.name, message: error.message }
  }
  throw new Error('the call was not refused')
}

/** A new key's id and ARN, with its whole metadata. */
export async function newKey(
  client: KMSClient,
  input: CreateKeyCommandInput = {},
): Promise<{ id: string; arn: string; metadata: KeyMetadata }> {
  const { KeyMetadata: metadata } = await client.send(new CreateKeyCommand(input))
  if (!metadata?.KeyId || !metadata.Arn) throw new Error('CreateKey gave no key')
  return { id: metadata.KeyId, arn: metadata.Arn, metadata }
}

/** A caller made for a test. */
export interface TestUser {
  readonly arn: string
  readonly credentials: TestCredentials
  readonly kms: KMSClient
}

/** A user with an inline policy of these statements (none: no permissions at all). */
export async function newUser(
  bartizan: TestTarget,
  name: string,
  options: { statements?: readonly object[]; admin?: TestCredentials } = {},
): Promise<TestUser> {
  const admin = options.admin && { credentials: options.admin }
  const iam = bartizan.client(IAMClient, admin)
  const { User: user } = await iam.send(new CreateUserCommand({ UserName: name }))
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: name }))
  if (!user?.Arn || !key?.AccessKeyId || !key.SecretAccessKey) throw new Error('no user')
  if (options.statements) {
    const document = { Version: '2012-10-17', Statement: options.statements }
    const PolicyDocument = JSON.stringify(document)
    await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'p', PolicyDocument }))
  }
  const credentials = { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey }
  return { arn: user.Arn, credentials, kms: bartizan.client(KMSClient, { credentials }) }
}

/** A key policy: the account in full, and further statements. */
export function keyPolicy(accountId: string, ...statements: readonly object[]): string {
  const root = { Effect: 'Allow', Principal: { AWS: accountId }, Action: 'kms:*', Resource: '*' }
  return JSON.stringify({ Version: '2012-10-17', Statement: [root, ...statements] })
}
