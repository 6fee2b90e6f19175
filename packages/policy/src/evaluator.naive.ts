/**
 * A second evaluator for the property test, written for obviousness alone: it reads the JSON anew
 * for every request, uses regular expressions, and follows AWS's prose step by step.
 */

/** A statement as the generator writes it. */
export interface NaiveStatement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?:
    '*' | { readonly AWS?: readonly string[]; readonly Service?: readonly string[] }
  readonly Action?: readonly string[]
  readonly NotAction?: readonly string[]
  readonly Resource?: readonly string[]
  readonly NotResource?: readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

/** A request as the generator writes it; policies are lists of statements. */
export interface NaiveRequest {
  readonly kind: 'root' | 'user' | 'assumed-role' | 'service' | 'anonymous'
  readonly account: string
  readonly arn: string
  /** The unique id, of a user or a role session. */
  readonly id?: string
  readonly roleArn?: string
  readonly service?: string
  readonly action: string
  readonly resource: string
  readonly owner: string
  readonly context: Readonly<Record<string, readonly string[]>>
  readonly identity: readonly NaiveStatement[]
  readonly boundary?: readonly NaiveStatement[]
  readonly session?: readonly NaiveStatement[]
  readonly resourcePolicy?: readonly NaiveStatement[]
  readonly anchored: boolean
  readonly granted: boolean
  /** A grant to the caller's account, which its root user has and others need their policies for. */
  readonly accountGranted: boolean
  readonly scps?: readonly (readonly NaiveStatement[])[]
  readonly rcps?: readonly (readonly NaiveStatement[])[]
}

// Values of variables are no wildcards, so their stars go by another character meanwhile.
const LITERAL_STAR = '\uE000'

/** Whether the request is allowed. */
export function naivelyAllowed(request: NaiveRequest): boolean {
  const all = [
    ...request.identity,
    ...(request.boundary ?? []),
    ...(request.session ?? []),
    ...(request.resourcePolicy ?? []),
    ...(request.scps ?? []).flat(),
    ...(request.rcps ?? []).flat(),
  ]
  if (all.some((statement) => statement.Effect === 'Deny' && applies(statement, request)))
    return false
  if (!(request.rcps ?? []).every((level) => allows(level, request))) return false
  if (!(request.scps ?? []).every((level) => allows(level, request))) return false
  const isWithinBoundary = !request.boundary || allows(request.boundary, request)
  const isWithinSession = !request.session || allows(request.session, request)
  const isCapped = !isWithinBoundary || !isWithinSession
  const identityAllows = allows(request.identity, request) && !isCapped
  const { kind } = request
  const names = namesReached(request)
  const isAccountOnly = names.includes('account') || request.accountGranted
  const isOwn = names.includes('own')
  const isByRole = names.includes('role')

  if (kind === 'service' || kind === 'anonymous') return isOwn || request.granted
  const isReached = names.length > 0 || request.accountGranted
  if (request.account !== request.owner) {
    if (kind === 'root') return isWithinSession && (isReached || request.granted)
    if (request.granted && !isCapped) return true
    return isReached && identityAllows
  }
  if (kind === 'root') {
    if (!isWithinSession) return false
    return !request.anchored || isOwn || request.granted || request.accountGranted
  }
  if (isOwn) return true
  if (request.granted && kind === 'user') return true
  if ((isByRole || request.granted) && !isCapped) return true
  if (request.anchored && !isAccountOnly) return false
  return identityAllows
}

function namesReached(request: NaiveRequest): string[] {
  return (request.resourcePolicy ?? [])
    .filter((statement) => statement.Effect === 'Allow' && applies(statement, request))
    .flatMap((statement) => reach(statement, request) ?? [])
}

function allows(statements: readonly NaiveStatement[], request: NaiveRequest): boolean {
  return statements.some((statement) => statement.Effect === 'Allow' && applies(statement, request))
}

function applies(statement: NaiveStatement, request: NaiveRequest): boolean {
  if (reach(statement, request) === undefined) return false
  const isAction = (pattern: string): boolean =>
    globExpression(pattern, '.*', 'is').test(request.action)
  const actionFits = statement.Action
    ? statement.Action.some(isAction)
    : !(statement.NotAction ?? []).some(isAction)
  const isResource = (pattern: string): boolean => resourceFits(pattern, request)
  const resourceIn = statement.Resource
    ? statement.Resource.some(isResource)
    : !(statement.NotResource ?? []).some(isResource) && !isInvalid(statement, request)
  return (
    actionFits &&
    resourceIn &&
    Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => holds(operator, request.context[key], values)),
    )
  )
}

