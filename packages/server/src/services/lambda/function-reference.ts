import type { PolicySource } from '@bartizan/policy'
import type { Context, Tables } from '../../kernel/context.ts'
import type { Access } from '../../kernel/service.ts'
import { resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { functionArn } from './arns.ts'
import { invalid, notFound } from './errors.ts'
import { policyOf } from './function-policy.ts'
import {
  aliases,
  functions,
  versionKey,
  versions,
  type AliasRow,
  type FunctionRow,
  type VersionRow,
} from './store.ts'

/** A function as a request names it. */
export interface FunctionReference {
  readonly accountId: string
  readonly region: string
  readonly name: string
  readonly qualifier?: string
}

const nameForm =
  /^(?:(?:arn:[a-z-]+:lambda:([a-z0-9-]+):)?(\d{12}):function:|function:)?([a-zA-Z0-9-_]+)(?::(\$LATEST|[a-zA-Z0-9-_]+))?$/

/**
 * Reads a function's name, partial ARN or ARN, with the qualifier in it or beside it
 * (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html). Throws InvalidParameterValueException.
 */
export function readReference(
  ctx: Pick<Context, 'account' | 'region'>,
  text: string | undefined,
  qualifier?: string,
): FunctionReference {
  const match = nameForm.exec(text ?? '')
  if (!match) {
    throw invalid(`Invalid function name: ${text ?? ''}`)
  }
  const [, region = ctx.region, accountId = ctx.account, name = '', own] = match
  if (own !== undefined && qualifier !== undefined && own !== qualifier) {
    throw invalid(
      'The derived qualifier from the function name does not match the specified qualifier.',
    )
  }
  if (region !== ctx.region) {
    throw notFound(`Functions from '${region}' are not reachable in this region ('${ctx.region}')`)
  }
  const chosen = own ?? qualifier
  return { accountId, region, name, ...(chosen !== undefined && { qualifier: chosen }) }
}

/** As `readReference`, for what can only be the caller's own. Throws InvalidParameterValueException. */
export function readOwnReference(
  ctx: Pick<Context, 'account' | 'region'>,
  text: string | undefined,
): FunctionReference {
  const reference = readReference(ctx, text)
  if (reference.accountId !== ctx.account) {
    throw invalid(`The function must be in the account of the caller: ${text}`)
  }
  return reference
}

/** A function found by a reference. */
export interface FunctionSubject {
  readonly reference: FunctionReference
  readonly row: FunctionRow
  /** The tables of the function's owner. */
  readonly tables: Tables
  /** As it was named. */
  readonly arn: string
}

/** A version found by a reference. */
export interface VersionSubject extends FunctionSubject {
  readonly version: VersionRow
  readonly alias?: AliasRow
}

/** Finds a function. A function that does not exist is told only to those who may call the operation. */
export async function findFunction(
  ctx: Context,
  text: string | undefined,
  qualifier?: string,
): Promise<FunctionSubject | MissingFunction> {
  const reference = readReference(ctx, text, qualifier)
  const tables = ctx.store.at({ account: reference.accountId })
  const row = await tables.table(functions).get(reference.name)
  const arn = functionArn(reference, reference.name, reference.qualifier)
  return row ? { reference, row, tables, arn } : { reference, arn }
}

/** A reference to a function that is not there. */
export interface MissingFunction {
  readonly reference: FunctionReference
  readonly arn: string
  readonly row?: undefined
}

/** The function, or ResourceNotFoundException in AWS's words. */
export function requireFunction(subject: FunctionSubject | MissingFunction): FunctionSubject {
  if (!subject.row) throw missing(subject.arn)
  return subject
}

/** ResourceNotFoundException of a function, version or alias. */
export const missing = (arn: string) => notFound(`Function not found: ${arn}`)

/** The version that a subject's qualifier means: `$LATEST` without one; an alias' own version. */
export async function versionOf(subject: FunctionSubject): Promise<VersionSubject> {
  const { reference, tables, arn } = subject
  const { name, qualifier = '$LATEST' } = reference
  const isVersion = qualifier === '$LATEST' || /^\d+$/.test(qualifier)
  const alias = isVersion ? undefined : await tables.table(aliases).get(`${name}/${qualifier}`)
  if (!isVersion && !alias) throw missing(arn)
  const number = alias?.version ?? qualifier
  const version = await tables.table(versions).get(versionKey(name, number))
  if (!version) throw missing(arn)
  return { ...subject, version, ...(alias && { alias }) }
}

/** The permission that an operation needs on a function. */
export function functionAccess(
  { arn, reference, row }: FunctionSubject | MissingFunction,
  use: { readonly action?: string; readonly conditions?: Access['conditions'] } = {},
): Access {
  const policy: PolicySource | undefined = row && policyOf(row, reference.qualifier)
  return {
    ...(use.action !== undefined && { action: `lambda:${use.action}` }),
    resource: arn,
    resourceAccount: reference.accountId,
    ...(policy && { resourcePolicy: policy }),
    conditions: { ...resourceTagConditions(row?.tags), ...use.conditions },
  }
}
