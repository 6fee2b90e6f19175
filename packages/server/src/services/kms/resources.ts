import {
  documentProperty,
  flagProperty,
  numberProperty,
  tagChanges,
  tagsProperty,
  textProperty,
  type ResourceBefore,
  type ResourceContext,
  type ResourceProperties,
  type ResourceTag,
  type ResourceType,
} from '../../kernel/resource-type.ts'

const defaultWindowDays = 30

const kmsTags = (tags: readonly ResourceTag[]) =>
  tags.map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value }))

/** `AWS::KMS::Key`. */
const key: ResourceType = {
  type: 'AWS::KMS::Key',
  required: [],
  optional: [
    'BypassPolicyLockoutSafetyCheck',
    'Description',
    'EnableKeyRotation',
    'Enabled',
    'KeyPolicy',
    'KeySpec',
    'KeyUsage',
    'MultiRegion',
    'Origin',
    'PendingWindowInDays',
    'RotationPeriodInDays',
    'Tags',
  ],
  replacing: ['KeySpec', 'KeyUsage', 'MultiRegion', 'Origin'],
  attributes: ['Arn', 'KeyId'],
  tags: 'list',
  async create(at, properties) {
    const policy = documentProperty(properties, 'KeyPolicy')
    const tags = tagsProperty(properties)
    const { KeyMetadata } = (await at.call('kms', 'CreateKey', {
      Description: textProperty(properties, 'Description') ?? '',
      ...given(properties, ['KeySpec', 'KeyUsage', 'Origin']),
      ...(flagProperty(properties, 'MultiRegion') && { MultiRegion: true }),
      ...(flagProperty(properties, 'BypassPolicyLockoutSafetyCheck') && {
        BypassPolicyLockoutSafetyCheck: true,
      }),
      ...(policy !== undefined && { Policy: policy }),
      ...(tags.length > 0 && { Tags: kmsTags(tags) }),
    })) as { KeyMetadata: { KeyId: string; Arn: string } }
    const { KeyId, Arn } = KeyMetadata
    await setRotation(at, KeyId, properties)
    if (flagProperty(properties, 'Enabled') === false) await at.call('kms', 'DisableKey', { KeyId })
    return { physicalId: KeyId, attributes: { Arn, KeyId } }
  },
  async update(at, properties, before) {
    const KeyId = before.physicalId
    const was = before.properties
    const isEnabled = flagProperty(properties, 'Enabled') !== false
    const wasEnabled = flagProperty(was, 'Enabled') !== false
    if (isEnabled && !wasEnabled) await at.call('kms', 'EnableKey', { KeyId })
    const description = textProperty(properties, 'Description') ?? ''
    if (description !== (textProperty(was, 'Description') ?? '')) {
      await at.call('kms', 'UpdateKeyDescription', { KeyId, Description: description })
    }
    const policy = documentProperty(properties, 'KeyPolicy')
    if (policy !== undefined && policy !== documentProperty(was, 'KeyPolicy')) {
      const bypass = flagProperty(properties, 'BypassPolicyLockoutSafetyCheck') ?? false
      const put = { Policy: policy, PolicyName: 'default', BypassPolicyLockoutSafetyCheck: bypass }
      await at.call('kms', 'PutKeyPolicy', { KeyId, ...put })
    }
    await setRotation(at, KeyId, properties, was)
    await setTags(at, KeyId, properties, was)
    if (!isEnabled && wasEnabled) await at.call('kms', 'DisableKey', { KeyId })
    return before
  },
  delete: scheduleDeletion,
}

