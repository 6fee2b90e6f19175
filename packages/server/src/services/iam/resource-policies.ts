import {
  documentProperty,
  textProperty,
  textsProperty,
  type ResourceContext,
  type ResourceProperties,
  type ResourceType,
} from '../../kernel/resource-type.ts'
import { gone, policiesIn, taken } from './resource-parts.ts'

const holders = {
  Users: { put: 'PutUserPolicy', remove: 'DeleteUserPolicy', name: 'UserName', verb: 'User' },
  Groups: { put: 'PutGroupPolicy', remove: 'DeleteGroupPolicy', name: 'GroupName', verb: 'Group' },
  Roles: { put: 'PutRolePolicy', remove: 'DeleteRolePolicy', name: 'RoleName', verb: 'Role' },
} as const

type HolderList = keyof typeof holders
const lists = Object.keys(holders) as HolderList[]

/** `AWS::IAM::Policy`: an inline policy of several users, groups and roles. */
export const inlinePolicyType: ResourceType = {
  type: 'AWS::IAM::Policy',
  required: ['PolicyDocument', 'PolicyName'],
  optional: ['Groups', 'Roles', 'Users'],
  replacing: [],
  attributes: ['Id'],
  async create(at, properties) {
    await put(at, properties)
    return { physicalId: at.newName(), attributes: {} }
  },
  async update(at, properties, before) {
    await put(at, properties)
    const renamed = properties['PolicyName'] !== before.properties['PolicyName']
    const kept: ResourceProperties = renamed ? {} : properties
    await remove(at, before.properties, kept)
    return before
  },
  async delete(at, before) {
    await remove(at, before.properties, {})
  },
}

async function put(at: ResourceContext, properties: ResourceProperties): Promise<void> {
  const PolicyName = textProperty(properties, 'PolicyName')
  const PolicyDocument = documentProperty(properties, 'PolicyDocument')
  for (const list of lists) {
    const { put: operation, name } = holders[list]
    for (const holder of textsProperty(properties, list)) {
      await at.call('iam', operation, { [name]: holder, PolicyName, PolicyDocument })
    }
  }
}

/** Takes the policy from whoever has it and is not among those who keep it. */
async function remove(
  at: ResourceContext,
  from: ResourceProperties,
  keep: ResourceProperties,
): Promise<void> {
  const PolicyName = textProperty(from, 'PolicyName')
  for (const list of lists) {
    const { remove: operation, name } = holders[list]
    const kept = textsProperty(keep, list)
    for (const holder of textsProperty(from, list)) {
      if (kept.includes(holder)) continue
      await at.tryCall(gone, 'iam', operation, { [name]: holder, PolicyName })
    }
  }
}

/** `AWS::IAM::RolePolicy` and its like: one inline policy of one holder. */
export const holderPolicyTypes: readonly ResourceType[] = lists.map((list): ResourceType => {
  const { put: putOperation, remove: removeOperation, name, verb } = holders[list]
  const putOne = async (at: ResourceContext, properties: ResourceProperties) => {
    const PolicyName = textProperty(properties, 'PolicyName')
    await at.call('iam', putOperation, {
      [name]: textProperty(properties, name),
      PolicyName,
      PolicyDocument: documentProperty(properties, 'PolicyDocument'),
    })
    return { physicalId: `${PolicyName}|${textProperty(properties, name)}`, attributes: {} }
  }
  return {
    type: `AWS::IAM::${verb}Policy`,
    required: ['PolicyName', name],
    optional: ['PolicyDocument'],
    replacing: ['PolicyName', name],
    attributes: [],
    create: putOne,
    update: putOne,
    async delete(at, { properties }) {
      const PolicyName = textProperty(properties, 'PolicyName')
      const holder = { [name]: textProperty(properties, name) }
      await at.tryCall(gone, 'iam', removeOperation, { ...holder, PolicyName })
    },
  }
})

