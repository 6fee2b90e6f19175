import { compilePattern } from './wildcard.ts'
import type { TextTest } from './wildcard.ts'

/** Tests a lower-case action such as `kms:encrypt`. */
export type ActionTest = (action: string) => boolean

/** Compiles action patterns, case-insensitively: exact names in a set, wildcards by service. */
export function compileActions(patterns: readonly string[]): ActionTest {
  const exact = new Set<string>()
  const byService = new Map<string, TextTest[]>()
  const anyService: TextTest[] = []
  for (const written of patterns) {
    const pattern = written.toLowerCase()
    const service = pattern.slice(0, Math.max(pattern.indexOf(':'), 0))
    if (pattern === '*' || pattern === '*:*') return () => true
    if (!/[*?]/.test(pattern)) exact.add(pattern)
    else if (service === '' || /[*?]/.test(service)) anyService.push(compilePattern(pattern))
    else byService.set(service, [...(byService.get(service) ?? []), compilePattern(pattern)])
  }
  return (action) => {
    if (exact.has(action)) return true
    const wildcards = byService.get(action.slice(0, Math.max(action.indexOf(':'), 0)))
    if (wildcards?.some((test) => test(action))) return true
    return anyService.some((test) => test(action))
  }
}
