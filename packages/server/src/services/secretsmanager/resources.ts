import { createHash } from 'node:crypto'
import {
  documentProperty,
  flagProperty,
  listProperty,
  numberProperty,
  tagChanges,
  tagsProperty,
  textProperty,
  type ResourceContext,
  type ResourceProperties,
  type ResourceType,
} from '../../kernel/resource-type.ts'
import { targetAttachment } from './target-attachment.ts'

const service = 'secretsmanager'
const gone = ['ResourceNotFoundException', 'InvalidRequestException']

/** A request's token that is the same when the request is made again. */
export function tokenFor(at: ResourceContext, what: unknown): string {
  const text = JSON.stringify([at.stackId, at.logicalId, what])
  return createHash('sha256').update(text).digest('hex')
}

/** What two sets of properties have under a name, compared as JSON. */
const differs = (one: ResourceProperties, two: ResourceProperties, name: string): boolean =>
  JSON.stringify(one[name]) !== JSON.stringify(two[name])

/** An object property; empty where there is none. */
function objectProperty(properties: ResourceProperties, name: string): ResourceProperties {
  const value = properties[name]
  return typeof value === 'object' && value !== null ? (value as ResourceProperties) : {}
}

const switches = [
  'ExcludeLowercase',
  'ExcludeNumbers',
  'ExcludePunctuation',
  'ExcludeUppercase',
  'IncludeSpace',
  'RequireEachIncludedType',
]

/** The value that `GenerateSecretString` describes, else `SecretString`; undefined without either. */
async function valueFor(
  at: ResourceContext,
  properties: ResourceProperties,
): Promise<string | undefined> {
  if (properties['GenerateSecretString'] === undefined) {
    return textProperty(properties, 'SecretString')
  }
  const wanted = objectProperty(properties, 'GenerateSecretString')
  const flags = switches.flatMap((name) => {
    const flag = flagProperty(wanted, name)
    return flag === undefined ? [] : [[name, flag]]
  })
  const PasswordLength = numberProperty(wanted, 'PasswordLength')
  const ExcludeCharacters = textProperty(wanted, 'ExcludeCharacters')
  const { RandomPassword } = await at.call(service, 'GetRandomPassword', {
    ...Object.fromEntries(flags),
    ...(PasswordLength !== undefined && { PasswordLength }),
    ...(ExcludeCharacters !== undefined && { ExcludeCharacters }),
  })
  const key = textProperty(wanted, 'GenerateStringKey')
  const template = textProperty(wanted, 'SecretStringTemplate')
  if (key === undefined || template === undefined) return String(RandomPassword)
  return JSON.stringify({ ...(JSON.parse(template) as object), [key]: RandomPassword })
}

interface ReplicaRegion {
  readonly Region: string
  readonly KmsKeyId?: string
}

function replicasOf(properties: ResourceProperties): readonly ReplicaRegion[] {
  return listProperty(properties, 'ReplicaRegions') as readonly ReplicaRegion[]
}

const made = (arn: unknown) => ({ physicalId: String(arn), attributes: { Id: arn } })

/** `AWS::SecretsManager::Secret`. */
const secret: ResourceType = {
  type: 'AWS::SecretsManager::Secret',
  required: [],
  optional: [
    'Description',
    'GenerateSecretString',
    'KmsKeyId',
    'Name',
    'ReplicaRegions',
    'SecretString',
    'Tags',
    'Type',
  ],
  replacing: ['Name'],
  attributes: ['Id'],
  tags: 'list',
  async create(at, properties) {
    const end = at.newName().split('-').at(-1) ?? ''
    const Name = textProperty(properties, 'Name') ?? `${at.logicalId}-${end}`
    const known = at.isRetry
      ? await at.tryCall(gone, service, 'DescribeSecret', { SecretId: Name })
      : undefined
    if (known) return made(known['ARN'])
    const SecretString = await valueFor(at, properties)
    const Tags = tagsProperty(properties)
    const replicas = replicasOf(properties)
    const { ARN } = await at.call(service, 'CreateSecret', {
      Name,
      ClientRequestToken: tokenFor(at, ['create', Name]),
      ...textsOf(properties),
      ...(SecretString !== undefined && { SecretString }),
      ...(Tags.length > 0 && { Tags }),
      ...(replicas.length > 0 && { AddReplicaRegions: replicas }),
    })
    return made(ARN)
  },
  async update(at, properties, before) {
    const SecretId = before.physicalId
    const isNewValue =
      differs(properties, before.properties, 'GenerateSecretString') ||
      differs(properties, before.properties, 'SecretString')
    const SecretString = isNewValue ? await valueFor(at, properties) : undefined
    await at.call(service, 'UpdateSecret', {
      SecretId,
      ClientRequestToken: tokenFor(at, ['update', properties]),
      ...unset(properties, before.properties),
      ...textsOf(properties),
      ...(SecretString !== undefined && { SecretString }),
    })
    await changeTags(at, SecretId, before.properties, properties)
    await changeReplicas(at, SecretId, before.properties, properties)
    return made(SecretId)
  },
  async delete(at, { physicalId: SecretId, properties }) {
    const RemoveReplicaRegions = replicasOf(properties).map(({ Region }) => Region)
    if (RemoveReplicaRegions.length > 0) {
      const input = { SecretId, RemoveReplicaRegions }
      const codes = [...gone, 'InvalidParameterException']
      await at.tryCall(codes, service, 'RemoveRegionsFromReplication', input)
    }
    await at.tryCall(['ResourceNotFoundException'], service, 'DeleteSecret', {
      SecretId,
      ForceDeleteWithoutRecovery: true,
    })
  },
}

