import {
  documentProperty,
  numberProperty,
  tagsProperty,
  textProperty,
  textsProperty,
  type ResourceContext,
  type ResourceType,
} from '../../kernel/resource-type.ts'
import {
  dropPolicies,
  gone,
  setBoundary,
  setPolicies,
  setTags,
  taken,
  type HolderKind,
} from './resource-parts.ts'

const kind: HolderKind = { noun: 'Role', nameMember: 'RoleName' }

interface Role {
  readonly RoleId: string
  readonly Arn: string
  readonly RoleName: string
}

/** `AWS::IAM::Role`. */
export const roleType: ResourceType = {
  type: 'AWS::IAM::Role',
  required: ['AssumeRolePolicyDocument'],
  optional: [
    'Description',
    'ManagedPolicyArns',
    'MaxSessionDuration',
    'Path',
    'PermissionsBoundary',
    'Policies',
    'RoleName',
    'Tags',
  ],
  replacing: ['Path', 'RoleName'],
  attributes: ['Arn', 'RoleId'],
  tags: 'list',
  async create(at, properties) {
    const RoleName = textProperty(properties, 'RoleName') ?? at.newName()
    const description = textProperty(properties, 'Description')
    const seconds = numberProperty(properties, 'MaxSessionDuration')
    const boundary = textProperty(properties, 'PermissionsBoundary')
    await at.tryCall(taken(at, properties, 'RoleName'), 'iam', 'CreateRole', {
      RoleName,
      Path: textProperty(properties, 'Path') ?? '/',
      AssumeRolePolicyDocument: documentProperty(properties, 'AssumeRolePolicyDocument'),
      Tags: tagsProperty(properties),
      ...(description !== undefined && { Description: description }),
      ...(seconds !== undefined && { MaxSessionDuration: seconds }),
      ...(boundary !== undefined && { PermissionsBoundary: boundary }),
    })
    await setPolicies(at, kind, RoleName, [properties, {}])
    return stateOf(at, RoleName)
  },
  async update(at, properties, before) {
    const RoleName = before.physicalId
    const was = before.properties
    const PolicyDocument = documentProperty(properties, 'AssumeRolePolicyDocument')
    if (PolicyDocument !== documentProperty(was, 'AssumeRolePolicyDocument')) {
      await at.call('iam', 'UpdateAssumeRolePolicy', { RoleName, PolicyDocument })
    }
    const [description, seconds] = [
      textProperty(properties, 'Description'),
      numberProperty(properties, 'MaxSessionDuration'),
    ]
    if (description !== was['Description'] || seconds !== was['MaxSessionDuration']) {
      await at.call('iam', 'UpdateRole', {
        RoleName,
        Description: description ?? '',
        MaxSessionDuration: seconds ?? 3600,
      })
    }
    await setBoundary(at, kind, RoleName, [properties, was])
    await setPolicies(at, kind, RoleName, [properties, was])
    await setTags(at, kind, RoleName, [properties, was])
    return before
  },
  async delete(at, { physicalId: RoleName }) {
    await dropPolicies(at, kind, RoleName)
    await at.tryCall(gone, 'iam', 'DeleteRole', { RoleName })
  },
}

async function stateOf(at: ResourceContext, RoleName: string) {
  const { Role: role } = (await at.call('iam', 'GetRole', { RoleName })) as { Role: Role }
  return { physicalId: RoleName, attributes: { Arn: role.Arn, RoleId: role.RoleId } }
}

