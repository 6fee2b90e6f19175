import { tooManyLabels } from './errors.ts'

const maxLabels = 10

/** The version that each label of a parameter is at. */
type Labels = Readonly<Record<string, number>>

/** Whether a label is one that AWS takes (Systems Manager User Guide, "Working with parameter labels"). */
export function isLabel(label: string): boolean {
  return /^(?!aws|ssm|\d)[a-z0-9_.-]{1,100}$/i.test(label)
}

/** Labels once more are at one version; those that are none are told apart. Throws ParameterVersionLabelLimitExceeded. */
export function attachLabels(
  before: Labels,
  version: number,
  wanted: readonly string[],
): { readonly labels: Labels; readonly invalid: readonly string[] } {
  const unique = [...new Set(wanted)]
  const added = unique.filter(isLabel).map((label) => [label, version] as const)
  const labels = { ...before, ...Object.fromEntries(added) }
  if (labelsOf(labels, version).length > maxLabels) throw tooManyLabels()
  return { labels, invalid: unique.filter((label) => !isLabel(label)) }
}

/** Labels are taken off a version; those that it does not have are told apart. */
export function detachLabels(
  before: Labels,
  version: number,
  unwanted: readonly string[],
): {
  readonly labels: Labels
  readonly removed: readonly string[]
  readonly invalid: readonly string[]
} {
  const unique = [...new Set(unwanted)]
  const isAttached = (label: string): boolean => before[label] === version
  const kept = Object.entries(before).filter(
    ([label, at]) => at !== version || !unique.includes(label),
  )
  return {
    labels: Object.fromEntries(kept),
    removed: unique.filter(isAttached),
    invalid: unique.filter((label) => !isAttached(label)),
  }
}

/** The labels of a version. */
export function labelsOf(labels: Labels, version: number): readonly string[] {
  return Object.entries(labels).flatMap(([label, at]) => (at === version ? [label] : []))
}
