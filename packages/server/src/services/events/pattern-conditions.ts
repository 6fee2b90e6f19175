/** Members of a pattern's `detail` that IAM can look at, under their condition keys. */
const detailKeys: Readonly<Record<string, readonly string[]>> = {
  'events:detail.useridentity.principalid': ['userIdentity', 'principalId'],
  'events:detail.service': ['service'],
  'events:detail.eventtypecode': ['eventTypeCode'],
}

/**
 * The condition keys that PutRule has from its event pattern
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html).
 */
export function patternConditions(
  pattern: string | undefined,
): Readonly<Record<string, readonly string[]>> {
  if (!pattern) return {}
  const root: unknown = JSON.parse(pattern)
  const conditions: Record<string, readonly string[]> = {}
  const add = (key: string, path: readonly string[]): void => {
    const texts = textsAt(root, path)
    if (texts.length > 0) conditions[key] = texts
  }
  add('events:source', ['source'])
  add('events:detail-type', ['detail-type'])
  for (const [key, path] of Object.entries(detailKeys)) add(key, ['detail', ...path])
  return conditions
}

function textsAt(root: unknown, path: readonly string[]): string[] {
  let value = root
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return []
    value = (value as Readonly<Record<string, unknown>>)[name]
  }
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}
