import type {
  IPSet,
  ManagedRuleSetVersion,
  RegexPatternSet,
  RuleGroup,
  WebACL,
} from '@aws-sdk/client-wafv2'
import { labelNamespace } from './arns.ts'
import type { EntityRow } from './store.ts'

/** The name of the one member that holds bytes. */
const bytesMember = 'SearchString'

/** A definition as it is stored: JSON, with bytes in base64 and without what is undefined. */
export function definitionText(definition: object): string {
  // The holder is asked, as a Buffer has made JSON of itself before the value comes here.
  return JSON.stringify(definition, function (this: Readonly<Record<string, unknown>>, key, value) {
    const held = this[key]
    return key === bytesMember && held instanceof Uint8Array
      ? Buffer.from(held).toString('base64')
      : (value as unknown)
  })
}

/** What a row of its kind defines; to be read only. */
export function definitionOf<T extends object>(row: EntityRow): T {
  const known = parsed.get(row)
  if (known) return known as T
  const definition = JSON.parse(row.definition, (key, value: unknown) =>
    key === bytesMember && typeof value === 'string' ? Buffer.from(value, 'base64') : value,
  ) as T
  parsed.set(row, definition)
  return definition
}

/** Rows keep their identity while they are cached, and so does what they say. */
const parsed = new WeakMap<EntityRow, object>()

/** The members that all entities have. */
function head({ name: Name, id: Id, arn: ARN, description }: EntityRow) {
  return { Name, Id, ARN, ...(description !== undefined && { Description: description }) }
}

/** A web ACL as GetWebACL shows it. */
export function webAclOf(row: EntityRow): WebACL {
  return {
    ...head(row),
    ...definitionOf<WebAclDefinition>(row),
    LabelNamespace: labelNamespace(row),
    ManagedByFirewallManager: false,
    RetrofittedByFirewallManager: false,
  }
}

/** A web ACL without its names. */
export type WebAclDefinition = Omit<WebACL, 'Name' | 'Id' | 'ARN' | 'Description'>

/** A rule group as GetRuleGroup shows it. */
export function ruleGroupOf(row: EntityRow): RuleGroup {
  return {
    ...head(row),
    ...definitionOf<RuleGroupDefinition>(row),
    LabelNamespace: labelNamespace(row),
  }
}

/** A rule group without its names. */
export type RuleGroupDefinition = Omit<RuleGroup, 'Name' | 'Id' | 'ARN' | 'Description'>

/** An IP set. */
export function ipSetOf(row: EntityRow): IPSet {
  return { ...head(row), ...definitionOf<IpSetDefinition>(row) }
}

/** An IP set without its names. */
export type IpSetDefinition = Pick<IPSet, 'IPAddressVersion' | 'Addresses'>

/** A regex pattern set. */
export function regexPatternSetOf(row: EntityRow): RegexPatternSet {
  return { ...head(row), ...definitionOf<RegexPatternSetDefinition>(row) }
}

/** A regex pattern set without its names. */
export type RegexPatternSetDefinition = Pick<RegexPatternSet, 'RegularExpressionList'>

/** A managed rule set's versions, times in milliseconds since 1970. */
export interface ManagedRuleSetDefinition {
  readonly recommended?: string
  readonly versions: Readonly<Record<string, PublishedVersion>>
}

/** One version that a vendor has published. */
export interface PublishedVersion extends Pick<
  ManagedRuleSetVersion,
  'AssociatedRuleGroupArn' | 'Capacity' | 'ForecastedLifetime'
> {
  readonly publishedAtMs: number
  readonly updatedAtMs: number
  readonly expiresAtMs?: number
}
