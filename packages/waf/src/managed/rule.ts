import type { Detection, InspectedValue } from '../inspected-value.ts'
import type { ParsedRequest } from '../parsed-request.ts'

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
}

/** One rule of a managed group: AWS's name and label, our own content, and the examples that prove it. */
export interface ManagedRule {
  readonly name: string
  /** The label's last part, as AWS spells it (not derived from the name: AWS is not consistent). */
  readonly label: string
  readonly action: 'Block' | 'Count' | 'Captcha' | 'Challenge'
  inspect(request: ParsedRequest): ManagedMatch | undefined
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
  readonly description: string
  /** Web ACL capacity units, as AWS declares them. */
  readonly capacity: number
  /** `awswaf:managed:aws:<group>:` */
  readonly labelNamespace: string
  readonly rules: readonly ManagedRule[]
}