/** `AWS::KMS::ReplicaKey`. */
const replicaKey: ResourceType = {
  type: 'AWS::KMS::ReplicaKey',
  required: ['KeyPolicy', 'PrimaryKeyArn'],
  optional: ['Description', 'Enabled', 'PendingWindowInDays', 'Tags'],
  replacing: ['PrimaryKeyArn'],
  attributes: ['Arn', 'KeyId'],
  tags: 'list',
  async create(at, properties) {
    const tags = tagsProperty(properties)
    const { ReplicaKeyMetadata } = (await at.call('kms', 'ReplicateKey', {
      KeyId: textProperty(properties, 'PrimaryKeyArn'),
      ReplicaRegion: at.region,
      Description: textProperty(properties, 'Description') ?? '',
      Policy: documentProperty(properties, 'KeyPolicy'),
      ...(tags.length > 0 && { Tags: kmsTags(tags) }),
    })) as { ReplicaKeyMetadata: { KeyId: string; Arn: string } }
    const { KeyId, Arn } = ReplicaKeyMetadata
    if (flagProperty(properties, 'Enabled') === false) await at.call('kms', 'DisableKey', { KeyId })
    return { physicalId: KeyId, attributes: { Arn, KeyId } }
  },
  update: (at, properties, before) => {
    const { EnableKeyRotation: _none, ...own } = properties
    return key.update?.(at, own, before) ?? Promise.resolve(before)
  },
  delete: scheduleDeletion,
}

/** `AWS::KMS::Alias`. */
const alias: ResourceType = {
  type: 'AWS::KMS::Alias',
  required: ['AliasName', 'TargetKeyId'],
  optional: [],
  replacing: ['AliasName'],
  attributes: [],
  async create(at, properties) {
    const { AliasName, TargetKeyId } = aliasOf(properties)
    const made = at.isRetry ? ['AlreadyExistsException'] : []
    await at.tryCall(made, 'kms', 'CreateAlias', { AliasName, TargetKeyId })
    return { physicalId: AliasName, attributes: {} }
  },
  async update(at, properties, before) {
    await at.call('kms', 'UpdateAlias', aliasOf(properties))
    return before
  },
  async delete(at, { physicalId }) {
    await at.tryCall(['NotFoundException'], 'kms', 'DeleteAlias', { AliasName: physicalId })
  },
}

/** What CloudFormation makes of KMS. */
export const kmsResources: readonly ResourceType[] = [key, replicaKey, alias]

function aliasOf(properties: ResourceProperties) {
  return {
    AliasName: textProperty(properties, 'AliasName') ?? '',
    TargetKeyId: textProperty(properties, 'TargetKeyId') ?? '',
  }
}

async function scheduleDeletion(at: ResourceContext, before: ResourceBefore): Promise<void> {
  const { physicalId: KeyId, properties } = before
  const PendingWindowInDays = numberProperty(properties, 'PendingWindowInDays') ?? defaultWindowDays
  const gone = ['NotFoundException', 'KMSInvalidStateException']
  await at.tryCall(gone, 'kms', 'ScheduleKeyDeletion', { KeyId, PendingWindowInDays })
}

async function setRotation(
  at: ResourceContext,
  KeyId: string,
  properties: ResourceProperties,
  was: ResourceProperties = {},
): Promise<void> {
  const isOn = flagProperty(properties, 'EnableKeyRotation') ?? false
  const wasOn = flagProperty(was, 'EnableKeyRotation') ?? false
  const period = numberProperty(properties, 'RotationPeriodInDays')
  if (!isOn) {
    if (wasOn) await at.call('kms', 'DisableKeyRotation', { KeyId })
    return
  }
  if (wasOn && period === numberProperty(was, 'RotationPeriodInDays')) return
  const length = period === undefined ? {} : { RotationPeriodInDays: period }
  await at.call('kms', 'EnableKeyRotation', { KeyId, ...length })
}

async function setTags(
  at: ResourceContext,
  KeyId: string,
  properties: ResourceProperties,
  was: ResourceProperties,
): Promise<void> {
  const { put, remove } = tagChanges(was, properties)
  if (remove.length > 0) await at.call('kms', 'UntagResource', { KeyId, TagKeys: remove })
  if (put.length > 0) await at.call('kms', 'TagResource', { KeyId, Tags: kmsTags(put) })
}

function given(properties: ResourceProperties, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const text = textProperty(properties, name)
      return text === undefined ? [] : [[name, text]]
    }),
  )
}
