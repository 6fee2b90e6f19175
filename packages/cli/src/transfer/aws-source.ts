import type { SecretsManager, SecretListEntry } from '@aws-sdk/client-secrets-manager'
import type { ParameterMetadata, SSM } from '@aws-sdk/client-ssm'
import { belongingsOf, labelsOf } from './belongings.ts'
import {
  reasonOf,
  type Entry,
  type ParameterEntry,
  type SecretEntry,
  type Unreadable,
} from './entry.ts'

/** Clients of the place that is read, with any credentials that the AWS SDK finds. */
export interface AwsClients {
  readonly ssm: SSM
  readonly secretsManager: SecretsManager
}

/** What of an account is read. */
export interface AwsSelection {
  /** Parameters below this path; all of them where it is absent and `secrets` is, too. */
  readonly path?: string
  /** Secrets whose names begin so. */
  readonly secrets?: string
}

/** Reads parameters and secrets of an account and Region through AWS's API. */
export async function* readAws(
  clients: AwsClients,
  { path, secrets }: AwsSelection,
): AsyncGenerator<Entry | Unreadable> {
  const wantsAll = path === undefined && secrets === undefined
  if (wantsAll || path !== undefined) yield* readParameters(clients.ssm, path)
  if (wantsAll || secrets !== undefined) yield* readSecrets(clients.secretsManager, secrets)
}

const atOnce = 10

async function* readParameters(
  ssm: SSM,
  path: string | undefined,
): AsyncGenerator<ParameterEntry | Unreadable> {
  const { paginateDescribeParameters } = await import('@aws-sdk/client-ssm')
  const filter = { Key: 'Path', Option: 'Recursive', Values: [path ?? '/'] }
  const input = path === undefined ? {} : { ParameterFilters: [filter] }
  for await (const { Parameters = [] } of paginateDescribeParameters({ client: ssm }, input)) {
    for (let at = 0; at < Parameters.length; at += atOnce) {
      yield* valuesOf(ssm, Parameters.slice(at, at + atOnce))
    }
  }
}

/** A key that may not be used fails a whole call: then each parameter is asked for by itself. */
async function* valuesOf(
  ssm: SSM,
  described: readonly ParameterMetadata[],
): AsyncGenerator<ParameterEntry | Unreadable> {
  const Names = described.map(({ Name = '' }) => Name)
  const values = new Map<string, string>()
  try {
    const { Parameters = [] } = await ssm.getParameters({ Names, WithDecryption: true })
    for (const { Name = '', Value } of Parameters) if (Value !== undefined) values.set(Name, Value)
  } catch (error) {
    const [only] = described
    if (described.length === 1 && only) {
      yield { kind: 'parameter', name: only.Name ?? '', reason: reasonOf(error) }
      return
    }
    for (const each of described) yield* valuesOf(ssm, [each])
    return
  }
  for (const each of described) {
    const value = values.get(each.Name ?? '')
    if (value === undefined) continue
    yield {
      ...parameterOf(each, value),
      ...(await parameterTags(ssm, each.Name ?? '')),
      ...(await labelsOf({ ssm }, each.Name ?? '', each.Version)),
    }
  }
}

function parameterOf(described: ParameterMetadata, value: string): ParameterEntry {
  const { Name = '', Type = 'String', Description, DataType, AllowedPattern } = described
  return {
    kind: 'parameter',
    name: Name,
    type: Type,
    value,
    ...(Description && { description: Description }),
    ...(DataType && DataType !== 'text' && { dataType: DataType }),
    ...(AllowedPattern && { allowedPattern: AllowedPattern }),
  }
}

async function parameterTags(ssm: SSM, ResourceId: string): Promise<Pick<Entry, 'tags'>> {
  const { TagList = [] } = await ssm.listTagsForResource({ ResourceType: 'Parameter', ResourceId })
  return tagsOf(TagList)
}

/** Tags of AWS's own cannot be set by anybody else. */
function tagsOf(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[],
): Pick<Entry, 'tags'> {
  const own = tags.filter(({ Key = '' }) => !Key.toLowerCase().startsWith('aws:'))
  if (own.length === 0) return {}
  return { tags: Object.fromEntries(own.map(({ Key = '', Value = '' }) => [Key, Value])) }
}

async function* readSecrets(
  secretsManager: SecretsManager,
  prefix: string | undefined,
): AsyncGenerator<SecretEntry | Unreadable> {
  const { paginateListSecrets } = await import('@aws-sdk/client-secrets-manager')
  const client = secretsManager
  for await (const { SecretList = [] } of paginateListSecrets({ client }, {})) {
    for (const each of SecretList) {
      if (prefix === undefined || each.Name?.startsWith(prefix)) yield secretOf(client, each)
    }
  }
}

async function secretOf(
  secretsManager: SecretsManager,
  { Name = '', Description, Tags = [], OwningService }: SecretListEntry,
): Promise<SecretEntry | Unreadable> {
  if (OwningService !== undefined) {
    return { kind: 'secret', name: Name, reason: `it belongs to ${OwningService}` }
  }
  try {
    const got = await secretsManager.getSecretValue({ SecretId: Name })
    return {
      kind: 'secret',
      name: Name,
      value: got.SecretString ?? got.SecretBinary ?? '',
      ...(Description && { description: Description }),
      ...tagsOf(Tags),
      ...(await belongingsOf({ secretsManager }, Name)),
    }
  } catch (error) {
    return { kind: 'secret', name: Name, reason: reasonOf(error) }
  }
}