/** `AWS::IAM::ManagedPolicy`. */
export const managedPolicyType: ResourceType = {
  type: 'AWS::IAM::ManagedPolicy',
  required: ['PolicyDocument'],
  optional: ['Description', 'Groups', 'ManagedPolicyName', 'Path', 'Roles', 'Users'],
  replacing: ['Description', 'ManagedPolicyName', 'Path'],
  attributes: [
    'AttachmentCount',
    'CreateDate',
    'DefaultVersionId',
    'IsAttachable',
    'PermissionsBoundaryUsageCount',
    'PolicyArn',
    'PolicyId',
    'UpdateDate',
  ],
  async create(at, properties) {
    const PolicyName =
      textProperty(properties, 'ManagedPolicyName') ?? at.newName({ maxLength: 128 })
    const Path = textProperty(properties, 'Path') ?? '/'
    const Description = textProperty(properties, 'Description')
    await at.tryCall(taken(at, properties, 'ManagedPolicyName'), 'iam', 'CreatePolicy', {
      PolicyName,
      Path,
      PolicyDocument: documentProperty(properties, 'PolicyDocument'),
      ...(Description !== undefined && { Description }),
    })
    const PolicyArn = `arn:aws:iam::${at.account}:policy${Path}${PolicyName}`
    await attach(at, PolicyArn, properties, {})
    const { Policy } = (await at.call('iam', 'GetPolicy', { PolicyArn })) as {
      Policy: { PolicyId: string; DefaultVersionId: string }
    }
    const { PolicyId, DefaultVersionId } = Policy
    return { physicalId: PolicyArn, attributes: { PolicyArn, PolicyId, DefaultVersionId } }
  },
  async update(at, properties, before) {
    const PolicyArn = before.physicalId
    const PolicyDocument = documentProperty(properties, 'PolicyDocument')
    if (PolicyDocument !== documentProperty(before.properties, 'PolicyDocument')) {
      await dropOldest(at, PolicyArn)
      const version = { PolicyArn, PolicyDocument, SetAsDefault: true }
      await at.call('iam', 'CreatePolicyVersion', version)
    }
    await attach(at, PolicyArn, properties, before.properties)
    return before
  },
  async delete(at, { physicalId: PolicyArn, properties }) {
    await attach(at, PolicyArn, {}, properties)
    const versions = await policiesIn(at, 'ListPolicyVersions', { PolicyArn }, 'Versions')
    for (const { VersionId, IsDefaultVersion } of versions) {
      if (IsDefaultVersion !== true) {
        await at.tryCall(gone, 'iam', 'DeletePolicyVersion', { PolicyArn, VersionId })
      }
    }
    await at.tryCall(gone, 'iam', 'DeletePolicy', { PolicyArn })
  },
}

const maxVersions = 5

/** A policy keeps five versions; the oldest makes room. */
async function dropOldest(at: ResourceContext, PolicyArn: string): Promise<void> {
  const versions = await policiesIn(at, 'ListPolicyVersions', { PolicyArn }, 'Versions')
  if (versions.length < maxVersions) return
  const [oldest] = versions
    .filter(({ IsDefaultVersion }) => IsDefaultVersion !== true)
    .map(({ VersionId }) => String(VersionId))
    .sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)))
  await at.call('iam', 'DeletePolicyVersion', { PolicyArn, VersionId: oldest })
}

async function attach(
  at: ResourceContext,
  PolicyArn: string,
  wanted: ResourceProperties,
  had: ResourceProperties,
): Promise<void> {
  for (const list of lists) {
    const { verb, name } = holders[list]
    const [now, before] = [textsProperty(wanted, list), textsProperty(had, list)]
    for (const holder of now) {
      if (before.includes(holder)) continue
      await at.call('iam', `Attach${verb}Policy`, { [name]: holder, PolicyArn })
    }
    for (const holder of before) {
      if (now.includes(holder)) continue
      await at.tryCall(gone, 'iam', `Detach${verb}Policy`, { [name]: holder, PolicyArn })
    }
  }
}
