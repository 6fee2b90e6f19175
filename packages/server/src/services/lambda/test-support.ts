import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  type CreateFunctionCommandInput,
  type InvokeCommandInput,
} from '@aws-sdk/client-lambda'
import { zipOf } from './execution/test-zip.ts'

/** What these functions need of the server under test. */
export interface TestTarget {
  readonly accountId: string
  client<Client>(
    make: new (config: {
      endpoint: string
      region: string
      credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
      maxAttempts: number
    }) => Client,
  ): Client
}

interface Metadata {
  readonly httpStatusCode?: number
}

/** What a refused call says; fails the test when the call went through. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ name: string; message: string; status?: number | undefined }> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const { httpStatusCode: status } = '$metadata' in error ? (error.$metadata as Metadata) : {}
    return { name: error.name, message: error.message, status }
  }
  throw new Error('the call was not refused')
}

/** A role that Lambda may assume, with an inline policy of these statements. */
export async function newRole(
  bartizan: TestTarget,
  RoleName: string,
  statements: readonly object[] = [],
): Promise<string> {
  const iam = bartizan.client(IAMClient)
  const trust = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
      },
    ],
  }
  const AssumeRolePolicyDocument = JSON.stringify(trust)
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
  if (statements.length > 0) {
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements })
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument }))
  }
  return Role?.Arn ?? ''
}

/** A function of this source in index.js. */
export async function newFunction(
  bartizan: TestTarget,
  FunctionName: string,
  source: string,
  changes: Partial<CreateFunctionCommandInput> & { Role: string },
) {
  const lambda = bartizan.client(LambdaClient)
  const ZipFile = await zipOf({ 'index.js': source })
  return lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Code: { ZipFile },
      ...changes,
    }),
  )
}

/** What a function answers, parsed. */
export async function invoke(
  bartizan: TestTarget,
  FunctionName: string,
  event: unknown = {},
  more: Partial<InvokeCommandInput> = {},
) {
  const lambda = bartizan.client(LambdaClient)
  const Payload = Buffer.from(JSON.stringify(event))
  const output = await lambda.send(new InvokeCommand({ FunctionName, Payload, ...more }))
  const text = Buffer.from(output.Payload ?? []).toString('utf8')
  return { ...output, text, answer: text === '' ? undefined : JSON.parse(text) }
}
