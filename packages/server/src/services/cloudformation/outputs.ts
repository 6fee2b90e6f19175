import type { Context } from '../../kernel/context.ts'
import { conditionHolds, evaluatePresent } from './engine/evaluate.ts'
import { scalarText } from './engine/json.ts'
import { requireDistinctExports } from './engine/template.ts'
import { TemplateError } from './engine/template-error.ts'
import { referencedExports } from './referenced-exports.ts'
import { knownResource, readDefinition, resourcesOf, scopeOf } from './stack-scope.ts'
import { exportsTable, imports, type OutputRow, type StackRow } from './store.ts'

/** What a finished stack puts out. Throws TemplateError. */
export async function outputsOf(ctx: Context, stack: StackRow): Promise<OutputRow[]> {
  const rows = await resourcesOf(ctx, stack.uuid)
  const read = readDefinition(stack.definition)
  const scope = await scopeOf(ctx, stack, read, (name) => knownResource(rows.get(name)))
  const outputs: OutputRow[] = []
  for (const [key, output] of Object.entries(read.template.outputs)) {
    if (output.condition !== undefined && !conditionHolds(output.condition, scope)) continue
    const value = scalarText(evaluatePresent(output.value, scope))
    if (value === undefined) {
      throw new TemplateError(
        `Template format error: The Value field of every Outputs member must evaluate to a String.`,
      )
    }
    const name =
      output.exportName === undefined
        ? undefined
        : scalarText(evaluatePresent(output.exportName, scope))
    outputs.push({
      key,
      value,
      ...(output.description !== undefined && { description: output.description }),
      ...(name !== undefined && { exportName: name }),
    })
  }
  requireDistinctExports(outputs.flatMap(({ exportName = [] }) => exportName))
  return outputs
}

/** Puts a stack's exports in place of those it had, and notes what it imports. Throws TemplateError. */
export async function publishExports(
  ctx: Context,
  stack: StackRow,
  outputs: readonly OutputRow[],
): Promise<void> {
  const view = ctx.store.table(exportsTable)
  const before = await view.list({ index: 'stack', equals: stack.id })
  const wanted = new Map(
    outputs.flatMap(({ exportName, value }) =>
      exportName === undefined ? [] : [[exportName, value] as const],
    ),
  )
  for (const { key, value: row } of before) {
    if (wanted.get(key) === row.value) continue
    const [user] = await ctx.store.table(imports).list({ index: 'export', equals: key, limit: 1 })
    if (!user) {
      if (!wanted.has(key)) view.delete(key)
      continue
    }
    throw new TemplateError(
      wanted.has(key)
        ? `Export ${key} cannot be updated as it is in use by ${user.value.stackName}`
        : `Export ${key} cannot be deleted as it is in use by ${user.value.stackName}`,
    )
  }
  for (const [name, value] of wanted) {
    const existing = await view.get(name)
    if (existing && existing.stackId !== stack.id) {
      throw new TemplateError(
        `Export with name ${name} is already exported by stack ${stackNameIn(existing.stackId)}. Rollback requested by user.`,
      )
    }
    if (existing?.value !== value) view.put(name, { name, value, stackId: stack.id })
  }
}

/** Throws TemplateError while another stack imports what this one exports. */
export async function requireUnused(ctx: Context, stack: StackRow): Promise<void> {
  for (const { exportName } of stack.outputs) {
    if (exportName === undefined) continue
    const query = { index: 'export', equals: exportName, limit: 1 }
    const [user] = await ctx.store.table(imports).list(query)
    if (!user) continue
    throw new TemplateError(
      `Export ${exportName} cannot be deleted as it is in use by ${user.value.stackName}`,
    )
  }
}

/** Notes which exports a stack uses, so that they stay. */
export async function noteImports(ctx: Context, stack: StackRow): Promise<void> {
  const rows = await resourcesOf(ctx, stack.uuid)
  const read = readDefinition(stack.definition)
  const scope = await scopeOf(ctx, stack, read, (name) => knownResource(rows.get(name)))
  const names = new Set(referencedExports(read.template, scope))
  const view = ctx.store.table(imports)
  for (const { key, value } of await view.list({ prefix: `${stack.uuid}/` })) {
    if (!names.has(value.exportName)) view.delete(key)
  }
  for (const exportName of names) {
    const key = `${stack.uuid}/${exportName}`
    if (!(await view.get(key))) view.put(key, { exportName, stackName: stack.name })
  }
}

/** Forgets what a deleted stack imported. */
export async function forgetImports(ctx: Context, uuid: string): Promise<void> {
  const view = ctx.store.table(imports)
  for (const { key } of await view.list({ prefix: `${uuid}/` })) view.delete(key)
}

function stackNameIn(id: string): string {
  return id.split('/')[1] ?? id
}
