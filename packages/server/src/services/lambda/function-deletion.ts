import { DeleteFunction$ } from '@aws-sdk/client-lambda'
import type { DeleteFunctionRequest } from '@aws-sdk/client-lambda'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { deleteCode } from './code-store.ts'
import { conflict, invalid } from './errors.ts'
import { retireFunction } from './function-pool.ts'
import {
  findFunction,
  functionAccess,
  missing,
  requireFunction,
  type FunctionSubject,
  type MissingFunction,
} from './function-reference.ts'
import { aliases, functions, versionKey, versions } from './store.ts'
import { isCodeShared } from './versions.ts'

type Found = FunctionSubject | MissingFunction

/** DeleteFunction: a version, or the function with all that belongs to it. */
export const DeleteFunction = operation<DeleteFunctionRequest, object, Found>(DeleteFunction$, {
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName, input.Qualifier),
  access: (_input, _ctx, subject) => functionAccess(subject),
  async handle(_input, ctx, found) {
    const subject = requireFunction(found)
    const { qualifier } = subject.reference
    if (qualifier === undefined) await deleteWhole(ctx, subject)
    else await deleteVersion(ctx, subject, qualifier)
    return {}
  },
})

async function deleteWhole(ctx: Context, { row, tables }: FunctionSubject): Promise<void> {
  const prefix = `${row.name}/`
  const seen = new Set<string>()
  for (const { key, value } of await tables.table(versions).list({ prefix })) {
    tables.table(versions).delete(key)
    if (!seen.has(value.code.id)) deleteCode(tables, value.code)
    seen.add(value.code.id)
  }
  for (const { key } of await tables.table(aliases).list({ prefix }))
    tables.table(aliases).delete(key)
  tables.table(functions).delete(row.name)
  ctx.afterCommit(() => retireFunction(ctx, row))
}

async function deleteVersion(
  ctx: Context,
  { row, tables, arn }: FunctionSubject,
  qualifier: string,
): Promise<void> {
  if (qualifier === '$LATEST') {
    throw invalid('$LATEST version cannot be deleted without deleting the function.')
  }
  if (!/^\d+$/.test(qualifier)) {
    throw invalid('Deletion of aliases is not currently supported.')
  }
  const version = await tables.table(versions).get(versionKey(row.name, qualifier))
  if (!version) throw missing(arn)
  const users = await tables.table(aliases).list({ prefix: `${row.name}/` })
  const using = users.filter(
    ({ value }) => value.version === qualifier || Object.hasOwn(value.weights, qualifier),
  )
  if (using.length > 0) {
    const names = using.map(({ value }) => value.name).join(', ')
    throw conflict(`Version ${qualifier} is being used by alias(es): ${names}`)
  }
  tables.table(versions).delete(versionKey(row.name, qualifier))
  if (!(await isCodeShared(tables, version))) deleteCode(tables, version.code)
  ctx.afterCommit(() => retireFunction(ctx, row))
}
