import {
  CreatePolicy$,
  DeletePolicy$,
  GetPolicy$,
  ListEntitiesForPolicy$,
  ListPolicies$,
  type CreatePolicyRequest,
  type CreatePolicyResponse,
  type DeletePolicyRequest,
  type GetPolicyRequest,
  type GetPolicyResponse,
  type ListEntitiesForPolicyRequest,
  type ListEntitiesForPolicyResponse,
  type ListPoliciesRequest,
  type ListPoliciesResponse,
} from '@aws-sdk/client-iam'
import { claimOf } from '../../kernel/claims.ts'
import type { Context } from '../../kernel/context.ts'
import { awsManagedPolicies } from '../../kernel/identity/managed-policies/index.ts'
import { managedPolicies, type ManagedPolicyRow } from '../../kernel/identity/tables.ts'
import { operation, type Access } from '../../kernel/service.ts'
import { requestTagConditions, resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { compileDocument, documentSize } from './documents.ts'
import { accessToAll, arnOf } from './entities.ts'
import { accessDenied, alreadyExists, checkQuota, deleteConflict, invalidInput } from './errors.ts'
import { allRows, pageOf } from './paging.ts'
import {
  attachmentsOf,
  boundedBy,
  countAllUses,
  countUses,
  existingPolicy,
  isAwsManaged,
  policyListed,
  policyOut,
  seekPolicy,
  type SoughtPolicy,
} from './policy-lookup.ts'
import { exactKeys, tagRows, tagsOut } from './tags.ts'

const maxPolicySize = 6144

/** `access` of operations on a managed policy. */
export const accessToPolicy = (_input: unknown, ctx: Context, sought: SoughtPolicy): Access => ({
  resource: sought.arn,
  // AWS's own policies belong to every account.
  ...(isAwsManaged(sought.arn) && { resourceAccount: ctx.account }),
  conditions: resourceTagConditions(sought.row?.tags, 'iam'),
})

/** Checks a managed policy's document: grammar and size. */
export function checkManagedDocument(document: string): void {
  compileDocument(document, 'identity')
  checkQuota('PolicySize', maxPolicySize, documentSize(document))
}

/** A policy that callers may tag: AWS's own belong to AWS. */
export function customerPolicy(sought: SoughtPolicy): ManagedPolicyRow {
  if (isAwsManaged(sought.arn)) throw invalidInput(`ARN ${sought.arn} is not valid.`)
  return existingPolicy(sought)
}

/** Refuses what a call would do to one of AWS's own policies. */
export function refuseForeign(
  { arn }: SoughtPolicy,
  act: 'delete' | 'create versions for' | 'delete versions of' | 'update',
): void {
  if (isAwsManaged(arn)) throw accessDenied(`Cannot ${act} policies outside your own account.`)
}

/** Makes a customer managed policy. */
export const CreatePolicy = operation<CreatePolicyRequest, CreatePolicyResponse>(CreatePolicy$, {
  access: (input, ctx) => ({
    resource: arnOf(ctx, 'policy', input.Path, input.PolicyName ?? ''),
    conditions: requestTagConditions(input.Tags),
  }),
  async handle(input, ctx) {
    const name = input.PolicyName ?? ''
    const path = input.Path ?? '/'
    const document = input.PolicyDocument ?? ''
    checkManagedDocument(document)
    // Names are one without regard to path, of which the key knows nothing.
    const claim = await claimOf(ctx.store, 'iam managed policies')
    const view = ctx.store.table(managedPolicies)
    const rows = await allRows(view)
    if (rows.some((row) => row.name.toLowerCase() === name.toLowerCase())) {
      throw alreadyExists(
        `A policy called ${name} already exists. Duplicate names are not allowed.`,
      )
    }
    checkQuota('PoliciesPerAccount', 1500, rows.length + 1)
    const now = ctx.now.toISOString()
    const policy: ManagedPolicyRow = {
      arn: arnOf(ctx, 'policy', path, name),
      name,
      id: ctx.ids.unique('ANPA'),
      path,
      createdAt: now,
      updatedAt: now,
      defaultVersion: 'v1',
      nextVersion: 2,
      versions: [{ id: 'v1', document, createdAt: now }],
      tags: tagRows(input.Tags, exactKeys),
      ...(input.Description !== undefined && { description: input.Description }),
    }
    claim()
    view.put(policy.arn, policy)
    return { Policy: await policyOut(policy, ctx) }
  },
})

/** Shows a managed policy of the account or of AWS. */
export const GetPolicy = operation<GetPolicyRequest, GetPolicyResponse, SoughtPolicy>(GetPolicy$, {
  resolve: seekPolicy,
  access: accessToPolicy,
  async handle(_input, ctx, sought) {
    const policy = existingPolicy(sought)
    return { Policy: { ...(await policyOut(policy, ctx)), Tags: tagsOut(policy.tags) } }
  },
})

/** Lists managed policies: AWS's, the account's, or both. */
export const ListPolicies = operation<ListPoliciesRequest, ListPoliciesResponse>(ListPolicies$, {
  access: accessToAll,
  async handle(input, ctx) {
    const counts = await countAllUses(ctx)
    const scope = input.Scope ?? 'All'
    const local = scope === 'AWS' ? [] : await allRows(ctx.store.table(managedPolicies))
    const listed = [...local, ...(scope === 'Local' ? [] : awsManagedPolicies())]
      .filter(({ path }) => path.startsWith(input.PathPrefix ?? '/'))
      .filter(({ arn }) => !input.OnlyAttached || counts.attached.has(arn))
      .filter(({ arn }) => isUsedAs(input.PolicyUsageFilter, arn, counts))
    const { items, ...page } = pageOf(listed.sort(byArn), ({ arn }) => arn, input)
    const shown = items.map((policy) =>
      policyListed(
        policy,
        counts.attached.get(policy.arn) ?? 0,
        counts.bounding.get(policy.arn) ?? 0,
      ),
    )
    return { Policies: shown, ...page }
  },
})

/** Deletes a policy of one version that is attached to nothing. */
export const DeletePolicy = operation<DeletePolicyRequest, object, SoughtPolicy>(DeletePolicy$, {
  resolve: seekPolicy,
  access: accessToPolicy,
  async handle(_input, ctx, sought) {
    refuseForeign(sought, 'delete')
    const policy = existingPolicy(sought)
    const uses = countUses(await attachmentsOf(policy.arn, ctx))
    if (uses + countUses(await boundedBy(policy.arn, ctx)) > 0) {
      throw deleteConflict('Cannot delete a policy attached to entities.')
    }
    if (policy.versions.length > 1) {
      throw deleteConflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      )
    }
    ctx.store.table(managedPolicies).delete(policy.arn)
    return {}
  },
})

