import type { Parameter, ParameterHistory } from '@aws-sdk/client-ssm'
import type { Context } from '../../kernel/context.ts'
import { openValue } from './encryption.ts'
import type { ParameterRow, VersionFacts } from './store.ts'

/** A version's value as it is shown: a SecureString's as ciphertext unless it is to be decrypted. */
export function shownValue(
  ctx: Context,
  { arn }: Pick<ParameterRow, 'arn'>,
  { type, tier, value }: VersionFacts,
  isDecrypted: boolean | undefined,
): string | Promise<string> {
  return type === 'SecureString' && isDecrypted ? openValue(ctx, { arn, tier }, value) : value
}

/** How a parameter was asked for. */
export interface Asked {
  /** Under which name, where it is not its own. */
  readonly name?: string
  readonly selector?: string
  readonly isDecrypted?: boolean | undefined
}

/** A parameter as the Get operations show it. */
export async function parameterShape(
  ctx: Context,
  row: ParameterRow,
  facts: VersionFacts,
  { name = row.name, selector, isDecrypted }: Asked,
): Promise<Parameter> {
  return {
    Name: name,
    Type: facts.type,
    Value: await shownValue(ctx, row, facts, isDecrypted),
    Version: facts.version,
    ...(selector !== undefined && { Selector: `:${selector}` }),
    LastModifiedDate: new Date(facts.modifiedAt),
    ARN: row.arn,
    DataType: facts.dataType,
  }
}

/** What DescribeParameters and GetParameterHistory both show of a version. */
export function metadataShape(name: string, facts: VersionFacts): ParameterHistory {
  const { keyId, description, allowedPattern } = facts
  return {
    Name: name,
    Type: facts.type,
    ...(keyId !== undefined && { KeyId: keyId }),
    LastModifiedDate: new Date(facts.modifiedAt),
    LastModifiedUser: facts.modifiedBy,
    ...(description !== undefined && { Description: description }),
    ...(allowedPattern !== undefined && { AllowedPattern: allowedPattern }),
    Version: facts.version,
    Tier: facts.tier,
    Policies: facts.policies.map(({ type, text, status }) => ({
      PolicyText: text,
      PolicyType: type,
      PolicyStatus: status,
    })),
    DataType: facts.dataType,
  }
}
