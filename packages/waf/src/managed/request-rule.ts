import type { ParsedRequest } from '../parsed-request.ts'
import type { ManagedMatch, ManagedRule, ManagedScene } from './rule.ts'

/** What a rule that looks at the request as a whole is made of. */
export interface RequestRule {
  readonly name: string
  readonly label: string
  readonly action?: ManagedRule['action']
  /** @returns the evidence when the rule matches. */
  find(request: ParsedRequest, scene: ManagedScene): string | undefined
  readonly reason: string
  readonly examples: ManagedRule['examples']
}

/** A rule that says of a request as a whole whether it matches. */
export function requestRule(parts: RequestRule): ManagedRule {
  const { name, label, action = 'Block', reason, examples } = parts
  return {
    name,
    label,
    action,
    inspect(request, scene): ManagedMatch | undefined {
      const evidence = parts.find(request, scene)
      return evidence === undefined ? undefined : { evidence, reason }
    },
    examples,
  }
}