/** An Allow whose exception names a variable without a value. */
function isInvalid({ Effect, NotResource = [] }: NaiveStatement, request: NaiveRequest): boolean {
  const named = NotResource.some((pattern) => pattern.includes('${aws:username}'))
  return Effect === 'Allow' && named && request.context['aws:username']?.length !== 1
}

function reach(statement: NaiveStatement, request: NaiveRequest): string | undefined {
  const { Principal: principal } = statement
  if (principal === undefined || principal === '*') return 'own'
  const aws = principal.AWS ?? []
  if (aws.includes('*')) return 'own'
  if (request.kind === 'anonymous') return undefined
  if (request.kind === 'service') {
    return (principal.Service ?? []).includes(request.service ?? '') ? 'own' : undefined
  }
  const isNamed = (name: string | undefined): boolean => name !== undefined && aws.includes(name)
  if (isNamed(request.arn) || isNamed(request.id)) return 'own'
  if (isNamed(request.roleArn) || isNamed(request.id?.split(':')[0])) return 'role'
  const isAccount =
    aws.includes(request.account) || aws.includes(`arn:aws:iam::${request.account}:root`)
  if (!isAccount) return undefined
  return request.kind === 'root' ? 'own' : 'account'
}

function resourceFits(pattern: string, request: NaiveRequest): boolean {
  const user = request.context['aws:username']
  if (pattern.includes('${aws:username}')) {
    if (user?.length !== 1) return false
    return resourceFits(
      pattern.replaceAll('${aws:username}', () => (user[0] ?? '').replaceAll('*', LITERAL_STAR)),
      request,
    )
  }
  if (pattern === '*') return true
  const fields = pattern.split(':')
  const head = fields
    .slice(0, 5)
    .map((field) => globExpression(field, '[^:]*', 's').source.slice(1, -1))
  const tail = globExpression(fields.slice(5).join(':'), '.*', 's').source.slice(1, -1)
  return new RegExp(`^${[...head, tail].join(':')}$`, 's').test(request.resource)
}

function globExpression(pattern: string, star: string, flags: string): RegExp {
  const body = [...pattern].map((character) => {
    if (character === '*') return star
    if (character === LITERAL_STAR) return String.raw`\*`
    return character === '?' ? '.' : character.replace(/[\\^$.|+()[\]{}/]/, String.raw`\$&`)
  })
  return new RegExp(`^${body.join('')}$`, flags)
}

function holds(
  operator: string,
  given: readonly string[] | undefined,
  wanted: readonly string[],
): boolean {
  // A key with an empty set of values is null too.
  if (operator === 'Null') return wanted.includes(given?.length ? 'false' : 'true')
  const quantifier = /^(ForAllValues|ForAnyValue):/.exec(operator)?.[1]
  const isOptional = operator.endsWith('IfExists')
  const name = operator.replace(/^.*:/, '').replace(/IfExists$/, '')
  const isNegated = name.includes('Not')
  if (given === undefined) {
    if (isOptional || quantifier === 'ForAllValues') return true
    return quantifier === undefined && isNegated
  }
  const isNothing = given.length === 0 || given.join('') === ''
  const matchesOne = (value: string): boolean => wanted.some((each) => compare(name, value, each))
  if (quantifier === 'ForAllValues') {
    return isNothing || given.every((value) => (isNegated ? !matchesOne(value) : matchesOne(value)))
  }
  if (quantifier === 'ForAnyValue') {
    return !isNothing && given.some((value) => (isNegated ? !matchesOne(value) : matchesOne(value)))
  }
  return isNegated ? !given.some(matchesOne) : given.some(matchesOne)
}

function compare(name: string, given: string, wanted: string): boolean {
  switch (name) {
    case 'StringEquals':
    case 'StringNotEquals':
      return given === wanted
    case 'StringLike':
    case 'StringNotLike':
      return globExpression(wanted, '.*', 's').test(given)
    case 'NumericEquals':
    case 'NumericNotEquals':
      return isNumber(given) && Number(given) === Number(wanted)
    case 'NumericLessThan':
      return isNumber(given) && Number(given) < Number(wanted)
    case 'NumericGreaterThanEquals':
      return isNumber(given) && Number(given) >= Number(wanted)
    case 'Bool':
      return given.toLowerCase() === wanted.toLowerCase()
    default:
      throw new Error(`The naive evaluator does not know ${name}`)
  }
}

function isNumber(text: string): boolean {
  return text !== '' && Number.isFinite(Number(text))
}
