import { IAM } from '@aws-sdk/client-iam'
import type { TestCredentials, TestServer } from './server.ts'

/** A user with an inline policy of these statements, if any: who it is and what it signs with. */
export async function newUser(
  server: Pick<TestServer, 'client'>,
  UserName: string,
  statements: readonly object[] = [],
): Promise<{ readonly arn: string; readonly credentials: TestCredentials }> {
  const iam = server.client(IAM)
  const { User } = await iam.createUser({ UserName })
  const { AccessKey } = await iam.createAccessKey({ UserName })
  if (!User?.Arn || !AccessKey?.AccessKeyId || !AccessKey.SecretAccessKey)
    throw new Error(`there is no user ${UserName}`)
  if (statements.length > 0) {
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements })
    await iam.putUserPolicy({ UserName, PolicyName: 'test', PolicyDocument })
  }
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = AccessKey
  return { arn: User.Arn, credentials: { accessKeyId, secretAccessKey } }
}
