import type { Installation } from './engine.ts'

/** The same version, else the newest that reads the same files. */
export function compatible(
  found: readonly Installation[],
  version: string,
): Installation | undefined {
  const same = found.find((each) => each.version === version)
  return same ?? found.find((each) => seriesOf(each.version) === seriesOf(version))
}

/** `15` of PostgreSQL 15.18, `10.11` of MariaDB 10.11.19: what reads the same files. */
export function seriesOf(version: string): string {
  const parts = version.split('.')
  return parts.slice(0, Math.max(1, parts.length - 1)).join('.')
}
