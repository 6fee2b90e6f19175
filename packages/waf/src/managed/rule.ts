import type { ManagedRuleGroupConfig } from '@aws-sdk/client-wafv2'
import type { Detection, InspectedValue } from '../inspected-value.ts'
import type { ParsedRequest } from '../parsed-request.ts'
import type { Surroundings, TokenVerdict } from '../surroundings.ts'

/** What a managed rule found, and where. */
export interface ManagedMatch extends Detection {
  /** The value that matched; absent where the rule looks at the request as a whole. */
  readonly value?: InspectedValue
}

/** A request that a rule's own test sends. Left out: GET, `/`, an ordinary browser's headers, no body. */
export interface RequestExample {
  readonly method?: string
  readonly target?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly clientIp?: string
  /** What the rule knows beside the request. */
  readonly scene?: ExampleScene
}

/** What surrounds a request of an example; left out: nothing is known, and every counter counts its first. */
export interface ExampleScene {
  /** What every counter says. */
  readonly count?: number
  /** The addresses of reputation lists, by the list's name. */
  readonly lists?: Readonly<Record<string, readonly string[]>>
  readonly token?: TokenVerdict
  readonly verifiedBot?: boolean
  readonly stolenCredential?: boolean
  /** How many answers were successes or failures, whichever is asked for. */
  readonly answers?: number
  readonly country?: string
  readonly asn?: number
  readonly configs?: readonly ManagedRuleGroupConfig[]
}

/** What a managed rule may know beside the request, and what it may say beside matching. */
export interface ManagedScene {
  readonly surroundings: Surroundings
  /** ManagedRuleGroupConfigs of the statement that uses the group. */
  readonly configs: readonly ManagedRuleGroupConfig[]
  /** The labels that earlier rules, of this group too, have given. */
  readonly labels: ReadonlySet<string>
  /** Gives a label whether or not the rule matches; what follows `awswaf:managed:aws:<group>:`. */
  addLabel(label: string): void
  /** The judgement on the request's `aws-waf-token`, undefined when it has none. The request is labelled with it. */
  token(): TokenVerdict | undefined
  /** A name for counters of this use of the group: different in another web ACL, rule or version. */
  readonly counterName: string
}

/** One rule of a managed group: AWS's name and label, our own content, and the examples that prove it. */
export interface ManagedRule {
  readonly name: string
  /** The label's last part, as AWS spells it (not derived from the name: AWS is not consistent). */
  readonly label: string
  readonly action: 'Block' | 'Count' | 'Captcha' | 'Challenge'
  inspect(request: ParsedRequest, scene: ManagedScene): ManagedMatch | undefined
  /** The test of all rules sends each: the rule matches every attack and no benign request. */
  readonly examples: {
    readonly attack: readonly RequestExample[]
    readonly benign: readonly RequestExample[]
  }
}

/** A managed rule group under AWS's name. */
export interface ManagedRuleGroup {
  readonly vendorName: 'AWS'
  readonly name: string
  /** As AWS writes it, `Version_1.0`; a statement that names no version uses the first group of its name. */
  readonly version?: string
  readonly description: string
  /** Web ACL capacity units, as AWS declares them. */
  readonly capacity: number
  /** `awswaf:managed:aws:<group>:` */
  readonly labelNamespace: string
  readonly rules: readonly ManagedRule[]
}
