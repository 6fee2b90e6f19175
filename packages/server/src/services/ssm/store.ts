import type { ParameterTier, ParameterType } from '@aws-sdk/client-ssm'
import { defineTable } from '../../kernel/store/store.ts'
import { keyOf, parentOf } from './names.ts'

/** A policy of a parameter, with how far it has got. Times are ISO 8601. */
export interface PolicyState {
  readonly type: 'Expiration' | 'ExpirationNotification' | 'NoChangeNotification'
  /** Its JSON, as the request had it. */
  readonly text: string
  readonly status: 'Pending' | 'Finished'
  readonly due: string
  readonly createdAt: string
}

/** What each version of a parameter has of its own. Times are ISO 8601. */
export interface VersionFacts {
  readonly version: number
  readonly type: ParameterType
  readonly dataType: string
  readonly tier: Exclude<ParameterTier, 'Intelligent-Tiering'>
  readonly description?: string
  readonly allowedPattern?: string
  /** Of a SecureString: the key as the request named it. */
  readonly keyId?: string
  /** The text, or the base64 of a SecureString's ciphertext. */
  readonly value: string
  readonly modifiedAt: string
  /** The ARN of who put it. */
  readonly modifiedBy: string
  readonly policies: readonly PolicyState[]
}

/** A resource policy that shares a parameter. */
export interface SharingPolicy {
  readonly id: string
  readonly hash: string
  readonly policy: string
}

/** A parameter with its current version. */
export interface ParameterRow extends VersionFacts {
  readonly name: string
  readonly arn: string
  readonly account: string
  /** The oldest version that is kept. */
  readonly oldest: number
  /** The version that each label is at. */
  readonly labels: Readonly<Record<string, number>>
  readonly tags: Readonly<Record<string, string>>
  readonly sharing?: SharingPolicy
}

/** The parameters of an account and Region, by name with its leading slash. */
export const parameters = defineTable<ParameterRow>({
  name: 'ssm.parameters',
  scope: 'region',
  sealed: ['value'],
  indexes: {
    parent: (row) => parentOf(keyOf(row.name)),
    tier: (row) => row.tier,
  },
})

/** Versions before the current one, by `versionKey`. */
export const earlierVersions = defineTable<VersionFacts>({
  name: 'ssm.parameter-versions',
  scope: 'region',
  sealed: ['value'],
})

/** The key of an earlier version: in order of number. */
export function versionKey(key: string, version: number): string {
  return `${key}:${String(version).padStart(12, '0')}`
}

/** A notification that is due after the parameter has expired. */
export interface ExpiredNotice {
  readonly name: string
  readonly arn: string
  /** The parameter's. */
  readonly type: ParameterType
  readonly policy: PolicyState
  readonly expiredAt: string
}

/** Notifications that outlive their parameter, by an id of their own. */
export const expiredNotices = defineTable<ExpiredNotice>({
  name: 'ssm.expired-notices',
  scope: 'region',
})

/** A service setting that was changed from its default. */
export interface SettingRow {
  readonly value: string
  readonly modifiedAt: string
  readonly modifiedBy: string
}

/** Changed service settings, by setting id. */
export const settings = defineTable<SettingRow>({ name: 'ssm.service-settings', scope: 'region' })

/** How often parameters of a tier were created close to its limit, by tier: whoever creates one changes it. */
export const creationTurns = defineTable<{ readonly turn: number }>({
  name: 'ssm.creation-turns',
  scope: 'region',
})
