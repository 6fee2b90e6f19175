import {
  flagProperty,
  tagsProperty,
  textProperty,
  textsProperty,
  type ResourceContext,
  type ResourceProperties,
  type ResourceType,
} from '../../kernel/resource-type.ts'
import {
  dropPolicies,
  gone,
  policiesIn,
  setBoundary,
  setPolicies,
  setTags,
  taken,
  type HolderKind,
} from './resource-parts.ts'

const user: HolderKind = { noun: 'User', nameMember: 'UserName' }
const group: HolderKind = { noun: 'Group', nameMember: 'GroupName' }

/** `AWS::IAM::User`. */
export const userType: ResourceType = {
  type: 'AWS::IAM::User',
  required: [],
  optional: [
    'Groups',
    'LoginProfile',
    'ManagedPolicyArns',
    'Path',
    'PermissionsBoundary',
    'Policies',
    'Tags',
    'UserName',
  ],
  replacing: ['Path', 'UserName'],
  attributes: ['Arn'],
  tags: 'list',
  async create(at, properties) {
    const UserName = textProperty(properties, 'UserName') ?? at.newName()
    const Path = textProperty(properties, 'Path') ?? '/'
    const boundary = textProperty(properties, 'PermissionsBoundary')
    await at.tryCall(taken(at, properties, 'UserName'), 'iam', 'CreateUser', {
      UserName,
      Path,
      Tags: tagsProperty(properties),
      ...(boundary !== undefined && { PermissionsBoundary: boundary }),
    })
    await setPolicies(at, user, UserName, [properties, {}])
    await setGroups(at, UserName, [properties, {}])
    await setLogin(at, UserName, [properties, {}])
    const Arn = `arn:aws:iam::${at.account}:user${Path}${UserName}`
    return { physicalId: UserName, attributes: { Arn } }
  },
  async update(at, properties, before) {
    const change = [properties, before.properties] as const
    const UserName = before.physicalId
    await setBoundary(at, user, UserName, change)
    await setPolicies(at, user, UserName, change)
    await setTags(at, user, UserName, change)
    await setGroups(at, UserName, change)
    await setLogin(at, UserName, change)
    return before
  },
  async delete(at, { physicalId: UserName }) {
    await dropPolicies(at, user, UserName)
    for (const { GroupName } of await policiesIn(at, 'ListGroupsForUser', { UserName }, 'Groups')) {
      await at.tryCall(gone, 'iam', 'RemoveUserFromGroup', { UserName, GroupName })
    }
    await at.tryCall(gone, 'iam', 'DeleteLoginProfile', { UserName })
    await at.tryCall(gone, 'iam', 'DeleteUser', { UserName })
  },
}

type Change = readonly [ResourceProperties, ResourceProperties]

async function setGroups(at: ResourceContext, UserName: string, change: Change): Promise<void> {
  const [now = [], had = []] = change.map((each) => textsProperty(each, 'Groups'))
  for (const GroupName of now) {
    if (!had.includes(GroupName)) await at.call('iam', 'AddUserToGroup', { UserName, GroupName })
  }
  for (const GroupName of had) {
    if (now.includes(GroupName)) continue
    await at.tryCall(gone, 'iam', 'RemoveUserFromGroup', { UserName, GroupName })
  }
}

async function setLogin(
  at: ResourceContext,
  UserName: string,
  [wanted, had]: Change,
): Promise<void> {
  const [login, before] = [wanted['LoginProfile'], had['LoginProfile']]
  if (JSON.stringify(login) === JSON.stringify(before)) return
  if (login === undefined) {
    await at.tryCall(gone, 'iam', 'DeleteLoginProfile', { UserName })
    return
  }
  const profile = login as ResourceProperties
  const input = {
    UserName,
    Password: textProperty(profile, 'Password'),
    PasswordResetRequired: flagProperty(profile, 'PasswordResetRequired') ?? false,
  }
  await at.call('iam', before === undefined ? 'CreateLoginProfile' : 'UpdateLoginProfile', input)
}

/** `AWS::IAM::Group`. */
export const groupType: ResourceType = {
  type: 'AWS::IAM::Group',
  required: [],
  optional: ['GroupName', 'ManagedPolicyArns', 'Path', 'Policies'],
  replacing: ['GroupName', 'Path'],
  attributes: ['Arn'],
  async create(at, properties) {
    const GroupName = textProperty(properties, 'GroupName') ?? at.newName({ maxLength: 128 })
    const Path = textProperty(properties, 'Path') ?? '/'
    const codes = taken(at, properties, 'GroupName')
    await at.tryCall(codes, 'iam', 'CreateGroup', { GroupName, Path })
    await setPolicies(at, group, GroupName, [properties, {}])
    const Arn = `arn:aws:iam::${at.account}:group${Path}${GroupName}`
    return { physicalId: GroupName, attributes: { Arn } }
  },
  async update(at, properties, before) {
    await setPolicies(at, group, before.physicalId, [properties, before.properties])
    return before
  },
  async delete(at, { physicalId: GroupName }) {
    await dropPolicies(at, group, GroupName)
    for (const { UserName } of await policiesIn(at, 'GetGroup', { GroupName }, 'Users')) {
      await at.tryCall(gone, 'iam', 'RemoveUserFromGroup', { UserName, GroupName })
    }
    await at.tryCall(gone, 'iam', 'DeleteGroup', { GroupName })
  },
}

/** `AWS::IAM::UserToGroupAddition`. */
export const membershipType: ResourceType = {
  type: 'AWS::IAM::UserToGroupAddition',
  required: ['GroupName', 'Users'],
  optional: [],
  replacing: ['GroupName'],
  attributes: ['Id'],
  async create(at, properties) {
    const GroupName = textProperty(properties, 'GroupName')
    for (const UserName of textsProperty(properties, 'Users')) {
      await at.call('iam', 'AddUserToGroup', { UserName, GroupName })
    }
    return { physicalId: at.newName(), attributes: {} }
  },
  async update(at, properties, before) {
    const GroupName = textProperty(properties, 'GroupName')
    const [now, had] = [properties, before.properties].map((each) => textsProperty(each, 'Users'))
    for (const UserName of now ?? [])
      await at.call('iam', 'AddUserToGroup', { UserName, GroupName })
    for (const UserName of had ?? []) {
      if (now?.includes(UserName)) continue
      await at.tryCall(gone, 'iam', 'RemoveUserFromGroup', { UserName, GroupName })
    }
    return before
  },
  async delete(at, { properties }) {
    const GroupName = textProperty(properties, 'GroupName')
    for (const UserName of textsProperty(properties, 'Users')) {
      await at.tryCall(gone, 'iam', 'RemoveUserFromGroup', { UserName, GroupName })
    }
  },
}
