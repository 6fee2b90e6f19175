import { compilePolicy, type PolicySource } from '@bartizan/policy'
import type { FunctionRow, StoredPolicyDocument } from './store.ts'

const compiled = new WeakMap<StoredPolicyDocument, PolicySource>()

/** The compiled resource policy of a function's qualifier; `''` and undefined mean the function itself. */
export function policyOf(
  row: Pick<FunctionRow, 'name' | 'policies'>,
  qualifier: string | undefined,
): PolicySource | undefined {
  const key = qualifier === undefined || qualifier === '$LATEST' ? '' : qualifier
  const stored = row.policies[key]
  return stored && compiledPolicy(stored, row.name)
}

/** A stored policy, compiled once for as long as its row is kept. */
export function compiledPolicy(stored: StoredPolicyDocument, id: string): PolicySource {
  let source = compiled.get(stored)
  if (!source) {
    source = { id, policy: compilePolicy(stored.document, 'resource') }
    compiled.set(stored, source)
  }
  return source
}
