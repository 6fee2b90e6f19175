import type { PolicyType } from '@aws-sdk/client-organizations'
import {
  memberships,
  organizationControls,
  type ControlKind,
  type ControlledPlace,
  type MembershipRow,
} from '../../kernel/identity/organization-tables.ts'
import type { Membership } from './organization-operation.ts'
import { awsManaged } from './policy-types.ts'
import {
  attachments,
  members,
  organizations,
  policies,
  units,
  type AttachmentRow,
} from './store.ts'

/** The policy types that decide about calls. */
export const controlKinds: Partial<Record<PolicyType, ControlKind>> = {
  SERVICE_CONTROL_POLICY: 'scp',
  RESOURCE_CONTROL_POLICY: 'rcp',
}

/**
 * Tells the kernel what of the organization bears on its accounts' calls. The row is read first and
 * always written, so that of two changes at a time one runs again and sees the other.
 */
export async function publishControls({ ctx, tables, ...at }: Membership): Promise<void> {
  const system = ctx.store.table(organizationControls)
  await system.get(at.organization.id)
  const organization =
    (await tables.table(organizations).get(at.organization.id)) ?? at.organization
  const attached = (await tables.table(attachments).list()).map(({ value }) => value)
  const documents = await documentsOf({ tables }, attached)
  const placed = (id: string, parent?: string): ControlledPlace => ({
    ...(parent !== undefined && { parent }),
    scp: arnsAt(attached, id, 'SERVICE_CONTROL_POLICY', documents.arns),
    rcp: arnsAt(attached, id, 'RESOURCE_CONTROL_POLICY', documents.arns),
  })
  const places: Record<string, ControlledPlace> = {
    [organization.rootId]: placed(organization.rootId),
  }
  for (const { value: unit } of await tables.table(units).list()) {
    places[unit.id] = placed(unit.id, unit.parentId)
  }
  system.put(organization.id, {
    id: organization.id,
    managementAccount: organization.managementAccount,
    places,
    documents: documents.texts,
    enabled: organization.policyTypes.flatMap((type) => controlKinds[type] ?? []),
  })
  const standing = ctx.store.table(memberships)
  for (const { value: member } of await tables.table(members).list()) {
    const row: MembershipRow = {
      accountId: member.id,
      organizationId: organization.id,
      ...placed(member.id, member.parentId),
      ...(member.state !== 'ACTIVE' && { closed: true as const }),
    }
    const before = await standing.get(member.id)
    if (JSON.stringify(before) !== JSON.stringify(row)) standing.put(member.id, row)
  }
}

interface Documents {
  readonly texts: Readonly<Record<string, string>>
  /** Policy id to ARN. */
  readonly arns: ReadonlyMap<string, string>
}

async function documentsOf(
  { tables }: Pick<Membership, 'tables'>,
  attached: readonly AttachmentRow[],
): Promise<Documents> {
  const texts: Record<string, string> = {}
  const arns = new Map<string, string>()
  for (const { policyId, type } of attached) {
    if (!controlKinds[type] || arns.has(policyId)) continue
    const policy = awsManaged(policyId) ?? (await tables.table(policies).get(policyId))
    if (!policy) continue
    texts[policy.arn] = policy.content
    arns.set(policyId, policy.arn)
  }
  return { texts, arns }
}

function arnsAt(
  attached: readonly AttachmentRow[],
  targetId: string,
  type: PolicyType,
  arns: ReadonlyMap<string, string>,
): string[] {
  return attached.flatMap((row) =>
    row.targetId === targetId && row.type === type ? (arns.get(row.policyId) ?? []) : [],
  )
}
