import type { NamedPrincipal } from './principal.ts'
import type { PolicyKind } from './statement.ts'
import { PolicySyntaxError, SYNTAX } from './syntax-error.ts'

/** A statement as its JSON says it, its structure checked and its lists made uniform. */
export interface StatementDocument {
  readonly sid?: string
  readonly effect: string
  readonly principals?: readonly NamedPrincipal[]
  readonly notPrincipal: boolean
  readonly actions?: readonly string[]
  readonly notAction: boolean
  readonly resources?: readonly string[]
  readonly notResource: boolean
  readonly conditions: readonly ConditionDocument[]
}

/** One key under one operator of a Condition element. */
export interface ConditionDocument {
  readonly operator: string
  readonly key: string
  readonly values: readonly string[]
}

/** A policy as its JSON says it; operators without keys are kept so that they can be ignored. */
export interface PolicyDocument {
  readonly version: '2012-10-17' | '2008-10-17' | undefined
  readonly statements: readonly StatementDocument[]
}

type JsonObject = Readonly<Record<string, unknown>>

const DOCUMENT_ELEMENTS = new Set(['Version', 'Id', 'Statement'])
const STATEMENT_ELEMENTS = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
])
const WITHOUT_PRINCIPAL: ReadonlySet<PolicyKind> = new Set(['identity', 'scp', 'session'])

/** Reads the structure of a policy; anything that the grammar does not know is a `PolicySyntaxError`. */
export function readDocument(json: string, kind: PolicyKind): PolicyDocument {
  const root = objectOf(parseJson(json))
  onlyElements(root, DOCUMENT_ELEMENTS)
  if (root['Id'] !== undefined) textOf(root['Id'])
  const { Version: version, Statement: statement } = root
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17') throw syntax()
  const statements = Array.isArray(statement) ? statement : [statement]
  if (statements.length === 0) throw syntax()
  return { version, statements: statements.map((entry) => readStatement(entry, kind)) }
}

function parseJson(json: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    throw syntax()
  }
  if (repeatsKey(json)) throw syntax()
  return value
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g

/**
 * Whether an object of a JSON text has a key twice; the parser would silently keep the last.
 * "Individual elements must not contain multiple instances of the same key" (grammar of the policy language).
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
function repeatsKey(json: string): boolean {
  const open: Set<unknown>[] = []
  let text = ''
  for (const [token] of json.matchAll(TOKENS)) {
    if (token === '{' || token === '[') open.push(new Set())
    else if (token === '}' || token === ']') open.pop()
    else if (token === ':') {
      const key: unknown = JSON.parse(text)
      const keys = open.at(-1)
      if (keys?.has(key)) return true
      keys?.add(key)
    } else text = token
  }
  return false
}

function readStatement(value: unknown, kind: PolicyKind): StatementDocument {
  const statement = objectOf(value)
  onlyElements(statement, STATEMENT_ELEMENTS)
  const effect = textOf(statement['Effect'])
  if (!/^(allow|deny)$/i.test(effect)) throw syntax()
  const sid = statement['Sid'] === undefined ? undefined : textOf(statement['Sid'])
  const action = oneOf(statement, 'Action', 'NotAction')
  const resource = oneOf(statement, 'Resource', 'NotResource')
  const principals = readPrincipals(statement, kind)
  return {
    effect,
    ...(sid !== undefined && { sid }),
    ...(principals && { principals }),
    notPrincipal: 'NotPrincipal' in statement,
    ...(action && { actions: action }),
    notAction: 'NotAction' in statement,
    ...(resource && { resources: resource }),
    notResource: 'NotResource' in statement,
    conditions: readConditions(statement['Condition']),
  }
}

function oneOf(statement: JsonObject, name: string, notName: string): string[] | undefined {
  if (name in statement && notName in statement) throw syntax()
  const value = statement[name] ?? statement[notName]
  if (value === undefined) {
    if (name in statement || notName in statement) throw syntax()
    return undefined
  }
  return textsOf(value)
}

function readPrincipals(statement: JsonObject, kind: PolicyKind): NamedPrincipal[] | undefined {
  const { Principal: principal, NotPrincipal: notPrincipal } = statement
  const value = principal ?? notPrincipal
  if (value !== undefined && WITHOUT_PRINCIPAL.has(kind)) {
    throw new PolicySyntaxError('Policy document should not specify a principal.')
  }
  if (principal !== undefined && notPrincipal !== undefined) throw syntax()
  if (value === undefined) return undefined
  if (value === '*') return [{ type: 'AWS', value: '*' }]
  const listed = Object.entries(objectOf(value)).flatMap(([type, names]) =>
    textsOf(names).map((name) => ({ type: principalType(type), value: name })),
  )
  if (listed.length === 0) throw syntax()
  return listed
}

function principalType(name: string): NamedPrincipal['type'] {
  switch (name) {
    case 'AWS':
    case 'Service':
    case 'Federated':
    case 'CanonicalUser':
      return name
    default:
      throw syntax()
  }
}

function readConditions(value: unknown): ConditionDocument[] {
  if (value === undefined) return []
  return Object.entries(objectOf(value)).flatMap(([operator, keys]) =>
    Object.entries(objectOf(keys)).map(([key, values]) => ({
      operator,
      key,
      values: (Array.isArray(values) ? values : [values]).map(scalarText),
    })),
  )
}

/** Condition values may be JSON booleans and numbers; they mean their text. */
function scalarText(value: unknown): string {
  if (typeof value === 'boolean' || typeof value === 'number') return String(value)
  return textOf(value)
}

function objectOf(value: unknown): JsonObject {
  if (!isObject(value)) throw syntax()
  return value
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw syntax()
  return value
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(textOf) : [textOf(value)]
}

function onlyElements(object: JsonObject, known: ReadonlySet<string>): void {
  if (!Object.keys(object).every((name) => known.has(name))) throw syntax()
}

function syntax(): PolicySyntaxError {
  return new PolicySyntaxError(SYNTAX)
}
