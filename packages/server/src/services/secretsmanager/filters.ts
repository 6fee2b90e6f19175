import type { SecretRow } from './store.ts'

/** A filter as requests have it. */
export interface SecretFilter {
  readonly Key?: string | undefined
  readonly Values?: readonly string[] | undefined
}

type Matches = (row: SecretRow, value: string) => boolean

const startsWith = (text: string | undefined, value: string): boolean =>
  text !== undefined && text.startsWith(value)

/** How AWS breaks a text into words: at white space and at the marks that names may have. */
function wordsOf(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/[\s/_+=.@!-]+/)
    .filter((word) => word !== '')
}

/** Whether each word of a filter begins some word of the texts. */
function hasWords(texts: readonly string[], value: string): boolean {
  const words = texts.flatMap(wordsOf)
  const sought = wordsOf(value)
  const isText = (text: string): boolean => text.toLowerCase().startsWith(value.toLowerCase())
  if (texts.some(isText)) return true
  return sought.length > 0 && sought.every((each) => words.some((word) => word.startsWith(each)))
}

/**
 * How each filter matches; names, tags, Regions and services by prefix with case, descriptions and
 * everything by words without it
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_search-secret.html).
 */
const matchers: Readonly<Record<string, Matches>> = {
  name: ({ name }, value) => startsWith(name, value),
  description: ({ description = '' }, value) => hasWords([description], value),
  'tag-key': ({ tags }, value) => Object.keys(tags).some((key) => startsWith(key, value)),
  'tag-value': ({ tags }, value) => Object.values(tags).some((text) => startsWith(text, value)),
  'primary-region': ({ primaryRegion, replicas, region }, value) =>
    startsWith(primaryRegion ?? (replicas?.length ? region : undefined), value),
  'owning-service': ({ owningService }, value) => startsWith(owningService, value),
  all: ({ name, description = '', tags, owningService = '', primaryRegion = '' }, value) =>
    hasWords(
      [
        name,
        description,
        owningService,
        primaryRegion,
        ...Object.keys(tags),
        ...Object.values(tags),
      ].filter((text) => text !== ''),
      value,
    ),
}

/**
 * Whether a secret passes every filter: it matches one of the values at least, and none of those with
 * an exclamation mark before them.
 */
export function passes(row: SecretRow, filters: readonly SecretFilter[]): boolean {
  return filters.every(({ Key = '', Values = [] }) => {
    const matches = matchers[Key]
    if (!matches) return false
    const unwanted = Values.filter((value) => value.startsWith('!'))
    const wanted = Values.filter((value) => !value.startsWith('!'))
    if (unwanted.some((value) => matches(row, value.slice(1)))) return false
    return wanted.length === 0 || wanted.some((value) => matches(row, value))
  })
}
