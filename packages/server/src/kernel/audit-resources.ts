import type { AuditRecord } from './audit-record.ts'

/** A resource as LookupEvents shows and finds it: by any of its names, its id, or its ARN. */
export interface TouchedResource {
  readonly type: string
  readonly name: string
}

/** Resource types by the members of requests and answers that name one. */
const memberTypes: Readonly<Record<string, string>> = {
  userName: 'AWS::IAM::User',
  newUserName: 'AWS::IAM::User',
  userId: 'AWS::IAM::User',
  roleName: 'AWS::IAM::Role',
  roleId: 'AWS::IAM::Role',
  roleArn: 'AWS::IAM::Role',
  groupName: 'AWS::IAM::Group',
  newGroupName: 'AWS::IAM::Group',
  groupId: 'AWS::IAM::Group',
  policyName: 'AWS::IAM::Policy',
  policyId: 'AWS::IAM::Policy',
  policyArn: 'AWS::IAM::Policy',
  permissionsBoundary: 'AWS::IAM::Policy',
  instanceProfileName: 'AWS::IAM::InstanceProfile',
  instanceProfileId: 'AWS::IAM::InstanceProfile',
  accessKeyId: 'AWS::IAM::AccessKey',
  serialNumber: 'AWS::IAM::MfaDevice',
  openIDConnectProviderArn: 'AWS::IAM::OpenIDConnectProvider',
  accountAlias: 'AWS::IAM::AccountAlias',
  roleSessionName: 'AWS::STS::AssumedRole',
  assumedRoleId: 'AWS::STS::AssumedRole',
  federatedUserId: 'AWS::STS::FederatedUser',
}

/** Types of what an answer holds in full, whose `arn` tells no type by its name. */
const answerTypes: Readonly<Record<string, string>> = {
  user: 'AWS::IAM::User',
  role: 'AWS::IAM::Role',
  group: 'AWS::IAM::Group',
  policy: 'AWS::IAM::Policy',
  instanceProfile: 'AWS::IAM::InstanceProfile',
  accessKey: 'AWS::IAM::AccessKey',
  virtualMFADevice: 'AWS::IAM::MfaDevice',
  credentials: 'AWS::IAM::AccessKey',
  assumedRoleUser: 'AWS::STS::AssumedRole',
  federatedUser: 'AWS::STS::FederatedUser',
}

const derivedSources: readonly string[] = ['iam.amazonaws.com', 'sts.amazonaws.com']

/** Text that records have whose resources are told by their requests and answers. */
export const derivedTelltales = derivedSources.map((source) => `"eventSource":"${source}"`)

/** Whether requests and answers, rather than a record's `resources`, tell of resources of a type. */
export function isDerivedType(type: string): boolean {
  return /^AWS::(IAM|STS)::/.test(type)
}

/**
 * The resources that a call touched. Records of most services list them; IAM's and STS's do not, and
 * CloudTrail finds them in what was asked and answered.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 */
export function touchedResources(record: AuditRecord): readonly TouchedResource[] {
  const listed = (record.resources ?? []).map(({ ARN, type }) => ({ type, name: ARN }))
  if (!derivedSources.includes(record.eventSource)) return listed
  const answer = Object.entries(membersOf(record.responseElements))
  const found = [
    ...answer.flatMap(([name, value]) => answered(name, membersOf(value))),
    ...named(membersOf(record.requestParameters)),
    ...listed,
  ]
  const keyOf = ({ type, name }: TouchedResource): string => `${type} ${name}`
  return [...new Map(found.map((resource) => [keyOf(resource), resource])).values()]
}

function answered(noun: string, members: Readonly<Record<string, unknown>>): TouchedResource[] {
  const type = answerTypes[noun]
  if (type === undefined) return []
  const { arn } = members
  return [...(typeof arn === 'string' ? [{ type, name: arn }] : []), ...named(members)]
}

function named(members: Readonly<Record<string, unknown>>): TouchedResource[] {
  return Object.entries(members).flatMap(([member, name]) => {
    const type = memberTypes[member]
    return type !== undefined && typeof name === 'string' ? [{ type, name }] : []
  })
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