/** `AWS::IAM::InstanceProfile`. */
export const instanceProfileType: ResourceType = {
  type: 'AWS::IAM::InstanceProfile',
  required: ['Roles'],
  optional: ['InstanceProfileName', 'Path'],
  replacing: ['InstanceProfileName', 'Path'],
  attributes: ['Arn'],
  async create(at, properties) {
    const InstanceProfileName =
      textProperty(properties, 'InstanceProfileName') ?? at.newName({ maxLength: 128 })
    const Path = textProperty(properties, 'Path') ?? '/'
    const codes = taken(at, properties, 'InstanceProfileName')
    await at.tryCall(codes, 'iam', 'CreateInstanceProfile', { InstanceProfileName, Path })
    for (const RoleName of textsProperty(properties, 'Roles')) {
      await at.call('iam', 'AddRoleToInstanceProfile', { InstanceProfileName, RoleName })
    }
    const Arn = `arn:aws:iam::${at.account}:instance-profile${Path}${InstanceProfileName}`
    return { physicalId: InstanceProfileName, attributes: { Arn } }
  },
  async update(at, properties, before) {
    const InstanceProfileName = before.physicalId
    const [now, had] = [properties, before.properties].map((each) => textsProperty(each, 'Roles'))
    for (const RoleName of had ?? []) {
      if (now?.includes(RoleName)) continue
      const removal = { InstanceProfileName, RoleName }
      await at.tryCall(gone, 'iam', 'RemoveRoleFromInstanceProfile', removal)
    }
    for (const RoleName of now ?? []) {
      if (had?.includes(RoleName)) continue
      await at.call('iam', 'AddRoleToInstanceProfile', { InstanceProfileName, RoleName })
    }
    return before
  },
  async delete(at, { physicalId: InstanceProfileName, properties }) {
    for (const RoleName of textsProperty(properties, 'Roles')) {
      const removal = { InstanceProfileName, RoleName }
      await at.tryCall(gone, 'iam', 'RemoveRoleFromInstanceProfile', removal)
    }
    await at.tryCall(gone, 'iam', 'DeleteInstanceProfile', { InstanceProfileName })
  },
}

/** `AWS::IAM::AccessKey`. */
export const accessKeyType: ResourceType = {
  type: 'AWS::IAM::AccessKey',
  required: ['UserName'],
  optional: ['Serial', 'Status'],
  replacing: ['Serial', 'UserName'],
  attributes: ['SecretAccessKey'],
  async create(at, properties) {
    const UserName = textProperty(properties, 'UserName')
    const { AccessKey } = (await at.call('iam', 'CreateAccessKey', { UserName })) as {
      AccessKey: { AccessKeyId: string; SecretAccessKey: string }
    }
    const { AccessKeyId, SecretAccessKey } = AccessKey
    const Status = textProperty(properties, 'Status') ?? 'Active'
    if (Status !== 'Active') {
      await at.call('iam', 'UpdateAccessKey', { UserName, AccessKeyId, Status })
    }
    return { physicalId: AccessKeyId, attributes: { SecretAccessKey } }
  },
  async update(at, properties, before) {
    await at.call('iam', 'UpdateAccessKey', {
      UserName: textProperty(properties, 'UserName'),
      AccessKeyId: before.physicalId,
      Status: textProperty(properties, 'Status') ?? 'Active',
    })
    return before
  },
  async delete(at, { physicalId: AccessKeyId, properties }) {
    const UserName = textProperty(properties, 'UserName')
    await at.tryCall(gone, 'iam', 'DeleteAccessKey', { UserName, AccessKeyId })
  },
}

/** `AWS::IAM::ServiceLinkedRole`. */
export const linkedRoleType: ResourceType = {
  type: 'AWS::IAM::ServiceLinkedRole',
  required: ['AWSServiceName'],
  optional: ['CustomSuffix', 'Description'],
  replacing: ['AWSServiceName', 'CustomSuffix', 'Description'],
  attributes: ['RoleName'],
  async create(at, properties) {
    const { Role: role } = (await at.call('iam', 'CreateServiceLinkedRole', properties)) as {
      Role: Role
    }
    return { physicalId: role.RoleName, attributes: { RoleName: role.RoleName } }
  },
  async delete(at, { physicalId: RoleName }) {
    await at.tryCall(gone, 'iam', 'DeleteServiceLinkedRole', { RoleName })
  },
}
