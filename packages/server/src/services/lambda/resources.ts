import {
  textProperty,
  type ResourceContext,
  type ResourceProperties,
  type ResourceType,
} from '../../kernel/resource-type.ts'
import { functionType } from './resource-function.ts'

const gone = ['ResourceNotFoundException']

/** `AWS::Lambda::Permission`. */
const permission: ResourceType = {
  type: 'AWS::Lambda::Permission',
  required: ['Action', 'FunctionName', 'Principal'],
  optional: [
    'EventSourceToken',
    'FunctionUrlAuthType',
    'InvokedViaFunctionUrl',
    'PrincipalOrgID',
    'SourceAccount',
    'SourceArn',
  ],
  replacing: [],
  attributes: ['Id'],
  async create(at, properties) {
    const StatementId = at.newName({ maxLength: 100 })
    const codes = ['ResourceConflictException']
    await at.tryCall(codes, 'lambda', 'AddPermission', { ...properties, StatementId })
    return { physicalId: StatementId, attributes: { Id: StatementId } }
  },
  async delete(at, { physicalId: StatementId, properties }) {
    const FunctionName = textProperty(properties, 'FunctionName')
    await at.tryCall(gone, 'lambda', 'RemovePermission', { FunctionName, StatementId })
  },
}

/** `AWS::Lambda::Version`. */
const version: ResourceType = {
  type: 'AWS::Lambda::Version',
  required: ['FunctionName'],
  optional: ['CodeSha256', 'Description', 'ProvisionedConcurrencyConfig', 'RuntimePolicy'],
  replacing: ['CodeSha256', 'Description', 'FunctionName'],
  attributes: ['FunctionArn', 'Version'],
  async create(at, properties) {
    const made = await at.call(
      'lambda',
      'PublishVersion',
      pick(properties, ['CodeSha256', 'Description', 'FunctionName']),
    )
    const { FunctionArn, Version } = made as { FunctionArn: string; Version: string }
    return { physicalId: FunctionArn, attributes: { FunctionArn, Version } }
  },
  async delete(at, { physicalId }) {
    const [FunctionName, Qualifier] = qualified(physicalId)
    await at.tryCall(gone, 'lambda', 'DeleteFunction', { FunctionName, Qualifier })
  },
}

/** `AWS::Lambda::Alias`. */
const alias: ResourceType = {
  type: 'AWS::Lambda::Alias',
  required: ['FunctionName', 'FunctionVersion', 'Name'],
  optional: ['Description', 'ProvisionedConcurrencyConfig', 'RoutingConfig'],
  replacing: ['FunctionName', 'Name'],
  attributes: ['AliasArn'],
  async create(at, properties) {
    const codes = at.isRetry ? ['ResourceConflictException'] : []
    await at.tryCall(codes, 'lambda', 'CreateAlias', aliasInput(properties))
    const { AliasArn } = await at.call(
      'lambda',
      'GetAlias',
      pick(properties, ['FunctionName', 'Name']),
    )
    return { physicalId: String(AliasArn), attributes: { AliasArn } }
  },
  async update(at, properties, before) {
    await at.call('lambda', 'UpdateAlias', aliasInput(properties))
    return before
  },
  async delete(at, { properties }) {
    const named = pick(properties, ['FunctionName', 'Name'])
    await at.tryCall(gone, 'lambda', 'DeleteAlias', named)
  },
}

const mappingTexts = [
  'EventSourceArn',
  'FunctionName',
  'StartingPosition',
  'StartingPositionTimestamp',
]
const mappingOptional = [
  'BatchSize',
  'BisectBatchOnFunctionError',
  'DestinationConfig',
  'Enabled',
  'FilterCriteria',
  'FunctionResponseTypes',
  'KmsKeyArn',
  'MaximumBatchingWindowInSeconds',
  'MaximumRecordAgeInSeconds',
  'MaximumRetryAttempts',
  'ParallelizationFactor',
  'ScalingConfig',
]