const texts = ['Description', 'KmsKeyId', 'Type']

function textsOf(properties: ResourceProperties): Record<string, string> {
  return Object.fromEntries(
    texts.flatMap((name) => {
      const text = textProperty(properties, name)
      return text === undefined ? [] : [[name, text]]
    }),
  )
}

/** What a template leaves out again goes back to its default. */
function unset(properties: ResourceProperties, before: ResourceProperties): Record<string, string> {
  const dropped = texts.filter(
    (name) => before[name] !== undefined && properties[name] === undefined,
  )
  return Object.fromEntries(dropped.map((name) => [name, '']))
}

async function changeTags(
  at: ResourceContext,
  SecretId: string,
  before: ResourceProperties,
  after: ResourceProperties,
): Promise<void> {
  const { put, remove } = tagChanges(before, after)
  if (remove.length > 0) await at.call(service, 'UntagResource', { SecretId, TagKeys: remove })
  if (put.length > 0) await at.call(service, 'TagResource', { SecretId, Tags: put })
}

async function changeReplicas(
  at: ResourceContext,
  SecretId: string,
  before: ResourceProperties,
  after: ResourceProperties,
): Promise<void> {
  const [had, wanted] = [replicasOf(before), replicasOf(after)]
  const isIn = (list: readonly ReplicaRegion[], one: ReplicaRegion): boolean =>
    list.some(({ Region, KmsKeyId }) => Region === one.Region && KmsKeyId === one.KmsKeyId)
  const removed = had.filter((replica) => !isIn(wanted, replica)).map(({ Region }) => Region)
  if (removed.length > 0) {
    const input = { SecretId, RemoveReplicaRegions: removed }
    await at.call(service, 'RemoveRegionsFromReplication', input)
  }
  const AddReplicaRegions = wanted.filter((replica) => !isIn(had, replica))
  if (AddReplicaRegions.length > 0) {
    await at.call(service, 'ReplicateSecretToRegions', { SecretId, AddReplicaRegions })
  }
}

/** `AWS::SecretsManager::ResourcePolicy`. */
const resourcePolicy: ResourceType = {
  type: 'AWS::SecretsManager::ResourcePolicy',
  required: ['ResourcePolicy', 'SecretId'],
  optional: ['BlockPublicPolicy'],
  replacing: ['SecretId'],
  attributes: ['Id'],
  create: putPolicy,
  update: putPolicy,
  async delete(at, { physicalId: SecretId }) {
    await at.tryCall(gone, service, 'DeleteResourcePolicy', { SecretId })
  },
}

async function putPolicy(at: ResourceContext, properties: ResourceProperties) {
  const BlockPublicPolicy = flagProperty(properties, 'BlockPublicPolicy')
  const { ARN } = await at.call(service, 'PutResourcePolicy', {
    SecretId: textProperty(properties, 'SecretId'),
    ResourcePolicy: documentProperty(properties, 'ResourcePolicy'),
    ...(BlockPublicPolicy !== undefined && { BlockPublicPolicy }),
  })
  return made(ARN)
}

/** `AWS::SecretsManager::RotationSchedule`; a hosted function has become one of the template's resources. */
const rotationSchedule: ResourceType = {
  type: 'AWS::SecretsManager::RotationSchedule',
  required: ['SecretId'],
  optional: [
    'ExternalSecretRotationMetadata',
    'ExternalSecretRotationRoleArn',
    'RotateImmediatelyOnUpdate',
    'RotationLambdaARN',
    'RotationRules',
  ],
  replacing: ['SecretId'],
  attributes: ['Id'],
  create: rotate,
  update: rotate,
  async delete(at, { physicalId: SecretId }) {
    await at.tryCall(gone, service, 'CancelRotateSecret', { SecretId })
  },
}

async function rotate(at: ResourceContext, properties: ResourceProperties) {
  const rules = objectProperty(properties, 'RotationRules')
  const AutomaticallyAfterDays = numberProperty(rules, 'AutomaticallyAfterDays')
  const Duration = textProperty(rules, 'Duration')
  const ScheduleExpression = textProperty(rules, 'ScheduleExpression')
  const RotationLambdaARN = textProperty(properties, 'RotationLambdaARN')
  const role = textProperty(properties, 'ExternalSecretRotationRoleArn')
  const metadata = listProperty(properties, 'ExternalSecretRotationMetadata')
  const { ARN } = await at.call(service, 'RotateSecret', {
    SecretId: textProperty(properties, 'SecretId'),
    ClientRequestToken: tokenFor(at, ['rotate', properties]),
    RotateImmediately: flagProperty(properties, 'RotateImmediatelyOnUpdate') ?? true,
    ...(RotationLambdaARN !== undefined && { RotationLambdaARN }),
    ...(properties['RotationRules'] !== undefined && {
      RotationRules: {
        ...(AutomaticallyAfterDays !== undefined && { AutomaticallyAfterDays }),
        ...(Duration !== undefined && { Duration }),
        ...(ScheduleExpression !== undefined && { ScheduleExpression }),
      },
    }),
    ...(role !== undefined && { ExternalSecretRotationRoleArn: role }),
    ...(metadata.length > 0 && { ExternalSecretRotationMetadata: metadata }),
  })
  return made(ARN)
}

/** What CloudFormation makes of Secrets Manager. */
export const secretsManagerResources: readonly ResourceType[] = [
  secret,
  resourcePolicy,
  rotationSchedule,
  targetAttachment,
]
