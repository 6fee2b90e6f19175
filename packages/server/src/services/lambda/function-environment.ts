import { createSecretKey, randomBytes } from 'node:crypto'
import {
  KMSAccessDeniedException$,
  KMSDisabledException$,
  KMSInvalidStateException$,
  KMSNotFoundException$,
} from '@aws-sdk/client-lambda'
import type { EnvironmentResponse } from '@aws-sdk/client-lambda'
import type { Context } from '../../kernel/context.ts'
import { openText, plainKeyIn, sealText } from '../../kernel/data-key.ts'
import { AwsError, awsError } from '../../kernel/errors.ts'
import { functionArn } from './arns.ts'
import { invalid } from './errors.ts'
import { reservedVariables } from './execution/function-variables.ts'
import type { VersionRow } from './store.ts'

/** Environment variables as they are stored. */
export type SealedEnvironment = Pick<VersionRow, 'environment' | 'environmentKey'>

/** Whose environment it is. */
export interface EnvironmentOwner {
  readonly accountId: string
  readonly region: string
  readonly functionName: string
  readonly role: string
  readonly kmsKeyArn?: string
}

type Variables = Readonly<Record<string, string>>

/** All keys and values together, in characters of JSON (AWS: 4 KB). */
const maxEnvironment = 4096
const nameForm = /^[a-zA-Z][a-zA-Z0-9_]+$/

/** Refuses names and sizes that a function's environment cannot have. Throws InvalidParameterValueException. */
export function checkVariables(variables: Variables): void {
  const reserved = Object.keys(variables).filter((name) => reservedVariables.has(name))
  if (reserved.length > 0) {
    throw invalid(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    )
  }
  const bad = Object.keys(variables).find((name) => !nameForm.test(name))
  if (bad !== undefined) {
    throw invalid(
      `1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]`,
    )
  }
  const text = JSON.stringify(variables)
  if (text.length > maxEnvironment) {
    throw invalid(
      `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: ${text}`,
    )
  }
  if (text.includes('\\u0000')) throw invalid('Environment variables must not contain a null byte.')
}

/**
 * Encrypts environment variables under a fresh data key that KMS encrypts: the function's key, or the AWS managed
 * key of Lambda. A customer's key gets a grant by which the execution role decrypts.
 */
export async function sealVariables(
  ctx: Context,
  owner: EnvironmentOwner,
  variables: Variables | undefined,
): Promise<SealedEnvironment> {
  if (!variables || Object.keys(variables).length === 0) return { environment: '' }
  checkVariables(variables)
  const key = randomBytes(32)
  const context = encryptionContext(owner)
  const KeyId = owner.kmsKeyArn ?? 'alias/aws/lambda'
  try {
    const input = { KeyId, Plaintext: key, EncryptionContext: context }
    const { CiphertextBlob } = await ctx.call('kms', 'Encrypt', input)
    if (owner.kmsKeyArn !== undefined) {
      await ctx.call('kms', 'CreateGrant', {
        KeyId,
        GranteePrincipal: owner.role,
        Operations: ['Decrypt'],
        Constraints: { EncryptionContextEquals: context },
        Name: `lambda-${owner.functionName}`,
      })
    }
    const environmentKey = Buffer.from(CiphertextBlob as Uint8Array).toString('base64')
    return {
      environment: sealText(createSecretKey(key), JSON.stringify(variables)),
      environmentKey,
    }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw invalid(
      `Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant. Please check your KMS key settings. KMS Exception: ${error.code} KMS Message: ${error.message}`,
    )
  }
}

/** The variables as Get and List show them: decrypted as the caller, or why that cannot be. */
export async function shownVariables(
  ctx: Context,
  owner: EnvironmentOwner,
  sealed: SealedEnvironment,
): Promise<EnvironmentResponse | undefined> {
  if (sealed.environmentKey === undefined) return undefined
  try {
    const decrypt = (input: object) => ctx.call('kms', 'Decrypt', input)
    return { Variables: await openVariables(decrypt, owner, sealed) }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    const Message = `Lambda was unable to decrypt your environment variables because the KMS access was denied. Please check your KMS permissions. KMS Exception: ${error.code}KMS Message: ${error.message}`
    return { Error: { ErrorCode: error.code, Message } }
  }
}

/** Decrypts variables by a caller of `kms:Decrypt`, which may refuse. */
export async function openVariables(
  decrypt: (input: object) => Promise<Record<string, unknown>>,
  owner: EnvironmentOwner,
  { environment, environmentKey }: SealedEnvironment,
): Promise<Record<string, string>> {
  if (environmentKey === undefined) return {}
  const answer = await decrypt({
    CiphertextBlob: Buffer.from(environmentKey, 'base64'),
    EncryptionContext: encryptionContext(owner),
  })
  return JSON.parse(openText(plainKeyIn(answer), environment)) as Record<string, string>
}

/** What Invoke answers when the function's environment cannot be decrypted. */
export function undecryptable(error: AwsError): AwsError {
  const schemas = {
    DisabledException: KMSDisabledException$,
    KMSInvalidStateException: KMSInvalidStateException$,
    NotFoundException: KMSNotFoundException$,
  }
  const schema = Object.entries(schemas).find(([code]) => code === error.code)?.[1]
  const message = `Lambda was unable to decrypt the environment variables because KMS access was denied. Please check the function's AWS KMS key settings. KMS Exception: ${error.code} KMS Message: ${error.message}`
  return awsError(schema ?? KMSAccessDeniedException$, message, { Type: 'User' })
}

function encryptionContext(owner: EnvironmentOwner): Record<string, string> {
  return { 'aws:lambda:FunctionArn': functionArn(owner, owner.functionName) }
}
