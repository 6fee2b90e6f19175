import type { VersionFacts } from './store.ts'

/** The versions of a secret, oldest first. */
export type Versions = readonly VersionFacts[]

/** The staging labels that AWS moves by itself. */
export const stage = {
  current: 'AWSCURRENT',
  previous: 'AWSPREVIOUS',
  pending: 'AWSPENDING',
} as const

/** The version that has a staging label. */
export function holderOf(versions: Versions, label: string): VersionFacts | undefined {
  return versions.find(({ stages }) => stages.includes(label))
}

/** A version by its id. */
export function versionOf(versions: Versions, id: string): VersionFacts | undefined {
  return versions.find((version) => version.id === id)
}

/** Takes a staging label off whichever version has it. */
export function withoutLabel(versions: Versions, label: string): Versions {
  return versions.map((version) =>
    version.stages.includes(label)
      ? { ...version, stages: version.stages.filter((each) => each !== label) }
      : version,
  )
}

function withLabel(versions: Versions, id: string, label: string): Versions {
  return withoutLabel(versions, label).map((version) =>
    version.id === id ? { ...version, stages: [...version.stages, label] } : version,
  )
}

/**
 * Attaches staging labels to a version, off the versions that had them; whichever was AWSCURRENT
 * becomes AWSPREVIOUS when that label moves
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html).
 */
export function labelled(versions: Versions, id: string, labels: readonly string[]): Versions {
  const before = holderOf(versions, stage.current)
  let after = versions
  for (const label of labels) {
    const has = versionOf(after, id)?.stages.includes(label) ?? false
    if (!has) after = withLabel(after, id, label)
  }
  if (!labels.includes(stage.current) || !before || before.id === id) return after
  return withLabel(after, before.id, stage.previous)
}

/** Versions beyond which AWS drops the oldest that have no label. */
const keptVersions = 100
const keptForMs = 86_400_000

/** Parts versions into those that stay and those that go: old ones without a label, above 100 in all. */
export function pruned(
  versions: Versions,
  now: Date,
): { readonly kept: Versions; readonly removed: Versions } {
  const surplus = versions.length - keptVersions
  if (surplus <= 0) return { kept: versions, removed: [] }
  const since = new Date(now.getTime() - keptForMs).toISOString()
  const removed = versions
    .filter(({ stages, createdAt }) => stages.length === 0 && createdAt <= since)
    .slice(0, surplus)
  return { kept: versions.filter((version) => !removed.includes(version)), removed }
}