/** `AWS::Lambda::EventSourceMapping`. */
const eventSourceMapping: ResourceType = {
  type: 'AWS::Lambda::EventSourceMapping',
  required: ['FunctionName'],
  optional: [...mappingOptional, ...mappingTexts.filter((name) => name !== 'FunctionName'), 'Tags'],
  replacing: ['EventSourceArn', 'StartingPosition', 'StartingPositionTimestamp'],
  attributes: ['EventSourceMappingArn', 'Id'],
  async create(at, properties) {
    const { Tags: _tags, ...own } = properties
    const made = await at.call('lambda', 'CreateEventSourceMapping', own)
    return mappingState(at, String(made['UUID']))
  },
  async update(at, properties, before) {
    const UUID = before.physicalId
    const own = pick(properties, ['FunctionName', ...mappingOptional])
    await at.call('lambda', 'UpdateEventSourceMapping', { ...own, UUID })
    return mappingState(at, UUID)
  },
  async delete(at, { physicalId: UUID }) {
    await at.tryCall(gone, 'lambda', 'DeleteEventSourceMapping', { UUID })
  },
}

/** `AWS::Lambda::LayerVersion`. */
const layerVersion: ResourceType = {
  type: 'AWS::Lambda::LayerVersion',
  required: ['Content'],
  optional: [
    'CompatibleArchitectures',
    'CompatibleRuntimes',
    'Description',
    'LayerName',
    'LicenseInfo',
  ],
  replacing: [],
  attributes: ['LayerVersionArn'],
  async create(at, properties) {
    const LayerName = textProperty(properties, 'LayerName') ?? at.newName({ maxLength: 140 })
    const made = await at.call('lambda', 'PublishLayerVersion', { ...properties, LayerName })
    const arn = String(made['LayerVersionArn'])
    return { physicalId: arn, attributes: { LayerVersionArn: arn } }
  },
  async delete(at, { physicalId }) {
    const [LayerName, VersionNumber] = qualified(physicalId)
    await at.tryCall(gone, 'lambda', 'DeleteLayerVersion', { LayerName, VersionNumber })
  },
}

/** `AWS::Lambda::EventInvokeConfig`. */
const eventInvokeConfig: ResourceType = {
  type: 'AWS::Lambda::EventInvokeConfig',
  required: ['FunctionName', 'Qualifier'],
  optional: ['DestinationConfig', 'MaximumEventAgeInSeconds', 'MaximumRetryAttempts'],
  replacing: ['FunctionName', 'Qualifier'],
  attributes: [],
  async create(at, properties) {
    await at.call('lambda', 'PutFunctionEventInvokeConfig', properties)
    return { physicalId: at.newName(), attributes: {} }
  },
  async update(at, properties, before) {
    await at.call('lambda', 'PutFunctionEventInvokeConfig', properties)
    return before
  },
  async delete(at, { properties }) {
    const named = pick(properties, ['FunctionName', 'Qualifier'])
    await at.tryCall(gone, 'lambda', 'DeleteFunctionEventInvokeConfig', named)
  },
}

/** What CloudFormation makes of Lambda. */
export const lambdaResources: readonly ResourceType[] = [
  alias,
  eventInvokeConfig,
  eventSourceMapping,
  functionType,
  layerVersion,
  permission,
  version,
]

function pick(properties: ResourceProperties, names: readonly string[]): ResourceProperties {
  return Object.fromEntries(
    names.flatMap((name) => (properties[name] === undefined ? [] : [[name, properties[name]]])),
  )
}

/** The last part of an ARN is a version; what stands before it is the thing itself. */
function qualified(arn: string): [string, string] {
  const colon = arn.lastIndexOf(':')
  return [arn.slice(0, colon), arn.slice(colon + 1)]
}

interface VersionWeight {
  readonly FunctionVersion: string
  readonly FunctionWeight: number | string
}

/** A template lists the weights that the API has as a map. */
function aliasInput(properties: ResourceProperties): object {
  const own = pick(properties, ['Description', 'FunctionName', 'FunctionVersion', 'Name'])
  const routing = properties['RoutingConfig'] as
    { readonly AdditionalVersionWeights?: readonly VersionWeight[] } | undefined
  if (!routing) return own
  const weights = (routing.AdditionalVersionWeights ?? []).map(
    ({ FunctionVersion, FunctionWeight }) => [FunctionVersion, Number(FunctionWeight)] as const,
  )
  return { ...own, RoutingConfig: { AdditionalVersionWeights: Object.fromEntries(weights) } }
}

function mappingState({ region, account }: ResourceContext, id: string) {
  const arn = `arn:aws:lambda:${region}:${account}:event-source-mapping:${id}`
  return { physicalId: id, attributes: { Id: id, EventSourceMappingArn: arn } }
}
