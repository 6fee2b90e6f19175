import {
  listProperty,
  tagChanges,
  tagsProperty,
  textProperty,
  type ResourceContext,
  type ResourceProperties,
  type ResourceState,
  type ResourceType,
} from '../../kernel/resource-type.ts'
import { withBytes, withNumbers } from './template-values.ts'

const gone = ['WAFNonexistentItemException']

/** How a named entity of WAFv2 is written in operations and in templates. */
interface EntityType {
  /** `WebACL`, as in CreateWebACL. */
  readonly noun: string
  readonly required: readonly string[]
  readonly optional: readonly string[]
  readonly replacing: readonly string[]
  readonly attributes: readonly string[]
  /** Properties that only making it takes. */
  readonly onlyCreated: readonly string[]
  /** Properties as the operations take them. */
  readonly input?: (properties: ResourceProperties) => Record<string, unknown>
}

function inputOf(type: EntityType, properties: ResourceProperties): Record<string, unknown> {
  const { Tags: _tags, Name: _name, ...rest } = properties
  return withNumbers(withBytes(type.input?.(rest) ?? rest))
}

/** `name|id|scope`: what AWS's types give as Ref. */
function partsOf(physicalId: string) {
  const [Name = '', Id = '', Scope = ''] = physicalId.split('|')
  return { Name, Id, Scope }
}

async function stateOf(
  at: ResourceContext,
  type: EntityType,
  physicalId: string,
): Promise<ResourceState & { readonly LockToken: unknown }> {
  const got = await at.call('wafv2', `Get${type.noun}`, partsOf(physicalId))
  const entity = got[type.noun] as Readonly<Record<string, unknown>>
  const values: Readonly<Record<string, unknown>> = { ...entity, Arn: entity['ARN'] }
  const attributes = type.attributes.map((name) => [name, values[name]])
  return { physicalId, attributes: Object.fromEntries(attributes), LockToken: got['LockToken'] }
}

function entityType(type: EntityType): ResourceType {
  const { noun, required, optional, replacing, attributes } = type
  return {
    type: `AWS::WAFv2::${noun}`,
    required,
    optional: [...optional, 'Description', 'Name', 'Tags'],
    replacing: [...replacing, 'Name', 'Scope'],
    attributes,
    tags: 'list',
    async create(at, properties) {
      const Name = textProperty(properties, 'Name') ?? at.newName({ maxLength: 128 })
      const Tags = tagsProperty(properties)
      const input = { ...inputOf(type, properties), Name, ...(Tags.length > 0 && { Tags }) }
      const codes = at.isRetry ? ['WAFDuplicateItemException'] : []
      const made = await at.tryCall(codes, 'wafv2', `Create${noun}`, input)
      const Scope = textProperty(properties, 'Scope') ?? ''
      const { Id } = (made?.['Summary'] ?? (await found(at, noun, Name, Scope))) as { Id: string }
      return stateOf(at, type, `${Name}|${Id}|${Scope}`)
    },
    async update(at, properties, before) {
      const { LockToken, attributes: shown } = await stateOf(at, type, before.physicalId)
      const input = inputOf(type, properties)
      for (const name of type.onlyCreated) delete input[name]
      await at.call('wafv2', `Update${noun}`, {
        ...input,
        ...partsOf(before.physicalId),
        LockToken,
      })
      const ResourceARN = shown['Arn']
      const { put, remove } = tagChanges(before.properties, properties)
      if (put.length > 0) await at.call('wafv2', 'TagResource', { ResourceARN, Tags: put })
      if (remove.length > 0) {
        await at.call('wafv2', 'UntagResource', { ResourceARN, TagKeys: remove })
      }
      return stateOf(at, type, before.physicalId)
    },
    async delete(at, { physicalId }) {
      const got = await at.tryCall(gone, 'wafv2', `Get${noun}`, partsOf(physicalId))
      if (!got) return
      const LockToken = got['LockToken']
      await at.tryCall(gone, 'wafv2', `Delete${noun}`, { ...partsOf(physicalId), LockToken })
    },
  }
}

/** What an earlier attempt has made. */
async function found(at: ResourceContext, noun: string, name: string, Scope: string) {
  const listed = await at.call('wafv2', `List${noun}s`, { Scope })
  const all = listed[`${noun}s`] as readonly { readonly Name: string; readonly Id: string }[]
  return all.find(({ Name }) => Name === name) ?? { Id: '' }
}

