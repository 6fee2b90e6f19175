type Tags = Readonly<Record<string, string>>

/** The condition keys of a resource's tags: `aws:ResourceTag/…`. */
export function resourceTagConditions(tags: Tags | undefined): Record<string, string> {
  return tagConditions('aws:resourcetag', tags)
}

/** The condition keys of tags in a request: `aws:RequestTag/…` and `aws:TagKeys`; none without tags. */
export function requestTagConditions(
  tags: Tags | undefined,
): Record<string, string | readonly string[]> {
  const keys = Object.keys(tags ?? {})
  if (keys.length === 0) return {}
  return { 'aws:tagkeys': keys, ...tagConditions('aws:requesttag', tags) }
}

function tagConditions(prefix: string, tags: Tags = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [`${prefix}/${key.toLowerCase()}`, value]),
  )
}
