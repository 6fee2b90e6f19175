import type { TagRow } from '../../kernel/identity/tables.ts'
import { defineTable } from '../../kernel/store/store.ts'

/** An instance profile, keyed by lower-cased name. */
export interface InstanceProfileRow {
  readonly name: string
  readonly id: string
  readonly arn: string
  readonly path: string
  readonly createdAt: string
  /** The key (lower-cased name) of the role in it. */
  readonly role?: string
  readonly tags: readonly TagRow[]
}
/** The instance profiles of an account. */
export const instanceProfiles = defineTable<InstanceProfileRow>({
  name: 'iam.instance-profiles',
  scope: 'account',
  indexes: { role: (row) => row.role },
})

/** A server certificate, keyed by lower-cased name; its key is with the kernel's certificates. */
export interface ServerCertificateRow {
  readonly name: string
  readonly id: string
  readonly arn: string
  readonly path: string
  readonly uploadedAt: string
  readonly expiresAt: string
  /** PEM. */
  readonly body: string
  readonly chain?: string
  readonly tags: readonly TagRow[]
}
/** The server certificates of an account. */
export const serverCertificates = defineTable<ServerCertificateRow>({
  name: 'iam.server-certificates',
  scope: 'account',
})

/** Who owns an account alias: aliases are unique over the installation. */
export interface AccountAliasRow {
  readonly alias: string
  readonly accountId: string
  readonly createdAt: string
}
/** All account aliases, by alias. */
export const accountAliases = defineTable<AccountAliasRow>({
  name: 'iam.account-aliases',
  scope: 'system',
  indexes: { account: (row) => row.accountId },
})

/** What an account demands of console passwords. */
export interface PasswordPolicyRow {
  readonly minimumLength: number
  readonly requireSymbols: boolean
  readonly requireNumbers: boolean
  readonly requireUppercase: boolean
  readonly requireLowercase: boolean
  readonly allowUsersToChange: boolean
  readonly maxAgeDays?: number
  readonly reusePrevention?: number
  readonly hardExpiry: boolean
}
/** The password policy of an account, under the key `policy`. */
export const passwordPolicies = defineTable<PasswordPolicyRow>({
  name: 'iam.password-policies',
  scope: 'account',
})

/** The former passwords (scrypt) of a user, newest first, keyed by user id. */
export interface PasswordHistoryRow {
  readonly hashes: readonly string[]
}
/** What password reuse is judged by. */
export const passwordHistories = defineTable<PasswordHistoryRow>({
  name: 'iam.password-histories',
  scope: 'account',
})

/** A credential report, as it was when it was asked for. */
export interface CredentialReportRow {
  readonly generatedAt: string
  readonly csv: string
}
/** The last credential report of an account, under the key `report`. */
export const credentialReports = defineTable<CredentialReportRow>({
  name: 'iam.credential-reports',
  scope: 'account',
})

/** A finished deletion of a service-linked role, keyed by task id. */
export interface RoleDeletionRow {
  readonly taskId: string
  readonly roleArn: string
  readonly finishedAt: string
}
/** The deletions of service-linked roles that an account asked for. */
export const roleDeletions = defineTable<RoleDeletionRow>({
  name: 'iam.role-deletions',
  scope: 'account',
})
