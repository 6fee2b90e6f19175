import { invalid } from './errors.ts'

/** AWS: 20 KB a resource policy. */
export const maxPolicyBytes = 20_480

/** A statement of a resource policy as AddPermission makes it. */
export interface PolicyStatement {
  readonly Sid: string
  readonly Effect: 'Allow'
  readonly Principal: unknown
  readonly Action: string
  readonly Resource: string
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** What AddPermission is given of a statement. */
export interface PermissionRequest {
  readonly StatementId?: string | undefined
  readonly Action?: string | undefined
  readonly Principal?: string | undefined
  readonly SourceArn?: string | undefined
  readonly SourceAccount?: string | undefined
  readonly EventSourceToken?: string | undefined
  readonly PrincipalOrgID?: string | undefined
  readonly FunctionUrlAuthType?: string | undefined
  readonly InvokedViaFunctionUrl?: boolean | undefined
}

/** The statement that a permission is written as. Throws InvalidParameterValueException. */
export function statementOf(input: PermissionRequest, resource: string): PolicyStatement {
  const condition = conditionOf(input)
  return {
    Sid: input.StatementId ?? '',
    Effect: 'Allow',
    Principal: principalOf(input.Principal ?? ''),
    Action: input.Action ?? '',
    Resource: resource,
    ...(Object.keys(condition).length > 0 && { Condition: condition }),
  }
}

function principalOf(principal: string): unknown {
  if (principal === '*') return '*'
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:aws:iam::${principal}:root` }
  if (principal.startsWith('arn:')) return { AWS: principal }
  if (/^[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com)$/.test(principal)) {
    return { Service: principal }
  }
  throw invalid('The provided principal was invalid. Please check the principal and try again.')
}

function conditionOf(input: PermissionRequest): Record<string, Record<string, string>> {
  const equal = {
    ...(input.SourceAccount && { 'AWS:SourceAccount': input.SourceAccount }),
    ...(input.EventSourceToken && { 'lambda:EventSourceToken': input.EventSourceToken }),
    ...(input.PrincipalOrgID && { 'aws:PrincipalOrgID': input.PrincipalOrgID }),
    ...(input.FunctionUrlAuthType && { 'lambda:FunctionUrlAuthType': input.FunctionUrlAuthType }),
  }
  const bool =
    input.InvokedViaFunctionUrl === undefined
      ? {}
      : { 'lambda:InvokedViaFunctionUrl': String(input.InvokedViaFunctionUrl) }
  return {
    ...(Object.keys(equal).length > 0 && { StringEquals: equal }),
    ...(input.SourceArn && { ArnLike: { 'AWS:SourceArn': input.SourceArn } }),
    ...(Object.keys(bool).length > 0 && { Bool: bool }),
  }
}

interface PolicyDocument {
  readonly Version: string
  readonly Id: string
  readonly Statement: readonly PolicyStatement[]
}

/** The statements of a policy that was written here. */
export function statementsOf(document: string): readonly PolicyStatement[] {
  return (JSON.parse(document) as PolicyDocument).Statement
}

/** A policy with one more statement. */
export function addStatement(document: string | undefined, statement: PolicyStatement): string {
  const before = document === undefined ? [] : statementsOf(document)
  return documentOf([...before, statement])
}

/** A policy without a statement; undefined when none is left, `missing` when it was not there. */
export function removeStatement(document: string, sid: string): string | undefined {
  const before = statementsOf(document)
  const rest = before.filter(({ Sid }) => Sid !== sid)
  if (rest.length === before.length) return 'missing'
  return rest.length === 0 ? undefined : documentOf(rest)
}

function documentOf(statements: readonly PolicyStatement[]): string {
  const document: PolicyDocument = { Version: '2012-10-17', Id: 'default', Statement: statements }
  return JSON.stringify(document)
}
