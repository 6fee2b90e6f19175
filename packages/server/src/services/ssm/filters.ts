import type { ParameterStringFilter, ParametersFilter } from '@aws-sdk/client-ssm'
import { filterKey, filterOption, filterValue, validation } from './errors.ts'
import { isBelow, keyOf } from './names.ts'
import type { ParameterRow } from './store.ts'

/** A filter whose key, option and values have been checked. */
export interface Filter {
  readonly key: string
  readonly option: string
  readonly values: readonly string[]
}

/** The filter keys of an operation: all that it takes, and those that AWS's refusals name. */
interface Keys {
  readonly taken: readonly string[]
  readonly named: string
}

const keysOfPath: Keys = { taken: ['Type', 'KeyId', 'Label'], named: '[Type, KeyId]' }
const keysOfDescribe: Keys = {
  taken: ['Path', 'Name', 'Type', 'KeyId', 'Tier', 'DataType'],
  named: '[Path, Name, Type, KeyId, Tier]',
}
const known: Readonly<Record<string, readonly string[]>> = {
  Type: ['String', 'StringList', 'SecureString'],
  Tier: ['Standard', 'Advanced', 'Intelligent-Tiering'],
  DataType: ['text', 'aws:ec2:image', 'aws:ssm:integration'],
}

/** Checks the filters of GetParametersByPath. Throws InvalidFilterKey, …Option and …Value. */
export function pathFilters(filters: readonly ParameterStringFilter[] = []): readonly Filter[] {
  return checked(filters, keysOfPath)
}

/** Checks the filters of DescribeParameters, of the older form too. */
export function describeFilters(
  filters: readonly ParameterStringFilter[] = [],
  older: readonly ParametersFilter[] = [],
): readonly Filter[] {
  if (filters.length > 0 && older.length > 0) {
    throw validation('You can use either Filters or ParameterFilters in a single request.')
  }
  const fromOlder = older.map(({ Key, Values }) => ({
    Key,
    Values,
    Option: Key === 'Name' ? 'BeginsWith' : 'Equals',
  }))
  return checked([...filters, ...fromOlder], keysOfDescribe)
}

function checked(filters: readonly ParameterStringFilter[], keys: Keys): readonly Filter[] {
  const seen = new Set<string>()
  return filters.map(({ Key = '', Option, Values = [] }) => {
    const isTag = Key.startsWith('tag:') && keys === keysOfDescribe
    if (!isTag && !keys.taken.includes(Key)) {
      throw filterKey(
        `The following filter key is not valid: ${Key}. Valid filter keys include: ${keys.named}.`,
      )
    }
    if (seen.has(Key)) {
      throw filterKey(
        `The following filter is duplicated in the request: ${Key}. A request can contain only one occurrence of a specific filter.`,
      )
    }
    seen.add(Key)
    if (Values.length === 0 && !isTag) {
      throw filterValue(`The following filter values are missing : null for filter key ${Key}.`)
    }
    const option = Option ?? (Key === 'Path' ? 'OneLevel' : 'Equals')
    checkOption(Key, option)
    checkValues(Key, option, Values)
    return { key: Key, option, values: Values }
  })
}

function checkOption(key: string, option: string): void {
  if (key === 'Name' && option === 'Contains') return
  const plain = key === 'Label' ? ['Equals'] : ['BeginsWith', 'Equals']
  const options = key === 'Path' ? ['Recursive', 'OneLevel'] : plain
  if (options.includes(option)) return
  throw filterOption(
    `The following filter option is not valid: ${option}. Valid options include: [${options.join(', ')}].`,
  )
}

function checkValues(key: string, option: string, values: readonly string[]): void {
  if (key === 'Path') values.forEach(checkPath)
  const allowed = option === 'Equals' ? known[key] : undefined
  const odd = allowed && values.find((value) => !allowed.includes(value))
  if (odd !== undefined) {
    throw filterValue(
      `The following filter value is not valid: ${odd}. Valid values include: [${allowed?.join(', ')}].`,
    )
  }
}

function checkPath(value: string): void {
  if (/^\/(?:aws|ssm)/i.test(value)) {
    throw validation(
      'Filters for common parameters can\'t be prefixed with "aws" or "ssm" (case-insensitive). When using global parameters, please specify within a global namespace.',
    )
  }
  if (!value.startsWith('/') || value.includes('//') || !/^[A-Za-z0-9_.\-/]*$/.test(value)) {
    throw validation(
      'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.',
    )
  }
}

/** What a filter needs to know of a parameter. */
type Filtered = Pick<
  ParameterRow,
  'name' | 'type' | 'keyId' | 'tier' | 'dataType' | 'labels' | 'tags'
>

/** Whether a filter lets a parameter through: one of its values fits. */
export function keptBy({ key, option, values }: Filter, row: Filtered): boolean {
  switch (key) {
    case 'Name':
      return keptByName(option, values, keyOf(row.name))
    case 'Path':
      return values.some((value) => {
        const path = value.length > 1 ? value.replace(/\/$/, '') : value
        return isBelow(keyOf(row.name), path, option === 'Recursive')
      })
    case 'Label':
      return values.some((label) => row.labels[label] !== undefined)
    case 'Type':
      return fits(option, values, row.type)
    case 'KeyId':
      return fits(option, values, row.keyId)
    case 'Tier':
      return fits(option, values, row.tier)
    case 'DataType':
      return fits(option, values, row.dataType)
    default: {
      const value = row.tags[key.slice('tag:'.length)]
      return value !== undefined && (values.length === 0 || fits(option, values, value))
    }
  }
}

function keptByName(option: string, values: readonly string[], key: string): boolean {
  if (option === 'Contains') return values.some((value) => key.includes(value))
  return fits(option, values.map(keyOf), key)
}

function fits(option: string, values: readonly string[], text: string | undefined): boolean {
  if (text === undefined) return false
  return values.some((value) => (option === 'BeginsWith' ? text.startsWith(value) : text === value))
}