/** Lists what a policy is attached to or bounds. */
export const ListEntitiesForPolicy = operation<
  ListEntitiesForPolicyRequest,
  ListEntitiesForPolicyResponse,
  SoughtPolicy
>(ListEntitiesForPolicy$, {
  resolve: seekPolicy,
  access: accessToPolicy,
  async handle(input, ctx, sought) {
    const { arn } = existingPolicy(sought)
    const entities = await entitiesOf(arn, input, ctx)
    const { items, ...page } = pageOf(entities, ({ key }) => key, input)
    const of = (kind: string) => items.filter((item) => item.kind === kind)
    return {
      PolicyGroups: of('Group').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
      PolicyUsers: of('User').map(({ name, id }) => ({ UserName: name, UserId: id })),
      PolicyRoles: of('Role').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
      ...page,
    }
  },
})

async function entitiesOf(arn: string, input: ListEntitiesForPolicyRequest, ctx: Context) {
  const { PolicyUsageFilter: usage, EntityFilter: filter, PathPrefix: prefix = '/' } = input
  const attached = usage === 'PermissionsBoundary' ? undefined : await attachmentsOf(arn, ctx)
  const bounded = usage === 'PermissionsPolicy' ? undefined : await boundedBy(arn, ctx)
  const found = [attached, bounded].flatMap((uses) => [
    ...(uses?.groups ?? []).map((row) => ({ kind: 'Group', ...row })),
    ...(uses?.users ?? []).map((row) => ({ kind: 'User', ...row })),
    ...(uses?.roles ?? []).map((row) => ({ kind: 'Role', ...row })),
  ])
  const wanted = found
    .filter(({ kind }) => filter === undefined || filter === kind)
    .filter(({ path }) => path.startsWith(prefix))
    .map(({ kind, name, id }) => ({ kind, name, id, key: `${kind}/${name.toLowerCase()}` }))
  return [...new Map(wanted.map((entity) => [entity.key, entity])).values()].sort((a, b) =>
    a.key < b.key ? -1 : 1,
  )
}

function isUsedAs(
  usage: ListPoliciesRequest['PolicyUsageFilter'],
  arn: string,
  counts: Awaited<ReturnType<typeof countAllUses>>,
): boolean {
  if (usage === 'PermissionsBoundary') return counts.bounding.has(arn)
  if (usage === 'PermissionsPolicy') return counts.attached.has(arn)
  return true
}

function byArn(a: { readonly arn: string }, b: { readonly arn: string }): number {
  return a.arn < b.arn ? -1 : 1
}