const webAcl = entityType({
  noun: 'WebACL',
  required: ['DefaultAction', 'Scope', 'VisibilityConfig'],
  optional: [
    'ApplicationConfig',
    'AssociationConfig',
    'CaptchaConfig',
    'ChallengeConfig',
    'CustomResponseBodies',
    'DataProtectionConfig',
    'OnSourceDDoSProtectionConfig',
    'Rules',
    'TokenDomains',
  ],
  replacing: [],
  attributes: ['Arn', 'Capacity', 'Id', 'LabelNamespace'],
  onlyCreated: [],
})

const ruleGroup = entityType({
  noun: 'RuleGroup',
  required: ['Capacity', 'Scope', 'VisibilityConfig'],
  optional: ['AvailableLabels', 'ConsumedLabels', 'CustomResponseBodies', 'Rules'],
  replacing: ['Capacity'],
  attributes: ['Arn', 'Id', 'LabelNamespace'],
  onlyCreated: ['Capacity'],
  input: ({ AvailableLabels: _available, ConsumedLabels: _consumed, ...rest }) => rest,
})

const ipSet = entityType({
  noun: 'IPSet',
  required: ['Addresses', 'IPAddressVersion', 'Scope'],
  optional: [],
  replacing: ['IPAddressVersion'],
  attributes: ['Arn', 'Id'],
  onlyCreated: ['IPAddressVersion'],
})

const regexPatternSet = entityType({
  noun: 'RegexPatternSet',
  required: ['RegularExpressionList', 'Scope'],
  optional: [],
  replacing: [],
  attributes: ['Arn', 'Id'],
  onlyCreated: [],
  input: (properties) => ({
    ...properties,
    RegularExpressionList: listProperty(properties, 'RegularExpressionList').map((text) => ({
      RegexString: String(text),
    })),
  }),
})

/** `AWS::WAFv2::WebACLAssociation`. */
const association: ResourceType = {
  type: 'AWS::WAFv2::WebACLAssociation',
  required: ['ResourceArn', 'WebACLArn'],
  optional: [],
  replacing: ['ResourceArn', 'WebACLArn'],
  attributes: [],
  async create(at, properties) {
    const { ResourceArn, WebACLArn } = properties
    await at.call('wafv2', 'AssociateWebACL', { ResourceArn, WebACLArn })
    return { physicalId: `${String(WebACLArn)}|${String(ResourceArn)}`, attributes: {} }
  },
  async delete(at, { properties: { ResourceArn, WebACLArn } }) {
    const now = await at.tryCall(gone, 'wafv2', 'GetWebACLForResource', { ResourceArn })
    const { ARN } = (now?.['WebACL'] ?? {}) as { readonly ARN?: string }
    // A replacement has put another web ACL there already.
    if (ARN === WebACLArn) {
      await at.tryCall(gone, 'wafv2', 'DisassociateWebACL', { ResourceArn })
    }
  },
}

async function putLogging(
  at: ResourceContext,
  properties: ResourceProperties,
): Promise<ResourceState> {
  await at.call('wafv2', 'PutLoggingConfiguration', { LoggingConfiguration: properties })
  const physicalId = textProperty(properties, 'ResourceArn') ?? ''
  return { physicalId, attributes: { ManagedByFirewallManager: false } }
}

/** `AWS::WAFv2::LoggingConfiguration`. */
const logging: ResourceType = {
  type: 'AWS::WAFv2::LoggingConfiguration',
  required: ['LogDestinationConfigs', 'ResourceArn'],
  optional: ['LoggingFilter', 'RedactedFields'],
  replacing: ['ResourceArn'],
  attributes: ['ManagedByFirewallManager'],
  create: putLogging,
  update: putLogging,
  async delete(at, { physicalId: ResourceArn }) {
    await at.tryCall(gone, 'wafv2', 'DeleteLoggingConfiguration', { ResourceArn })
  },
}

/** CloudFormation's resource types of WAFv2. */
export const wafResources: readonly ResourceType[] = [
  webAcl,
  ruleGroup,
  ipSet,
  regexPatternSet,
  association,
  logging,
]
