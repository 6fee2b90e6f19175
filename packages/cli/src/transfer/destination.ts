import type { AwsClients } from './aws-source.ts'
import { giveBelongings, giveLabels } from './belongings.ts'
import type { Entry, ParameterEntry, SecretEntry } from './entry.ts'

/** How an entry compares with what is there. */
export type State = 'new' | 'same' | 'changed'

/** How entries are written. */
export interface WriteOptions {
  /** The KMS key for new SecureStrings and secrets; AWS's own for the service where it is absent. */
  readonly keyId?: string
}

/** Standard parameters hold no more, in bytes; advanced ones twice as much. */
const standardBytes = 4096

/** Compares an entry with what the installation has. */
export function stateOf(clients: AwsClients, entry: Entry): Promise<State> {
  return entry.kind === 'parameter' ? parameterState(clients, entry) : secretState(clients, entry)
}

/** Writes an entry: new, or as the next version of what is there; what of its belongings could not be given, in words. */
export function write(
  clients: AwsClients,
  entry: Entry,
  { state, ...options }: WriteOptions & { readonly state: Exclude<State, 'same'> },
): Promise<readonly string[]> {
  return entry.kind === 'parameter'
    ? putParameter(clients, entry, state === 'changed', options)
    : putSecret(clients, entry, state === 'changed', options)
}

async function parameterState({ ssm }: AwsClients, entry: ParameterEntry): Promise<State> {
  const got = await ssm
    .getParameter({ Name: entry.name, WithDecryption: true })
    .catch(unless('ParameterNotFound'))
  if (!got?.Parameter) return 'new'
  const { Type, Value } = got.Parameter
  return Type === entry.type && Value === entry.value ? 'same' : 'changed'
}

async function secretState(
  { secretsManager }: AwsClients,
  { name, value }: SecretEntry,
): Promise<State> {
  const got = await secretsManager
    .getSecretValue({ SecretId: name })
    .catch(unless('ResourceNotFoundException'))
  if (!got) {
    const described = await secretsManager
      .describeSecret({ SecretId: name })
      .catch(unless('ResourceNotFoundException'))
    return described ? 'changed' : 'new'
  }
  const there = got.SecretString ?? got.SecretBinary ?? ''
  return Buffer.from(there).equals(Buffer.from(value)) &&
    (typeof there === 'string') === (typeof value === 'string')
    ? 'same'
    : 'changed'
}

function unless(name: string): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof Error && error.name === name) return undefined
    throw error
  }
}

const listOf = (tags: Readonly<Record<string, string>> | undefined) =>
  Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }))

async function putParameter(
  clients: AwsClients,
  entry: ParameterEntry,
  isThere: boolean,
  { keyId }: WriteOptions,
): Promise<readonly string[]> {
  const { ssm } = clients
  const { name: Name, type: Type, value: Value, description, dataType, allowedPattern } = entry
  const Tags = listOf(entry.tags)
  const { Version } = await ssm.putParameter({
    Name,
    Type,
    Value,
    ...(description !== undefined && { Description: description }),
    ...(dataType !== undefined && { DataType: dataType }),
    ...(allowedPattern !== undefined && { AllowedPattern: allowedPattern }),
    ...(Type === 'SecureString' && keyId !== undefined && { KeyId: keyId }),
    ...(Buffer.byteLength(Value) > standardBytes && { Tier: 'Advanced' }),
    // Tags and Overwrite exclude each other: what is there keeps its own.
    ...(isThere ? { Overwrite: true } : Tags.length > 0 && { Tags }),
  })
  return giveLabels(clients, entry, Version)
}

async function putSecret(
  clients: AwsClients,
  entry: SecretEntry,
  isThere: boolean,
  { keyId }: WriteOptions,
): Promise<readonly string[]> {
  const { secretsManager } = clients
  const { name, value, description, tags } = entry
  const content = typeof value === 'string' ? { SecretString: value } : { SecretBinary: value }
  if (isThere) {
    const { VersionId } = await secretsManager.putSecretValue({ SecretId: name, ...content })
    return giveBelongings(clients, entry, VersionId)
  }
  const Tags = listOf(tags)
  const { VersionId } = await secretsManager.createSecret({
    Name: name,
    ...content,
    ...(description !== undefined && { Description: description }),
    ...(keyId !== undefined && { KmsKeyId: keyId }),
    ...(Tags.length > 0 && { Tags }),
  })
  return giveBelongings(clients, entry, VersionId)
}
