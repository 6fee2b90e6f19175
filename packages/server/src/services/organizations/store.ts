import type {
  AccountJoinedMethod,
  ActionType,
  CreateAccountFailureReason,
  CreateAccountState,
  HandshakePartyType,
  HandshakeState,
  OrganizationFeatureSet,
  PolicyType,
} from '@aws-sdk/client-organizations'
import { defineTable } from '../../kernel/store/store.ts'

/** A tag. */
export interface TagRow {
  readonly key: string
  readonly value: string
}

/** An organization. Times in these rows are ISO 8601. */
export interface OrganizationRow {
  readonly id: string
  readonly arn: string
  readonly managementAccount: string
  readonly featureSet: OrganizationFeatureSet
  readonly createdAt: string
  readonly rootId: string
  readonly rootTags: readonly TagRow[]
  /** The policy types that are enabled in the root. */
  readonly policyTypes: readonly PolicyType[]
  /** Trusted services: principal to the time of enabling. */
  readonly trustedServices: Readonly<Record<string, string>>
  readonly resourcePolicy?: {
    readonly id: string
    readonly content: string
    readonly tags: readonly TagRow[]
  }
}
/**
 * The organization that an account manages, by organization id. Everything of an organization lies
 * in the tables of its management account.
 */
export const organizations = defineTable<OrganizationRow>({
  name: 'organizations.organizations',
  scope: 'account',
})

/** An organizational unit. */
export interface UnitRow {
  readonly id: string
  readonly arn: string
  readonly name: string
  readonly parentId: string
  readonly tags: readonly TagRow[]
}
/** The OUs of an organization, by id. */
export const units = defineTable<UnitRow>({
  name: 'organizations.units',
  scope: 'account',
  indexes: { parent: (row) => row.parentId },
})

/** An account of an organization. */
export interface MemberRow {
  readonly id: string
  readonly arn: string
  readonly email: string
  readonly name: string
  readonly parentId: string
  readonly state: 'ACTIVE' | 'PENDING_CLOSURE' | 'SUSPENDED'
  readonly joinedMethod: AccountJoinedMethod
  readonly joinedAt: string
  readonly tags: readonly TagRow[]
  /** Services that the account administers: principal to the time of registering. */
  readonly delegations: Readonly<Record<string, string>>
}
/** The accounts of an organization, by account id. */
export const members = defineTable<MemberRow>({
  name: 'organizations.members',
  scope: 'account',
  indexes: { parent: (row) => row.parentId },
})

/** A policy of any type that the organization made. */
export interface PolicyRow {
  readonly id: string
  readonly arn: string
  readonly type: PolicyType
  readonly name: string
  readonly description: string
  readonly content: string
  readonly updatedAt: string
  readonly tags: readonly TagRow[]
}
/** The policies of an organization, by id. */
export const policies = defineTable<PolicyRow>({
  name: 'organizations.policies',
  scope: 'account',
})

/** That a policy is attached to a root, an OU or an account. */
export interface AttachmentRow {
  readonly policyId: string
  readonly targetId: string
  readonly type: PolicyType
}
/** Attachments, by `<target>/<policy>`. */
export const attachments = defineTable<AttachmentRow>({
  name: 'organizations.attachments',
  scope: 'account',
  indexes: { policy: (row) => row.policyId, target: (row) => row.targetId },
})

/** How the making of an account goes. */
export interface CreationRow {
  readonly id: string
  readonly accountName: string
  readonly email: string
  readonly roleName: string
  readonly tags: readonly TagRow[]
  readonly state: CreateAccountState
  readonly requestedAt: string
  readonly completedAt?: string
  readonly accountId?: string
  readonly failure?: CreateAccountFailureReason
}
/** Requests to create accounts, by id (`car-…`). */
export const creations = defineTable<CreationRow>({
  name: 'organizations.account-creations',
  scope: 'account',
})

/** A handshake between a management account and another. */
export interface HandshakeRow {
  readonly id: string
  readonly arn: string
  readonly action: ActionType
  readonly organizationId: string
  readonly managementAccount: string
  readonly target: { readonly id: string; readonly type: HandshakePartyType }
  /** The account that may accept it. */
  readonly recipient: string
  /** As it was last set; an open handshake expires by itself. */
  readonly state: HandshakeState
  readonly requestedAt: string
  readonly expiresAt: string
  readonly changedAt: string
  readonly parent?: string
  readonly notes?: string
  readonly tags: readonly TagRow[]
}
/** All handshakes, by id: either party must find them. */
export const handshakes = defineTable<HandshakeRow>({
  name: 'organizations.handshakes',
  scope: 'system',
  indexes: {
    organization: (row) => row.organizationId,
    recipient: (row) => row.recipient,
    parent: (row) => row.parent,
  },
})
