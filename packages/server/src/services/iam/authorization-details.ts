import {
  GetAccountAuthorizationDetails$,
  type GetAccountAuthorizationDetailsRequest,
  type GetAccountAuthorizationDetailsResponse,
  type GroupDetail,
  type ManagedPolicyDetail,
  type PolicyDetail,
  type RoleDetail,
  type UserDetail,
} from '@aws-sdk/client-iam'
import type { Context } from '../../kernel/context.ts'
import { awsManagedPolicy } from '../../kernel/identity/managed-policies/index.ts'
import {
  groups,
  managedPolicies,
  roles,
  users,
  type GroupRow,
  type ManagedPolicyRow,
  type RoleRow,
  type UserRow,
} from '../../kernel/identity/tables.ts'
import { shownPolicy } from '../../kernel/identity/principal-ids.ts'
import { operation } from '../../kernel/service.ts'
import { attachedOut } from './attachments.ts'
import { accessToAll } from './entities.ts'
import { groupsOf } from './groups.ts'
import { profileOut, profilesOfRole } from './instance-profiles.ts'
import { allRows, pageOf } from './paging.ts'
import { countAllUses, policyListed, type UseCounts } from './policy-lookup.ts'
import { versionOut } from './policy-versions.ts'
import { boundaryOut, encodeDocument, groupOut, userListed, wholeSecond } from './shapes.ts'
import { tagsOut } from './tags.ts'

/** One thing of the account, by the kind that `Filter` calls it. */
type Entity =
  | { readonly kind: 'User'; readonly key: string; readonly row: UserRow }
  | { readonly kind: 'Group'; readonly key: string; readonly row: GroupRow }
  | { readonly kind: 'Role'; readonly key: string; readonly row: RoleRow }
  | {
      readonly kind: 'LocalManagedPolicy' | 'AWSManagedPolicy'
      readonly key: string
      readonly row: ManagedPolicyRow
    }

/** Everything that bears on permissions in the account, in one listing. */
export const GetAccountAuthorizationDetails = operation<
  GetAccountAuthorizationDetailsRequest,
  GetAccountAuthorizationDetailsResponse
>(GetAccountAuthorizationDetails$, {
  access: accessToAll,
  async handle(input, ctx) {
    const counts = await countAllUses(ctx)
    const wanted = new Set<string>(input.Filter ?? [])
    const entities = (await allEntities(counts, ctx)).filter(
      ({ kind }) => wanted.size === 0 || wanted.has(kind),
    )
    const { items, ...page } = pageOf(entities, ({ key }) => key, input)
    const answer = {
      UserDetailList: [] as UserDetail[],
      GroupDetailList: [] as GroupDetail[],
      RoleDetailList: [] as RoleDetail[],
      Policies: [] as ManagedPolicyDetail[],
      ...page,
    }
    for (const entity of items) {
      if (entity.kind === 'User') answer.UserDetailList.push(await userDetail(entity.row, ctx))
      else if (entity.kind === 'Group') answer.GroupDetailList.push(groupDetail(entity.row))
      else if (entity.kind === 'Role') answer.RoleDetailList.push(await roleDetail(entity.row, ctx))
      else answer.Policies.push(policyDetail(entity.row, counts))
    }
    return answer
  },
})

async function allEntities(counts: UseCounts, ctx: Context): Promise<Entity[]> {
  const used = new Set([...counts.attached.keys(), ...counts.bounding.keys()])
  const awsPolicies = [...used].map(awsManagedPolicy).filter((policy) => policy !== undefined)
  const [userRows, groupRows, roleRows, policyRows] = await Promise.all([
    allRows(ctx.store.table(users)),
    allRows(ctx.store.table(groups)),
    allRows(ctx.store.table(roles)),
    allRows(ctx.store.table(managedPolicies)),
  ])
  const entities: Entity[] = [
    ...userRows.map((row): Entity => ({ kind: 'User', key: `1/${row.arn}`, row })),
    ...groupRows.map((row): Entity => ({ kind: 'Group', key: `2/${row.arn}`, row })),
    ...roleRows.map((row): Entity => ({ kind: 'Role', key: `3/${row.arn}`, row })),
    ...policyRows.map((row): Entity => ({ kind: 'LocalManagedPolicy', key: `4/${row.arn}`, row })),
    ...awsPolicies.map((row): Entity => ({ kind: 'AWSManagedPolicy', key: `5/${row.arn}`, row })),
  ]
  return entities.sort((a, b) => (a.key < b.key ? -1 : 1))
}

function inlineOut(policies: Readonly<Record<string, string>>): PolicyDetail[] {
  return Object.entries(policies).map(([PolicyName, document]) => ({
    PolicyName,
    PolicyDocument: encodeDocument(document),
  }))
}

async function userDetail(user: UserRow, ctx: Context): Promise<UserDetail> {
  return {
    ...userListed(user),
    UserPolicyList: inlineOut(user.inlinePolicies),
    GroupList: (await groupsOf(user, ctx)).map(({ name }) => name),
    AttachedManagedPolicies: attachedOut(user.attachedPolicies),
    ...boundaryOut(user.boundary),
    Tags: tagsOut(user.tags),
  }
}

function groupDetail(group: GroupRow): GroupDetail {
  return {
    ...groupOut(group),
    GroupPolicyList: inlineOut(group.inlinePolicies),
    AttachedManagedPolicies: attachedOut(group.attachedPolicies),
  }
}

async function roleDetail(role: RoleRow, ctx: Context): Promise<RoleDetail> {
  const profiles = await profilesOfRole(role, ctx)
  const used = await ctx.lastUsed.of('role', role.arn)
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: wholeSecond(role.createdAt),
    AssumeRolePolicyDocument: encodeDocument(await shownPolicy(ctx, role.trustPolicy)),
    InstanceProfileList: await Promise.all(profiles.map((profile) => profileOut(profile, ctx))),
    RolePolicyList: inlineOut(role.inlinePolicies),
    AttachedManagedPolicies: attachedOut(role.attachedPolicies),
    ...boundaryOut(role.boundary),
    Tags: tagsOut(role.tags),
    RoleLastUsed: used
      ? { LastUsedDate: wholeSecond(used['date'] ?? ''), Region: used['region'] ?? ctx.region }
      : {},
  }
}

function policyDetail(policy: ManagedPolicyRow, counts: UseCounts): ManagedPolicyDetail {
  return {
    ...policyListed(
      policy,
      counts.attached.get(policy.arn) ?? 0,
      counts.bounding.get(policy.arn) ?? 0,
    ),
    PolicyVersionList: policy.versions.toReversed().map((version) => ({
      Document: encodeDocument(version.document),
      ...versionOut(policy, version),
    })),
  }
}
