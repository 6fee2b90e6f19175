/** A tag as services and their rows list it. */
interface ListedTag {
  readonly key?: string | undefined
  readonly value?: string | undefined
  readonly Key?: string | undefined
  readonly Value?: string | undefined
  readonly TagKey?: string | undefined
  readonly TagValue?: string | undefined
}

/** Tags by key, or listed. */
type Tags = Readonly<Record<string, string>> | readonly ListedTag[]

/**
 * The condition keys of a resource's tags: `aws:ResourceTag/…`, and `<service>:ResourceTag/…` for services that have
 * keys of their own.
 */
export function resourceTagConditions(
  tags: Tags | undefined,
  service?: string,
): Record<string, string> {
  const pairs = pairsOf(tags)
  const own = service === undefined ? {} : underPrefix(`${service}:resourcetag`, pairs)
  return { ...underPrefix('aws:resourcetag', pairs), ...own }
}

/** The condition keys of tags in a request: `aws:RequestTag/…` and `aws:TagKeys`; none without tags. */
export function requestTagConditions(
  tags: Tags | undefined,
): Record<string, string | readonly string[]> {
  const pairs = pairsOf(tags)
  if (pairs.length === 0) return {}
  return { 'aws:tagkeys': pairs.map(([key]) => key), ...underPrefix('aws:requesttag', pairs) }
}

type Pairs = readonly (readonly [key: string, value: string])[]

function pairsOf(tags: Tags = []): Pairs {
  if (!isList(tags)) return Object.entries(tags)
  return tags.map(({ key, value, Key = key, Value = value, TagKey = Key, TagValue = Value }) => [
    TagKey ?? '',
    TagValue ?? '',
  ])
}

const isList = (tags: Tags): tags is readonly ListedTag[] => Array.isArray(tags)

function underPrefix(prefix: string, pairs: Pairs): Record<string, string> {
  return Object.fromEntries(pairs.map(([key, value]) => [`${prefix}/${key.toLowerCase()}`, value]))
}
