import { createHash } from 'node:crypto'
import {
  textProperty,
  type ResourceContext,
  type ResourceProperties,
  type ResourceType,
} from '../../kernel/resource-type.ts'

/** What a database says of itself, as far as a secret is to know. */
interface Described {
  readonly Engine?: string
  readonly DBName?: string
  readonly DatabaseName?: string
  readonly Port?: number
  readonly Endpoint?: string | { readonly Address?: string; readonly Port?: number }
}

/** How databases of a type are described, and under which name the secret has their identifier. */
interface Target {
  readonly operation: string
  readonly parameter: string
  readonly answer: string
  readonly identifier: string
}

/** By `TargetType`; Redshift and DocumentDB are not here. */
const targets: Readonly<Record<string, Target>> = {
  'AWS::RDS::DBInstance': {
    operation: 'DescribeDBInstances',
    parameter: 'DBInstanceIdentifier',
    answer: 'DBInstances',
    identifier: 'dbInstanceIdentifier',
  },
  'AWS::RDS::DBCluster': {
    operation: 'DescribeDBClusters',
    parameter: 'DBClusterIdentifier',
    answer: 'DBClusters',
    identifier: 'dbClusterIdentifier',
  },
}

/** What an attachment writes into a secret, and takes out of it again. */
const members = [
  'engine',
  'host',
  'port',
  'dbname',
  'dbInstanceIdentifier',
  'dbClusterIdentifier',
] as const

/** Engines as rotation functions know them. */
const engines: Readonly<Record<string, string>> = {
  aurora: 'mysql',
  'aurora-mysql': 'mysql',
  'aurora-postgresql': 'postgres',
}

type SecretMembers = Readonly<Record<string, unknown>>

async function connection(at: ResourceContext, type: string, id: string): Promise<SecretMembers> {
  const target = targets[type]
  if (!target) throw new Error(`a secret cannot be attached to a ${type}`)
  const answer = await at.call('rds', target.operation, { [target.parameter]: id })
  const [found] = (answer[target.answer] ?? []) as readonly Described[]
  if (!found) throw new Error(`${id} cannot be described`)
  const { Engine: engine = '', Endpoint: endpoint } = found
  const isText = typeof endpoint === 'string'
  const dbname = found.DBName ?? found.DatabaseName
  return {
    engine: engines[engine] ?? engine,
    host: isText ? endpoint : endpoint?.Address,
    port: isText ? found.Port : (endpoint?.Port ?? found.Port),
    ...(dbname !== undefined && { dbname }),
    [target.identifier]: id,
  }
}

async function readSecret(at: ResourceContext, SecretId: string): Promise<SecretMembers> {
  const { SecretString } = await at.call('secretsmanager', 'GetSecretValue', { SecretId })
  const value: unknown = JSON.parse(String(SecretString))
  if (typeof value === 'object' && value !== null) return value as SecretMembers
  throw new Error(`the secret ${SecretId} is no JSON object`)
}

async function writeSecret(
  at: ResourceContext,
  SecretId: string,
  value: SecretMembers,
): Promise<string> {
  const SecretString = JSON.stringify(value)
  const text = JSON.stringify([at.stackId, at.logicalId, SecretString])
  const ClientRequestToken = createHash('sha256').update(text).digest('hex')
  const input = { SecretId, ClientRequestToken, SecretString }
  return String((await at.call('secretsmanager', 'PutSecretValue', input))['ARN'])
}

function withoutConnection(value: SecretMembers): SecretMembers {
  const own: readonly string[] = members
  return Object.fromEntries(Object.entries(value).filter(([name]) => !own.includes(name)))
}

async function attach(at: ResourceContext, properties: ResourceProperties) {
  const SecretId = textProperty(properties, 'SecretId') ?? ''
  const type = textProperty(properties, 'TargetType') ?? ''
  const found = await connection(at, type, textProperty(properties, 'TargetId') ?? '')
  const value = { ...withoutConnection(await readSecret(at, SecretId)), ...found }
  const arn = await writeSecret(at, SecretId, value)
  return { physicalId: arn, attributes: { Id: arn } }
}

/** `AWS::SecretsManager::SecretTargetAttachment`: a database's connection goes into a secret. */
export const targetAttachment: ResourceType = {
  type: 'AWS::SecretsManager::SecretTargetAttachment',
  required: ['SecretId', 'TargetId', 'TargetType'],
  optional: [],
  replacing: [],
  attributes: ['Id'],
  create: attach,
  update: attach,
  async delete(at, { physicalId: SecretId }) {
    const input = { SecretId }
    const codes = ['ResourceNotFoundException', 'InvalidRequestException']
    const known = await at.tryCall(codes, 'secretsmanager', 'GetSecretValue', input)
    if (!known) return
    await writeSecret(at, SecretId, withoutConnection(await readSecret(at, SecretId)))
  },
}
