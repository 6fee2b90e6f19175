import type { Context } from '../../kernel/context.ts'
import { changeSets, type ChangeSetRow, type StackRow } from './store.ts'

/** A change set by its id, or by name within a stack. */
export async function findChangeSet(
  ctx: Context,
  stack: StackRow | undefined,
  name = '',
): Promise<ChangeSetRow | undefined> {
  const view = ctx.store.table(changeSets)
  if (name.startsWith('arn:')) {
    const [row] = await view.list({ index: 'id', equals: name, limit: 1 })
    return row && view.get(row.key)
  }
  return stack && view.get(`${stack.uuid}/${name}`)
}
