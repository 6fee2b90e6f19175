import type {
  FieldToMatch,
  PreParseTextTransformation,
  RateBasedStatement,
  Rule,
  RuleGroup,
  Statement,
  TextTransformation,
} from '@aws-sdk/client-wafv2'
import { namesOf } from './compilation.ts'
import type { ManagedRuleGroup } from './managed/rule.ts'

/** The groups whose declared capacity a reference to them costs. */
export interface GroupCapacities {
  readonly ruleGroups?: readonly Pick<RuleGroup, 'ARN' | 'Capacity'>[]
  readonly managedRuleGroups?: readonly Pick<
    ManagedRuleGroup,
    'vendorName' | 'name' | 'capacity' | 'version'
  >[]
}

/**
 * The web ACL capacity units of rules that stand together in a web ACL or group. A text transformation of one component is paid
 * once, however many of them use it.
 * https://docs.aws.amazon.com/waf/latest/developerguide/aws-waf-capacity-units.html
 */
export function wcuOfRules(rules: readonly Rule[], groups: GroupCapacities = {}): number {
  const bill = new Bill(groups)
  for (const { Statement: statement } of rules) if (statement) bill.add(statement)
  return bill.units
}

/** The web ACL capacity units of one statement with all that is nested in it. */
export function wcuOfStatement(statement: Statement, groups: GroupCapacities = {}): number {
  const bill = new Bill(groups)
  bill.add(statement)
  return bill.units
}

const transformationUnits = 10
const allArgumentsUnits = 10
const customKeyUnits = 30

/** A statement that looks at a component, and what it costs before the component and the transformations are counted. */
interface FieldLook {
  readonly statement: {
    readonly FieldToMatch: FieldToMatch | undefined
    readonly TextTransformations: TextTransformation[] | undefined
    readonly PreParseTextTransformations?: PreParseTextTransformation[] | undefined
  }
  readonly base: number
}

class Bill {
  units = 0
  readonly #groups: GroupCapacities
  readonly #transformations = new Set<string>()

  constructor(groups: GroupCapacities) {
    this.#groups = groups
  }

  add(statement: Statement): void {
    const look = fieldLook(statement)
    if (look) this.#addLook(look)
    const { IPSetReferenceStatement, GeoMatchStatement, AsnMatchStatement } = statement
    const { LabelMatchStatement, RateBasedStatement: rateBased } = statement
    if (IPSetReferenceStatement) {
      this.units += IPSetReferenceStatement.IPSetForwardedIPConfig?.Position === 'ANY' ? 5 : 1
    }
    if (GeoMatchStatement ?? AsnMatchStatement ?? LabelMatchStatement) this.units += 1
    if (rateBased) this.#addRateBased(rateBased)
    this.#addGroups(statement)
    const { AndStatement, OrStatement, NotStatement } = statement
    for (const nested of AndStatement?.Statements ?? OrStatement?.Statements ?? []) this.add(nested)
    if (NotStatement?.Statement) this.add(NotStatement.Statement)
  }

  #addLook({ statement, base }: FieldLook): void {
    const { FieldToMatch: component = {} } = statement
    this.units += component.JsonBody ? base * 2 : base
    if (component.AllQueryArguments) this.units += allArgumentsUnits
    const transformed = JSON.stringify(withoutOversize(component))
    this.#addTransformations(transformed, statement.TextTransformations)
    this.#addTransformations(`${transformed} before parsing`, statement.PreParseTextTransformations)
  }

  #addTransformations(component: string, chain: Parameters<typeof namesOf>[0]): void {
    for (const name of namesOf(chain)) {
      const key = `${component} ${name}`
      if (this.#transformations.has(key)) continue
      this.#transformations.add(key)
      this.units += transformationUnits
    }
  }

  #addRateBased({ CustomKeys = [], ScopeDownStatement }: RateBasedStatement): void {
    this.units += 2 + CustomKeys.length * customKeyUnits
    for (const { Header, Cookie, QueryArgument, QueryString, UriPath } of CustomKeys) {
      const { TextTransformations } =
        Header ?? Cookie ?? QueryArgument ?? QueryString ?? UriPath ?? {}
      const named = Header ?? Cookie ?? QueryArgument
      const kind = Header ? 'Header' : Cookie ? 'Cookie' : QueryArgument ? 'Argument' : 'Line'
      const component = `${kind} ${named?.Name ?? (UriPath ? 'path' : 'query')}`
      this.#addTransformations(component, TextTransformations)
    }
    if (ScopeDownStatement) this.add(ScopeDownStatement)
  }

  #addGroups({ RuleGroupReferenceStatement: own, ManagedRuleGroupStatement: managed }: Statement) {
    const { ruleGroups = [], managedRuleGroups = [] } = this.#groups
    if (own) {
      const group = ruleGroups.find(({ ARN }) => ARN === own.ARN)
      this.units += group?.Capacity ?? 0
    }
    if (!managed) return
    const named = managedRuleGroups.filter(
      ({ vendorName, name }) => vendorName === managed.VendorName && name === managed.Name,
    )
    const group = named.find(({ version }) => version === managed.Version) ?? named[0]
    this.units += group?.capacity ?? 0
    if (managed.ScopeDownStatement) this.add(managed.ScopeDownStatement)
  }
}

function fieldLook(statement: Statement): FieldLook | undefined {
  const { ByteMatchStatement, RegexMatchStatement, RegexPatternSetReferenceStatement } = statement
  const { SizeConstraintStatement, SqliMatchStatement, XssMatchStatement } = statement
  if (ByteMatchStatement) {
    const anywhere = ByteMatchStatement.PositionalConstraint?.startsWith('CONTAINS') === true
    return { statement: ByteMatchStatement, base: anywhere ? 10 : 2 }
  }
  if (RegexMatchStatement) return { statement: RegexMatchStatement, base: 3 }
  if (RegexPatternSetReferenceStatement) {
    return { statement: RegexPatternSetReferenceStatement, base: 25 }
  }
  if (SizeConstraintStatement) return { statement: SizeConstraintStatement, base: 1 }
  if (SqliMatchStatement) {
    const { SensitivityLevel } = SqliMatchStatement
    return { statement: SqliMatchStatement, base: SensitivityLevel === 'HIGH' ? 30 : 20 }
  }
  return XssMatchStatement && { statement: XssMatchStatement, base: 40 }
}

/** What a component looks at, without what it does when that is too large. */
function withoutOversize(component: FieldToMatch): unknown {
  return Object.entries(component).map(([kind, settings]) => [
    kind,
    Object.entries(settings ?? {}).filter(([name]) => name !== 'OversizeHandling'),
  ])
}
