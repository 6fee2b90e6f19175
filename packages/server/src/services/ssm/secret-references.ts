import type { Parameter } from '@aws-sdk/client-ssm'
import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import { notFound, validation } from './errors.ts'
import type { Reference } from './names.ts'
import type { Sought } from './parameter-reference.ts'

/** What GetSecretValue answers. */
interface SecretValue {
  readonly ARN?: string
  readonly Name?: string
  readonly VersionId?: string
  readonly SecretString?: string
  readonly VersionStages?: readonly string[]
  readonly CreatedDate?: Date
}

const versionIdForm = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/**
 * A secret of Secrets Manager as a parameter (Systems Manager User Guide, "Referencing AWS Secrets
 * Manager secrets from Parameter Store parameters"), read as the caller. A selector is a version id
 * or a staging label. Throws ParameterNotFound and the caller's refusals.
 */
export async function secretParameter(
  ctx: Context,
  { reference, arn }: Sought,
  isDecrypted: boolean | undefined,
): Promise<Parameter> {
  if (!isDecrypted) {
    throw validation('WithDecryption flag must be True for retrieving a Secret Manager secret.')
  }
  const { selector, name } = reference
  const secretValue = await readSecret(ctx, reference)
  const { SecretString, CreatedDate, Name, VersionId, VersionStages } = secretValue
  if (SecretString === undefined) throw notFound(absent(name))
  const source = {
    ARN: secretValue.ARN,
    name: Name,
    versionId: VersionId,
    secretString: SecretString,
    versionStages: VersionStages,
    createdDate: CreatedDate && CreatedDate.getTime() / 1000,
  }
  return {
    Name: name,
    Type: 'SecureString',
    Value: SecretString,
    Version: 0,
    ...(selector !== undefined && { Selector: `:${selector}` }),
    SourceResult: JSON.stringify(source),
    ...(CreatedDate && { LastModifiedDate: CreatedDate }),
    ARN: arn,
    DataType: 'text',
  }
}

const absent = (name: string): string =>
  `An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret ${name} not found.`

async function readSecret(
  ctx: Context,
  { secret: SecretId = '', selector, name }: Reference,
): Promise<SecretValue> {
  const version =
    selector === undefined
      ? {}
      : versionIdForm.test(selector)
        ? { VersionId: selector }
        : { VersionStage: selector }
  try {
    return await ctx.call('secretsmanager', 'GetSecretValue', { SecretId, ...version })
  } catch (error) {
    const isGone = error instanceof AwsError && error.code === 'ResourceNotFoundException'
    throw isGone ? notFound(absent(name)) : error
  }
}
