import {
  textProperty,
  type ResourceContext,
  type ResourceProperties,
  type ResourceType,
} from '../../kernel/resource-type.ts'
import { validation } from './errors.ts'

const optional = ['AllowedPattern', 'DataType', 'Description', 'Policies', 'Tier'] as const

/** What a property that a template leaves out again goes back to. */
const unset: Readonly<Record<string, string>> = {
  AllowedPattern: '',
  Description: '',
  Policies: '[]',
}

const attributesOf = (properties: ResourceProperties) => ({
  Type: textProperty(properties, 'Type'),
  Value: textProperty(properties, 'Value'),
})

/** `AWS::SSM::Parameter`; as on AWS, of type String and StringList only. */
const parameter: ResourceType = {
  type: 'AWS::SSM::Parameter',
  required: ['Type', 'Value'],
  optional: [...optional, 'Name', 'Tags'],
  replacing: ['Name'],
  attributes: ['Type', 'Value'],
  tags: 'map',
  async create(at, properties) {
    const Name = textProperty(properties, 'Name') ?? newName(at)
    const tags = tagsOf(properties)
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
    const put = { ...inputOf(properties), Name, ...(Tags.length > 0 && { Tags }) }
    const made = await at.tryCall(
      at.isRetry ? ['ParameterAlreadyExists'] : [],
      'ssm',
      'PutParameter',
      put,
    )
    if (!made) await at.call('ssm', 'PutParameter', { ...put, Tags: [], Overwrite: true })
    return { physicalId: Name, attributes: attributesOf(properties) }
  },
  async update(at, properties, before) {
    const Name = before.physicalId
    const dropped = Object.entries(unset).filter(
      ([name]) => before.properties[name] !== undefined && properties[name] === undefined,
    )
    const input = { ...Object.fromEntries(dropped), ...inputOf(properties) }
    await at.call('ssm', 'PutParameter', { ...input, Name, Overwrite: true })
    await changeTags(at, Name, { had: tagsOf(before.properties), wanted: tagsOf(properties) })
    return { physicalId: Name, attributes: attributesOf(properties) }
  },
  async delete(at, { physicalId: Name }) {
    await at.tryCall(['ParameterNotFound'], 'ssm', 'DeleteParameter', { Name })
  },
}

/** What CloudFormation makes of Parameter Store. */
export const ssmResources: readonly ResourceType[] = [parameter]

/** A name that no stack's name makes one of AWS's own: `CFN-<logical id>-<random>`. */
function newName(at: ResourceContext): string {
  const end = at.newName().split('-').at(-1) ?? ''
  return `CFN-${at.logicalId}-${end}`
}

function inputOf(properties: ResourceProperties): Record<string, string> {
  const input: Record<string, string> = {}
  for (const name of ['Type', 'Value', ...optional]) {
    const text = textProperty(properties, name)
    if (text !== undefined) input[name] = text
  }
  if (input['Type'] === 'SecureString') {
    throw validation('Parameters of type SecureString are not supported by CloudFormation.')
  }
  return input
}

type Tags = Readonly<Record<string, string>>

function tagsOf({ Tags }: ResourceProperties): Tags {
  if (typeof Tags !== 'object' || Tags === null) return {}
  return Object.fromEntries(Object.entries(Tags).map(([key, value]) => [key, String(value)]))
}

async function changeTags(
  at: ResourceContext,
  ResourceId: string,
  { had, wanted }: { readonly had: Tags; readonly wanted: Tags },
): Promise<void> {
  const resource = { ResourceType: 'Parameter', ResourceId }
  const TagKeys = Object.keys(had).filter((key) => wanted[key] === undefined)
  const changed = Object.entries(wanted).filter(([key, value]) => had[key] !== value)
  if (TagKeys.length > 0) await at.call('ssm', 'RemoveTagsFromResource', { ...resource, TagKeys })
  if (changed.length === 0) return
  const Tags = changed.map(([Key, Value]) => ({ Key, Value }))
  await at.call('ssm', 'AddTagsToResource', { ...resource, Tags })
}
