import type { JsonObject } from './engine/json.ts'
import type { RetentionPolicy } from './engine/template.ts'
import { done, put, reasonOf, type StepEnd } from './resource-rows.ts'
import {
  beforeOf,
  beforeOfPast,
  inquire,
  undertake,
  type StepWork,
  type Undertaking,
} from './resource-work.ts'
import { noteResource } from './stack-events.ts'
import { resources, type ResourcePast, type ResourceRow } from './store.ts'

/** Deletes a resource, or the one that it replaced. */
export async function remove(work: StepWork, mode: 'begin' | 'ask'): Promise<StepEnd> {
  const { ctx, stack, step } = work
  const row = work.rows.get(step.logicalId)
  if (!row) return done
  const discarded = row.discarded === '' ? undefined : (JSON.parse(row.discarded) as ResourcePast)
  const before = discarded ? beforeOfPast(discarded) : beforeOf(row)
  const typeName = discarded?.type ?? row.type
  const physicalId = before?.physicalId
  const shown = {
    logicalId: row.logicalId,
    type: typeName,
    ...(physicalId !== undefined && { physicalId }),
  }
  const forget = (): void => {
    const view = ctx.store.table(resources)
    const key = `${stack.uuid}/${row.logicalId}`
    if (discarded) view.put(key, { ...row, discarded: '' })
    else view.delete(key)
  }
  if (before === undefined) {
    forget()
    return done
  }
  if (isRetained(work, row, discarded)) {
    noteResource(ctx, stack, { ...shown, status: 'DELETE_SKIPPED' })
    forget()
    return done
  }
  const undertaking: Undertaking = {
    typeName,
    verb: 'delete',
    properties: before.properties as JsonObject,
    before,
  }
  try {
    if (mode === 'begin') {
      noteResource(ctx, stack, { ...shown, status: 'DELETE_IN_PROGRESS' })
      if (!discarded) put(work, { status: 'DELETE_IN_PROGRESS', silent: true })
    }
    const outcome =
      mode === 'begin' ? await undertake(work, undertaking) : await inquire(work, undertaking)
    if (outcome.state === 'pending') return { state: 'pending' }
    noteResource(ctx, stack, { ...shown, status: 'DELETE_COMPLETE' })
    forget()
    return done
  } catch (error) {
    const reason = reasonOf(error)
    if (discarded || stack.deployment?.isForced) {
      noteResource(ctx, stack, {
        ...shown,
        status: discarded ? 'DELETE_FAILED' : 'DELETE_SKIPPED',
        reason,
      })
      forget()
      return done
    }
    put(work, { status: 'DELETE_FAILED', reason })
    return { state: 'failed', reason }
  }
}

function isRetained(work: StepWork, row: ResourceRow, discarded?: ResourcePast): boolean {
  const { deployment, retainExceptOnCreate } = work.stack
  if (deployment?.retained.includes(row.logicalId)) return true
  const isRollback = deployment?.phase === 'rollback-cleanup'
  const policy: RetentionPolicy | undefined = discarded
    ? row.updateReplacePolicy
    : row.deletionPolicy
  if (policy === 'Retain' || policy === 'Snapshot')
    return !(isRollback && (discarded || retainExceptOnCreate))
  return policy === 'RetainExceptOnCreate' && !isRollback
}
