import {
  documentProperty,
  tagChanges,
  tagsProperty,
  textProperty,
  textsProperty,
  type ResourceContext,
  type ResourceProperties,
  type ResourceType,
} from '../../kernel/resource-type.ts'

/** `AWS::Organizations::Organization`. */
const organization: ResourceType = {
  type: 'AWS::Organizations::Organization',
  required: [],
  optional: ['FeatureSet'],
  replacing: [],
  attributes: [
    'Arn',
    'Id',
    'ManagementAccountArn',
    'ManagementAccountEmail',
    'ManagementAccountId',
    'RootId',
  ],
  async create(at, properties) {
    const FeatureSet = textProperty(properties, 'FeatureSet') ?? 'ALL'
    const codes = at.isRetry ? ['AlreadyInOrganizationException'] : []
    await at.tryCall(codes, 'organizations', 'CreateOrganization', { FeatureSet })
    const described = await at.call('organizations', 'DescribeOrganization', {})
    const made = described['Organization'] as Readonly<Record<string, string>>
    const { Roots } = (await at.call('organizations', 'ListRoots', {})) as {
      Roots: readonly { Id: string }[]
    }
    return {
      physicalId: made['Id'] ?? '',
      attributes: {
        Arn: made['Arn'],
        Id: made['Id'],
        ManagementAccountArn: made['MasterAccountArn'],
        ManagementAccountEmail: made['MasterAccountEmail'],
        ManagementAccountId: made['MasterAccountId'],
        RootId: Roots[0]?.Id,
      },
    }
  },
  update: (_at, _properties, before) => Promise.resolve(before),
  async delete(at) {
    const gone = ['AWSOrganizationsNotInUseException']
    await at.tryCall(gone, 'organizations', 'DeleteOrganization', {})
  },
}

/** `AWS::Organizations::OrganizationalUnit`. */
const unit: ResourceType = {
  type: 'AWS::Organizations::OrganizationalUnit',
  required: ['Name', 'ParentId'],
  optional: ['Tags'],
  replacing: ['ParentId'],
  attributes: ['Arn', 'Id'],
  tags: 'list',
  async create(at, properties) {
    const made = await at.call('organizations', 'CreateOrganizationalUnit', {
      Name: textProperty(properties, 'Name'),
      ParentId: textProperty(properties, 'ParentId'),
      Tags: tagsProperty(properties),
    })
    const { Id, Arn } = made['OrganizationalUnit'] as { Id: string; Arn: string }
    return { physicalId: Id, attributes: { Id, Arn } }
  },
  async update(at, properties, before) {
    const [Name, was] = [textProperty(properties, 'Name'), textProperty(before.properties, 'Name')]
    if (Name !== was) {
      const OrganizationalUnitId = before.physicalId
      await at.call('organizations', 'UpdateOrganizationalUnit', { OrganizationalUnitId, Name })
    }
    await setTags(at, before.physicalId, properties, before.properties)
    return before
  },
  async delete(at, { physicalId: OrganizationalUnitId }) {
    const gone = ['OrganizationalUnitNotFoundException']
    await at.tryCall(gone, 'organizations', 'DeleteOrganizationalUnit', { OrganizationalUnitId })
  },
}

/** `AWS::Organizations::Policy`. */
const policy: ResourceType = {
  type: 'AWS::Organizations::Policy',
  required: ['Content', 'Name', 'Type'],
  optional: ['Description', 'Tags', 'TargetIds'],
  replacing: ['Type'],
  attributes: ['Arn', 'AwsManaged', 'Id'],
  tags: 'list',
  async create(at, properties) {
    const made = await at.call('organizations', 'CreatePolicy', {
      Name: textProperty(properties, 'Name'),
      Type: textProperty(properties, 'Type'),
      Content: documentProperty(properties, 'Content'),
      Description: textProperty(properties, 'Description') ?? '',
      Tags: tagsProperty(properties),
    })
    const { PolicySummary } = made['Policy'] as { PolicySummary: { Id: string; Arn: string } }
    const { Id, Arn } = PolicySummary
    await setTargets(at, Id, properties, {})
    return { physicalId: Id, attributes: { Id, Arn, AwsManaged: 'false' } }
  },
  async update(at, properties, before) {
    const PolicyId = before.physicalId
    await at.call('organizations', 'UpdatePolicy', {
      PolicyId,
      Name: textProperty(properties, 'Name'),
      Content: documentProperty(properties, 'Content'),
      Description: textProperty(properties, 'Description') ?? '',
    })
    await setTargets(at, PolicyId, properties, before.properties)
    await setTags(at, PolicyId, properties, before.properties)
    return before
  },
  async delete(at, { physicalId: PolicyId, properties }) {
    await setTargets(at, PolicyId, {}, properties)
    await at.tryCall(['PolicyNotFoundException'], 'organizations', 'DeletePolicy', { PolicyId })
  },
}

/** `AWS::Organizations::ResourcePolicy`. */
const resourcePolicy: ResourceType = {
  type: 'AWS::Organizations::ResourcePolicy',
  required: ['Content'],
  optional: ['Tags'],
  replacing: [],
  attributes: ['Arn', 'Id'],
  tags: 'list',
  create: putResourcePolicy,
  update: putResourcePolicy,
  async delete(at) {
    const gone = ['ResourcePolicyNotFoundException']
    await at.tryCall(gone, 'organizations', 'DeleteResourcePolicy', {})
  },
}

/** What CloudFormation makes of Organizations; accounts, which take their time, it awaits by itself. */
export const organizationsResources: readonly ResourceType[] = [
  organization,
  policy,
  resourcePolicy,
  unit,
]

async function putResourcePolicy(at: ResourceContext, properties: ResourceProperties) {
  const made = await at.call('organizations', 'PutResourcePolicy', {
    Content: documentProperty(properties, 'Content'),
    Tags: tagsProperty(properties),
  })
  const { ResourcePolicySummary } = made['ResourcePolicy'] as {
    ResourcePolicySummary: { Id: string; Arn: string }
  }
  const { Id, Arn } = ResourcePolicySummary
  return { physicalId: Id, attributes: { Id, Arn } }
}

async function setTargets(
  at: ResourceContext,
  PolicyId: string,
  wanted: ResourceProperties,
  had: ResourceProperties,
): Promise<void> {
  const [now, before] = [textsProperty(wanted, 'TargetIds'), textsProperty(had, 'TargetIds')]
  for (const TargetId of now) {
    if (before.includes(TargetId)) continue
    await at.call('organizations', 'AttachPolicy', { PolicyId, TargetId })
  }
  const gone = ['PolicyNotAttachedException', 'TargetNotFoundException', 'PolicyNotFoundException']
  for (const TargetId of before) {
    if (now.includes(TargetId)) continue
    await at.tryCall(gone, 'organizations', 'DetachPolicy', { PolicyId, TargetId })
  }
}

async function setTags(
  at: ResourceContext,
  ResourceId: string,
  wanted: ResourceProperties,
  had: ResourceProperties,
): Promise<void> {
  const { put, remove } = tagChanges(had, wanted)
  if (remove.length > 0) {
    await at.call('organizations', 'UntagResource', { ResourceId, TagKeys: remove })
  }
  if (put.length > 0) await at.call('organizations', 'TagResource', { ResourceId, Tags: put })
}
