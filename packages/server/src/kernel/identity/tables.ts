import { defineTable } from '../store/store.ts'

/** A tenant. Times in these rows are ISO 8601. */
export interface AccountRow {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly createdAt: string
}
/** All accounts of the installation, by id. */
export const accounts = defineTable<AccountRow>({ name: 'identity.accounts', scope: 'system' })

/** A long-term access key of a user, or of root (`userName` absent). */
export interface AccessKeyRow {
  readonly id: string
  readonly accountId: string
  readonly userName?: string
  readonly secret: string
  readonly status: 'Active' | 'Inactive'
  readonly createdAt: string
}
/** All access keys, by access key id: identification knows nothing else of a caller. */
export const accessKeys = defineTable<AccessKeyRow>({
  name: 'identity.access-keys',
  scope: 'system',
  sealed: ['secret'],
  indexes: { owner: (row) => `${row.accountId}/${row.userName ?? ''}` },
})

/** What users, groups and roles have in common. */
export interface PolicyHolder {
  readonly name: string
  readonly id: string
  readonly arn: string
  readonly path: string
  readonly createdAt: string
  /** Inline policies: name to JSON text. */
  readonly inlinePolicies: Readonly<Record<string, string>>
  readonly attachedPolicies: readonly string[]
}

/** A tag as IAM has it. */
export interface TagRow {
  readonly key: string
  readonly value: string
}

/** An IAM user, keyed by lower-cased name (names are unique without regard to case). */
export interface UserRow extends PolicyHolder {
  /** The keys (lower-cased names) of the groups the user is in. */
  readonly groups: readonly string[]
  readonly boundary?: string
  readonly tags: readonly TagRow[]
  /** scrypt of the console password, when there is a login profile. */
  readonly login?: {
    readonly hash: string
    readonly createdAt: string
    /** When the password was last set. */
    readonly changedAt: string
    readonly resetRequired: boolean
  }
  readonly mfaSerials: readonly string[]
}
/** The users of an account. */
export const users = defineTable<UserRow>({
  name: 'identity.users',
  scope: 'account',
  indexes: {
    policy: (row) => row.attachedPolicies,
    group: (row) => row.groups,
    boundary: (row) => row.boundary,
  },
})

/** An IAM group, keyed by lower-cased name. */
export type GroupRow = PolicyHolder
/** The groups of an account. */
export const groups = defineTable<GroupRow>({
  name: 'identity.groups',
  scope: 'account',
  indexes: { policy: (row) => row.attachedPolicies },
})

/** An IAM role, keyed by lower-cased name. */
export interface RoleRow extends PolicyHolder {
  readonly trustPolicy: string
  readonly description?: string
  readonly maxSessionSeconds: number
  readonly boundary?: string
  readonly tags: readonly TagRow[]
  /** The service that owns a service-linked role. */
  readonly linkedService?: string
}
/** The roles of an account. */
export const roles = defineTable<RoleRow>({
  name: 'identity.roles',
  scope: 'account',
  indexes: { policy: (row) => row.attachedPolicies, boundary: (row) => row.boundary },
})

/** Whose unique id (`AIDA…`, `AROA…`) it is that a stored policy or grant names. */
export interface PrincipalRow {
  readonly arn: string
}
/** The users and roles of all accounts, by unique id. */
export const principals = defineTable<PrincipalRow>({
  name: 'identity.principals',
  scope: 'system',
})

/** A customer managed policy, keyed by ARN. */
export interface ManagedPolicyRow {
  readonly arn: string
  readonly name: string
  readonly id: string
  readonly path: string
  readonly description?: string
  readonly createdAt: string
  readonly updatedAt: string
  readonly defaultVersion: string
  /** The number the next version gets. */
  readonly nextVersion: number
  readonly versions: readonly {
    readonly id: string
    readonly document: string
    readonly createdAt: string
  }[]
  readonly tags: readonly TagRow[]
}
/** The customer managed policies of an account. */
export const managedPolicies = defineTable<ManagedPolicyRow>({
  name: 'identity.managed-policies',
  scope: 'account',
})

/** A virtual MFA device, keyed by serial number (its ARN). */
export interface MfaDeviceRow {
  readonly serialNumber: string
  readonly name: string
  readonly path: string
  readonly createdAt: string
  /** The TOTP seed in base32 (RFC 6238). */
  readonly seed: string
  /** Since when it is enabled, and for whom; `userName` is absent for root. */
  readonly enabledAt?: string
  readonly userName?: string
  /** The time steps by which the device's clock differs from ours (ResyncMFADevice). */
  readonly driftSteps: number
  /** The last time step whose code was accepted: a code counts once. */
  readonly lastStep: number
  readonly tags: readonly TagRow[]
}
/** The virtual MFA devices of an account. */
export const mfaDevices = defineTable<MfaDeviceRow>({
  name: 'identity.mfa-devices',
  scope: 'account',
  sealed: ['seed'],
})

/** An OpenID Connect identity provider, keyed by ARN. */
export interface OidcProviderRow {
  readonly arn: string
  /** Without `https://`, as AWS shows it. */
  readonly url: string
  /** With its scheme, which is `http` only for providers on the machine itself. */
  readonly issuer: string
  readonly clientIds: readonly string[]
  readonly thumbprints: readonly string[]
  readonly createdAt: string
  readonly tags: readonly TagRow[]
}
/** The OpenID Connect providers of an account. */
export const oidcProviders = defineTable<OidcProviderRow>({
  name: 'identity.oidc-providers',
  scope: 'account',
})
