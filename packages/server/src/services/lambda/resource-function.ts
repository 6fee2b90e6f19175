import {
  numberProperty,
  tagChanges,
  tagsProperty,
  textProperty,
  type ResourceContext,
  type ResourceProperties,
  type ResourceTag,
  type ResourceType,
} from '../../kernel/resource-type.ts'
import { inlinePackage } from './inline-package.ts'

const gone = ['ResourceNotFoundException']

/** Properties that are the function's configuration under the same name. */
const configuration = [
  'DeadLetterConfig',
  'Description',
  'Environment',
  'EphemeralStorage',
  'FileSystemConfigs',
  'Handler',
  'ImageConfig',
  'Layers',
  'LoggingConfig',
  'MemorySize',
  'Role',
  'Runtime',
  'SnapStart',
  'Timeout',
  'TracingConfig',
  'VpcConfig',
]

/** What a configuration goes back to when a template leaves it out again. */
const defaults: ResourceProperties = {
  Description: '',
  Environment: { Variables: {} },
  Layers: [],
  MemorySize: 128,
  Timeout: 3,
}

/** `AWS::Lambda::Function`. */
export const functionType: ResourceType = {
  type: 'AWS::Lambda::Function',
  required: ['Code', 'Role'],
  optional: [
    ...configuration.filter((name) => name !== 'Role'),
    'Architectures',
    'CodeSigningConfigArn',
    'FunctionName',
    'KmsKeyArn',
    'PackageType',
    'RecursiveLoop',
    'ReservedConcurrentExecutions',
    'RuntimeManagementConfig',
    'Tags',
  ],
  replacing: ['FunctionName', 'PackageType'],
  attributes: ['Arn', 'SnapStartResponse.ApplyOn', 'SnapStartResponse.OptimizationStatus'],
  tags: 'list',
  async create(at, properties) {
    const own = textProperty(properties, 'FunctionName')
    const FunctionName = own ?? at.newName()
    const codes = at.isRetry || own === undefined ? ['ResourceConflictException'] : []
    await at.tryCall(codes, 'lambda', 'CreateFunction', {
      ...configurationOf(properties),
      ...kmsKeyOf(properties),
      FunctionName,
      Code: await codeOf(properties),
      ...(properties['Architectures'] !== undefined && {
        Architectures: properties['Architectures'],
      }),
      ...(properties['PackageType'] !== undefined && { PackageType: properties['PackageType'] }),
      Tags: mapOf(tagsProperty(properties)),
    })
    await setConcurrency(at, FunctionName, properties, {})
    const Arn = `arn:aws:lambda:${at.region}:${at.account}:function:${FunctionName}`
    return { physicalId: FunctionName, attributes: { Arn } }
  },
  async update(at, properties, before) {
    const FunctionName = before.physicalId
    const was = before.properties
    const [wanted, had] = [configurationOf(properties), configurationOf(was)]
    if (JSON.stringify([wanted, kmsKeyOf(properties)]) !== JSON.stringify([had, kmsKeyOf(was)])) {
      const dropped = Object.keys(had).filter((name) => wanted[name] === undefined)
      const back = dropped.flatMap((name) =>
        defaults[name] === undefined ? [] : [[name, defaults[name]] as const],
      )
      await at.call('lambda', 'UpdateFunctionConfiguration', {
        FunctionName,
        ...Object.fromEntries(back),
        ...wanted,
        ...kmsKeyOf(properties),
      })
    }
    const code = JSON.stringify([properties['Code'], properties['Architectures']])
    if (code !== JSON.stringify([was['Code'], was['Architectures']])) {
      await at.call('lambda', 'UpdateFunctionCode', {
        FunctionName,
        ...(await codeOf(properties)),
        ...(properties['Architectures'] !== undefined && {
          Architectures: properties['Architectures'],
        }),
      })
    }
    await setConcurrency(at, FunctionName, properties, was)
    const { put, remove } = tagChanges(was, properties)
    const Resource = before.attributes['Arn']
    if (remove.length > 0) await at.call('lambda', 'UntagResource', { Resource, TagKeys: remove })
    if (put.length > 0) await at.call('lambda', 'TagResource', { Resource, Tags: mapOf(put) })
    return before
  },
  async delete(at, { physicalId: FunctionName }) {
    await at.tryCall(gone, 'lambda', 'DeleteFunction', { FunctionName })
  },
}

function configurationOf(properties: ResourceProperties): Record<string, unknown> {
  const given = configuration.flatMap((name) =>
    properties[name] === undefined ? [] : [[name, properties[name]] as const],
  )
  return Object.fromEntries(given)
}

function kmsKeyOf(properties: ResourceProperties): { KMSKeyArn?: string } {
  const key = textProperty(properties, 'KmsKeyArn')
  return key === undefined ? {} : { KMSKeyArn: key }
}

/** The code: what lies in S3, or what the template holds, packed. */
async function codeOf(properties: ResourceProperties): Promise<ResourceProperties> {
  const code = properties['Code'] as ResourceProperties
  const source = textProperty(code, 'ZipFile')
  if (source === undefined) return code
  return { ZipFile: await inlinePackage(source, properties) }
}

async function setConcurrency(
  at: ResourceContext,
  FunctionName: string,
  wanted: ResourceProperties,
  had: ResourceProperties,
): Promise<void> {
  const reserved = numberProperty(wanted, 'ReservedConcurrentExecutions')
  if (reserved === numberProperty(had, 'ReservedConcurrentExecutions')) return
  if (reserved === undefined) {
    await at.call('lambda', 'DeleteFunctionConcurrency', { FunctionName })
  } else {
    const input = { FunctionName, ReservedConcurrentExecutions: reserved }
    await at.call('lambda', 'PutFunctionConcurrency', input)
  }
}

function mapOf(tags: readonly ResourceTag[]): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]))
}
