import { defineTable } from '../../kernel/store/store.ts'

/** What WAFv2 keeps under a name, as ARNs spell it. */
export type Kind = 'webacl' | 'rulegroup' | 'ipset' | 'regexpatternset' | 'managedruleset'

/** `CLOUDFRONT` exists in us-east-1 alone. */
export type WafScope = 'REGIONAL' | 'CLOUDFRONT'

/** A web ACL, rule group, IP set, regex pattern set or managed rule set. */
export interface EntityRow {
  readonly kind: Kind
  readonly name: string
  readonly id: string
  readonly arn: string
  readonly account: string
  readonly scope: WafScope
  /** What an update must show. */
  readonly lockToken: string
  readonly description?: string
  /** What is its kind's own, as JSON in which bytes are base64. */
  readonly definition: string
  /** ARNs of the entities that its rules refer to. */
  readonly uses: readonly string[]
  readonly tags: Readonly<Record<string, string>>
}

/** Entities by `kind/scope/name`. */
export const entities = defineTable<EntityRow>({
  name: 'wafv2.entities',
  scope: 'region',
  indexes: { uses: ({ uses }) => uses },
})

/** That an entity of another account refers to one of this place. */
export interface ForeignUse {
  readonly arn: string
  readonly user: string
}

/** Uses by other accounts, by `arn user`. */
export const foreignUses = defineTable<ForeignUse>({ name: 'wafv2.foreign-uses', scope: 'region' })

/** A web ACL in front of a resource. */
export interface AssociationRow {
  readonly resourceArn: string
  readonly resourceType: string
  readonly webAclArn: string
}

/** Associations by the resource's ARN. */
export const associations = defineTable<AssociationRow>({
  name: 'wafv2.associations',
  scope: 'region',
  indexes: { webAcl: ({ webAclArn }) => webAclArn },
})

/** Where and how a web ACL logs, as JSON of a LoggingConfiguration. */
export interface LoggingRow {
  readonly webAclArn: string
  readonly scope: WafScope
  readonly configuration: string
}

/** Logging configurations by `scope/web ACL's ARN`. */
export const loggingConfigurations = defineTable<LoggingRow>({
  name: 'wafv2.logging-configurations',
  scope: 'region',
})

/** A key with which applications of the listed domains get tokens. */
export interface ApiKeyRow {
  readonly key: string
  readonly scope: WafScope
  readonly tokenDomains: readonly string[]
  /** ISO 8601. */
  readonly createdAt: string
  readonly version: number
}

/** API keys by `scope/key's digest`. */
export const apiKeys = defineTable<ApiKeyRow>({
  name: 'wafv2.api-keys',
  scope: 'region',
  sealed: ['key'],
})

/** Who else may use a rule group. */
export interface PermissionPolicyRow {
  readonly arn: string
  readonly policy: string
}

/** Permission policies by the rule group's ARN. */
export const permissionPolicies = defineTable<PermissionPolicyRow>({
  name: 'wafv2.permission-policies',
  scope: 'region',
})
