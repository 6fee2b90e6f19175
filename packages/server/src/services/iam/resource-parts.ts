import {
  documentProperty,
  listProperty,
  tagChanges,
  textProperty,
  textsProperty,
  type ResourceContext,
  type ResourceProperties,
} from '../../kernel/resource-type.ts'

/** What deleting something that is gone answers. */
export const gone: readonly string[] = ['NoSuchEntityException', 'NoSuchEntity']

/** A name of the stack's own that exists on a second try was made by the first. */
export function taken(
  at: ResourceContext,
  properties: ResourceProperties,
  nameProperty: string,
): readonly string[] {
  const isOwn = textProperty(properties, nameProperty) === undefined
  return isOwn || at.isRetry ? ['EntityAlreadyExistsException', 'EntityAlreadyExists'] : []
}

/** The members of a list that a call answers. */
export async function policiesIn(
  at: ResourceContext,
  operation: string,
  input: object,
  member: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const answer = await at.tryCall(gone, 'iam', operation, input)
  return (answer?.[member] ?? []) as readonly Readonly<Record<string, unknown>>[]
}

/** Users, groups and roles, as far as they are alike: their operations and the name that these take. */
export interface HolderKind {
  readonly noun: 'User' | 'Group' | 'Role'
  readonly nameMember: 'UserName' | 'GroupName' | 'RoleName'
}

interface InlinePolicy {
  readonly PolicyName: string
  readonly PolicyDocument: unknown
}

/** Brings the inline and managed policies of a holder to what the template says. */
export async function setPolicies(
  at: ResourceContext,
  { noun, nameMember }: HolderKind,
  name: string,
  [wanted, had]: readonly [ResourceProperties, ResourceProperties],
): Promise<void> {
  const holder = { [nameMember]: name }
  const inline = listProperty(wanted, 'Policies') as readonly InlinePolicy[]
  const before = listProperty(had, 'Policies') as readonly InlinePolicy[]
  for (const { PolicyName, ...policy } of inline) {
    const PolicyDocument = documentProperty(policy, 'PolicyDocument')
    await at.call('iam', `Put${noun}Policy`, { ...holder, PolicyName, PolicyDocument })
  }
  for (const { PolicyName } of before) {
    if (inline.some((policy) => policy.PolicyName === PolicyName)) continue
    await at.tryCall(gone, 'iam', `Delete${noun}Policy`, { ...holder, PolicyName })
  }
  const now = textsProperty(wanted, 'ManagedPolicyArns')
  const attached = textsProperty(had, 'ManagedPolicyArns')
  for (const PolicyArn of now) {
    if (attached.includes(PolicyArn)) continue
    await at.call('iam', `Attach${noun}Policy`, { ...holder, PolicyArn })
  }
  for (const PolicyArn of attached) {
    if (now.includes(PolicyArn)) continue
    await at.tryCall(gone, 'iam', `Detach${noun}Policy`, { ...holder, PolicyArn })
  }
}

/** Takes every policy from a holder, so that it can be deleted. */
export async function dropPolicies(
  at: ResourceContext,
  { noun, nameMember }: HolderKind,
  name: string,
): Promise<void> {
  const holder = { [nameMember]: name }
  const list = (operation: string) => at.tryCall(gone, 'iam', operation, holder)
  const inline = (await list(`List${noun}Policies`))?.['PolicyNames'] as
    readonly string[] | undefined
  for (const PolicyName of inline ?? []) {
    await at.tryCall(gone, 'iam', `Delete${noun}Policy`, { ...holder, PolicyName })
  }
  const attached = await policiesIn(at, `ListAttached${noun}Policies`, holder, 'AttachedPolicies')
  for (const { PolicyArn } of attached) {
    await at.tryCall(gone, 'iam', `Detach${noun}Policy`, { ...holder, PolicyArn })
  }
}

/** Brings the tags of a user or role to what the template says. */
export async function setTags(
  at: ResourceContext,
  { noun, nameMember }: HolderKind,
  name: string,
  [wanted, had]: readonly [ResourceProperties, ResourceProperties],
): Promise<void> {
  const { put, remove } = tagChanges(had, wanted)
  const holder = { [nameMember]: name }
  if (remove.length > 0) await at.call('iam', `Untag${noun}`, { ...holder, TagKeys: remove })
  if (put.length > 0) await at.call('iam', `Tag${noun}`, { ...holder, Tags: put })
}

/** Brings the permissions boundary of a user or role to what the template says. */
export async function setBoundary(
  at: ResourceContext,
  { noun, nameMember }: HolderKind,
  name: string,
  [wanted, had]: readonly [ResourceProperties, ResourceProperties],
): Promise<void> {
  const boundary = textProperty(wanted, 'PermissionsBoundary')
  if (boundary === textProperty(had, 'PermissionsBoundary')) return
  const holder = { [nameMember]: name }
  if (boundary === undefined) {
    await at.tryCall(gone, 'iam', `Delete${noun}PermissionsBoundary`, holder)
  } else {
    const input = { ...holder, PermissionsBoundary: boundary }
    await at.call('iam', `Put${noun}PermissionsBoundary`, input)
  }
}
