/** Why a lifecycle policy is refused, in ECR's words; undefined when it is well formed. */
export function lifecycleFault(text: string): string | undefined {
  let rules: unknown
  try {
    const document: unknown = JSON.parse(text)
    if (!isObject(document)) return 'Could not map policyString into LifecyclePolicy.'
    rules = document['rules']
  } catch {
    return 'Could not map policyString into LifecyclePolicy.'
  }
  if (!Array.isArray(rules)) return 'object has missing required properties (["rules"])'
  for (const rule of rules as unknown[]) {
    const fault = ruleFault(rule)
    if (fault !== undefined) return fault
  }
  return orderFault(rules as readonly Rule[])
}

interface Rule {
  readonly rulePriority: number
  readonly selection: { readonly tagStatus: string }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What a JSON object of the policy must and may hold. */
interface Form {
  readonly required: readonly string[]
  readonly optional: readonly string[]
}

const ruleForm: Form = {
  required: ['action', 'rulePriority', 'selection'],
  optional: ['description'],
}
const actionForm: Form = { required: ['type'], optional: [] }
const selectionForm: Form = {
  required: ['countNumber', 'countType', 'tagStatus'],
  optional: ['countUnit', 'tagPatternList', 'tagPrefixList'],
}

function formFault(value: unknown, { required, optional }: Form): string | undefined {
  if (!isObject(value))
    return 'instance does not match any allowed primitive type (allowed: ["object"])'
  const missing = required.filter((name) => value[name] === undefined)
  if (missing.length > 0) {
    return `object has missing required properties (${JSON.stringify(missing)})`
  }
  const unknown = Object.keys(value).filter((name) => ![...required, ...optional].includes(name))
  if (unknown.length === 0) return undefined
  return `object instance has properties which are not allowed by the schema: (${JSON.stringify(unknown)})`
}

function ruleFault(rule: unknown): string | undefined {
  const fault = formFault(rule, ruleForm)
  if (fault !== undefined || !isObject(rule)) return fault
  const { action, selection, rulePriority } = rule
  if (!isCount(rulePriority)) return 'rulePriority must be a positive number'
  const inner = formFault(action, actionForm) ?? formFault(selection, selectionForm)
  if (inner !== undefined || !isObject(action) || !isObject(selection)) return inner
  if (action['type'] !== 'expire') return enumFault(action['type'], ['expire'])
  return selectionFault(selection)
}

const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) > 0

const enumFault = (value: unknown, known: readonly string[]): string =>
  `instance value (${JSON.stringify(value)}) not found in enum (possible values: ${JSON.stringify(known)})`

function selectionFault(selection: Readonly<Record<string, unknown>>): string | undefined {
  const { tagStatus, countType, countUnit, countNumber, tagPrefixList, tagPatternList } = selection
  const statuses = ['any', 'tagged', 'untagged']
  const types = ['imageCountMoreThan', 'sinceImagePushed']
  if (!statuses.includes(String(tagStatus))) return enumFault(tagStatus, statuses)
  if (!types.includes(String(countType))) return enumFault(countType, types)
  if (!isCount(countNumber)) return 'countNumber must be a positive number'
  const isTagged = tagStatus === 'tagged'
  const lists = [tagPrefixList, tagPatternList].filter((list) => list !== undefined)
  if (isTagged !== lists.length > 0 || lists.length > 1) {
    return isTagged
      ? 'exactly one of tagPrefixList and tagPatternList is required when tagStatus is tagged'
      : `tagPrefixList and tagPatternList are not allowed when tagStatus is ${String(tagStatus)}`
  }
  const isByAge = countType === 'sinceImagePushed'
  if (isByAge && countUnit !== 'days') return enumFault(countUnit, ['days'])
  if (!isByAge && countUnit !== undefined) return 'countUnit is not allowed with imageCountMoreThan'
  return undefined
}

function orderFault(rules: readonly Rule[]): string | undefined {
  const priorities = rules.map(({ rulePriority }) => rulePriority)
  if (new Set(priorities).size < priorities.length) return 'rulePriority must be unique among rules'
  const any = rules.find(({ selection }) => selection.tagStatus === 'any')
  if (any && any.rulePriority < Math.max(...priorities)) {
    return 'a rule with tagStatus any must have the highest rulePriority'
  }
  return undefined
}
