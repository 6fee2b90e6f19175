import type { Outcome } from './awaited-type.ts'
import type { JsonObject } from './engine/json.ts'
import { done, put, reasonOf, type StepEnd } from './resource-rows.ts'
import { isAwaited } from './resource-types.ts'
import {
  beforeOf,
  inquire,
  pastOf,
  typeNamed,
  undertake,
  type StepWork,
  type Undertaking,
} from './resource-work.ts'
import type { ResourcePast } from './store.ts'

/** Takes back what an update did to a resource. */
export async function restore(work: StepWork, mode: 'begin' | 'ask'): Promise<StepEnd> {
  const row = work.rows.get(work.step.logicalId)
  if (!row || row.past === '') return done
  const past = JSON.parse(row.past) as ResourcePast
  const before = beforeOf(row)
  const back = {
    type: past.type,
    physicalId: past.physicalId,
    past: '',
    data: JSON.stringify(past.data),
  }
  if (row.discarded !== '') {
    const made = JSON.stringify(pastOf(row))
    put(work, { ...back, status: 'UPDATE_COMPLETE', discarded: made, silent: true })
    return done
  }
  const undertaking: Undertaking = {
    typeName: past.type,
    verb: 'update',
    properties: past.data.properties as JsonObject,
    ...(before && { before }),
  }
  try {
    if (mode === 'begin') put(work, { status: 'UPDATE_IN_PROGRESS' })
    const type = await typeNamed(work.ctx, past.type)
    const mayChange = isAwaited(type) || type.update !== undefined
    const attempt = mode === 'begin' ? undertake : inquire
    const outcome: Outcome = mayChange ? await attempt(work, undertaking) : { state: 'done' }
    if (outcome.state === 'pending') return { state: 'pending' }
    put(work, { ...back, status: 'UPDATE_COMPLETE' })
    return done
  } catch (error) {
    const reason = reasonOf(error)
    put(work, { status: 'UPDATE_FAILED', reason })
    return { state: 'failed', reason }
  }
}
