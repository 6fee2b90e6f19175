import { defineTable } from '../store/store.ts'

/** The kinds of policy by which an organization controls its member accounts. */
export type ControlKind = 'scp' | 'rcp'

/** A root, an OU or an account as a place that policies are attached to, by their ARNs. */
export interface ControlledPlace extends Readonly<Record<ControlKind, readonly string[]>> {
  /** The root or OU above; a root has none. */
  readonly parent?: string
}

/** What of an organization bears on the calls of its accounts. */
export interface OrganizationControlsRow {
  readonly id: string
  readonly managementAccount: string
  /** Roots and OUs, by id. */
  readonly places: Readonly<Record<string, ControlledPlace>>
  /** The documents of the policies that are attached anywhere, by ARN. */
  readonly documents: Readonly<Record<string, string>>
  /** The kinds that are enabled in the root. */
  readonly enabled: readonly ControlKind[]
}
/** The organizations of the installation, by id. The organizations service keeps them up to date. */
export const organizationControls = defineTable<OrganizationControlsRow>({
  name: 'identity.organization-controls',
  scope: 'system',
})

/** An account's place in its organization. */
export interface MembershipRow extends ControlledPlace {
  readonly accountId: string
  readonly organizationId: string
  /** Set while the account is closed: nobody of it may call anything. */
  readonly closed?: true
}
/** The accounts that are in an organization, by account id. */
export const memberships = defineTable<MembershipRow>({
  name: 'identity.organization-members',
  scope: 'system',
})
