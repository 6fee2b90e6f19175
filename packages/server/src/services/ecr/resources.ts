import {
  documentProperty,
  flagProperty,
  tagChanges,
  tagsProperty,
  textProperty,
  type ResourceContext,
  type ResourceProperties,
  type ResourceState,
  type ResourceType,
} from '../../kernel/resource-type.ts'

const objectIn = (properties: ResourceProperties, name: string): ResourceProperties =>
  (properties[name] ?? {}) as ResourceProperties

function mutabilityIn(properties: ResourceProperties) {
  const filters = properties['ImageTagMutabilityExclusionFilters'] as
    readonly ResourceProperties[] | undefined
  return {
    imageTagMutability: textProperty(properties, 'ImageTagMutability') ?? 'MUTABLE',
    ...(filters && {
      imageTagMutabilityExclusionFilters: filters.map((filter) => ({
        filterType: textProperty(filter, 'ImageTagMutabilityExclusionFilterType'),
        filter: textProperty(filter, 'ImageTagMutabilityExclusionFilterValue'),
      })),
    }),
  }
}

const scanningIn = (properties: ResourceProperties) => ({
  imageScanningConfiguration: {
    scanOnPush:
      flagProperty(objectIn(properties, 'ImageScanningConfiguration'), 'ScanOnPush') ?? false,
  },
})

function encryptionIn(properties: ResourceProperties) {
  const encryption = objectIn(properties, 'EncryptionConfiguration')
  const encryptionType = textProperty(encryption, 'EncryptionType')
  const kmsKey = textProperty(encryption, 'KmsKey')
  if (encryptionType === undefined) return {}
  return {
    encryptionConfiguration: { encryptionType, ...(kmsKey !== undefined && { kmsKey }) },
  }
}

/** Puts the two policies of a repository, and takes off those that are no longer wanted. */
async function putPolicies(
  at: ResourceContext,
  repositoryName: string,
  wanted: ResourceProperties,
  before: ResourceProperties,
): Promise<void> {
  const lifecycleOf = (properties: ResourceProperties) =>
    documentProperty(objectIn(properties, 'LifecyclePolicy'), 'LifecyclePolicyText')
  const lifecyclePolicyText = lifecycleOf(wanted)
  if (lifecyclePolicyText !== undefined) {
    await at.call('ecr', 'PutLifecyclePolicy', { repositoryName, lifecyclePolicyText })
  } else if (lifecycleOf(before) !== undefined) {
    const gone = ['LifecyclePolicyNotFoundException']
    await at.tryCall(gone, 'ecr', 'DeleteLifecyclePolicy', { repositoryName })
  }
  const policyText = documentProperty(wanted, 'RepositoryPolicyText')
  if (policyText !== undefined) {
    await at.call('ecr', 'SetRepositoryPolicy', { repositoryName, policyText })
  } else if (before['RepositoryPolicyText'] !== undefined) {
    const gone = ['RepositoryPolicyNotFoundException']
    await at.tryCall(gone, 'ecr', 'DeleteRepositoryPolicy', { repositoryName })
  }
}

function stateOf({ account, region }: ResourceContext, name: string): ResourceState {
  const attributes = {
    Arn: `arn:aws:ecr:${region}:${account}:repository/${name}`,
    RepositoryUri: `${account}.dkr.ecr.${region}.amazonaws.com/${name}`,
  }
  return { physicalId: name, attributes }
}

/** `AWS::ECR::Repository`. */
const repository: ResourceType = {
  type: 'AWS::ECR::Repository',
  required: [],
  optional: [
    'EmptyOnDelete',
    'EncryptionConfiguration',
    'ImageScanningConfiguration',
    'ImageTagMutability',
    'ImageTagMutabilityExclusionFilters',
    'LifecyclePolicy',
    'RepositoryName',
    'RepositoryPolicyText',
    'Tags',
  ],
  replacing: ['EncryptionConfiguration', 'RepositoryName'],
  attributes: ['Arn', 'RepositoryUri'],
  tags: 'list',
  async create(at, properties) {
    const own = textProperty(properties, 'RepositoryName')
    const repositoryName = own ?? at.newName({ maxLength: 256, lowerCase: true })
    const codes = at.isRetry ? ['RepositoryAlreadyExistsException'] : []
    const tags = tagsProperty(properties)
    await at.tryCall(codes, 'ecr', 'CreateRepository', {
      repositoryName,
      ...mutabilityIn(properties),
      ...scanningIn(properties),
      ...encryptionIn(properties),
      ...(tags.length > 0 && { tags }),
    })
    await putPolicies(at, repositoryName, properties, {})
    return stateOf(at, repositoryName)
  },
  async update(at, properties, before) {
    const { physicalId: repositoryName } = before
    const mutability = mutabilityIn(properties)
    await at.call('ecr', 'PutImageTagMutability', { repositoryName, ...mutability })
    const scanning = scanningIn(properties)
    await at.call('ecr', 'PutImageScanningConfiguration', { repositoryName, ...scanning })
    await putPolicies(at, repositoryName, properties, before.properties)
    const { put: tags, remove: tagKeys } = tagChanges(before.properties, properties)
    const resourceArn = before.attributes['Arn']
    if (tagKeys.length > 0) await at.call('ecr', 'UntagResource', { resourceArn, tagKeys })
    if (tags.length > 0) await at.call('ecr', 'TagResource', { resourceArn, tags })
    return stateOf(at, repositoryName)
  },
  async delete(at, { physicalId: repositoryName, properties }) {
    const force = flagProperty(properties, 'EmptyOnDelete') ?? false
    const input = { repositoryName, force }
    await at.tryCall(['RepositoryNotFoundException'], 'ecr', 'DeleteRepository', input)
  },
}

/** What CloudFormation makes of ECR. */
export const ecrResources: readonly ResourceType[] = [repository]
