import type { ResourceStatus } from '@aws-sdk/client-cloudformation'
import type { Outcome } from './awaited-type.ts'
import { changedProperties, replaces } from './differences.ts'
import type { JsonObject } from './engine/json.ts'
import { checkPolicy } from './policy-document.ts'
import { remove } from './remove-step.ts'
import { declaredParts, done, put, reasonOf, type StepEnd } from './resource-rows.ts'
import {
  beforeOf,
  beforeOfPast,
  inquire,
  pastOf,
  typeNamed,
  undertake,
  wantedProperties,
  type StepWork,
  type Undertaking,
} from './resource-work.ts'
import { restore } from './restore-step.ts'
import { readDefinition } from './stack-scope.ts'
import { resources, type ResourcePast } from './store.ts'

/** Performs a step that was just begun, or asks after one that is awaited. */
export async function perform(work: StepWork, mode: 'begin' | 'ask'): Promise<StepEnd> {
  const { verb } = work.step
  if (verb === 'apply') return apply(work, mode)
  return verb === 'restore' ? restore(work, mode) : remove(work, mode)
}

/** Gives a step up whose work broke again and again, for a reason that is not the caller's. */
export function giveUp(work: StepWork): StepEnd {
  const { stack, step } = work
  const row = work.rows.get(step.logicalId)
  const isNew = !row?.physicalId || row.madeBy === stack.deployment?.id
  const bad = step.verb === 'remove' ? 'DELETE_FAILED' : isNew ? 'CREATE_FAILED' : 'UPDATE_FAILED'
  const reason = 'Internal Failure'
  put(work, { status: bad, reason })
  return { state: 'failed', reason }
}

/** Makes a resource, or brings it to what the template says. */
async function apply(work: StepWork, mode: 'begin' | 'ask'): Promise<StepEnd> {
  const { stack, step } = work
  const declared = readDefinition(stack.definition).template.resources[step.logicalId]
  const row = work.rows.get(step.logicalId)
  const isNew = !row?.physicalId || row.madeBy === stack.deployment?.id
  const [running, good, bad] = isNew ? creating : updating
  let undertaking: Undertaking | undefined
  try {
    undertaking = await undertakingOf(work, mode)
    if (undertaking === undefined) {
      keepDeclared(work)
      return done
    }
    await checkPolicy(work, undertaking)
    if (mode === 'begin') {
      show(work, running, undertaking, await wantedProperties(work, step.logicalId, 'shown'))
    }
    const outcome =
      mode === 'begin' ? await undertake(work, undertaking) : await inquire(work, undertaking)
    if (outcome.state === 'pending') return { state: 'pending' }
    finishApply(work, undertaking, { outcome, good })
    return done
  } catch (error) {
    const reason = reasonOf(error)
    if (mode === 'begin' && !undertaking) show(work, running)
    put(work, { status: bad, reason, ...(declared && { type: declared.type }) })
    return { state: 'failed', reason }
  }
}

const creating = ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE', 'CREATE_FAILED'] as const
const updating = ['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE', 'UPDATE_FAILED'] as const

/** What is to be done to a resource; undefined when it is as the template says. */
async function undertakingOf(
  work: StepWork,
  mode: 'begin' | 'ask',
): Promise<Undertaking | undefined> {
  const { ctx, stack, step, rows } = work
  const row = rows.get(step.logicalId)
  const properties = await wantedProperties(work, step.logicalId)
  const declared = readDefinition(stack.definition).template.resources[step.logicalId]
  const typeName = declared?.type ?? ''
  const isNew = !row?.physicalId || row.madeBy === stack.deployment?.id
  if (isNew) return { typeName, verb: 'create', properties }
  const past = row.past === '' ? undefined : (JSON.parse(row.past) as ResourcePast)
  const before = past ? beforeOfPast(past) : beforeOf(row)
  if (!before) return { typeName, verb: 'create', properties }
  const changed = changedProperties(before.properties, properties)
  const isOther = (past?.type ?? row.type) !== typeName
  if (changed.length === 0 && !isOther && mode === 'begin') return undefined
  const type = await typeNamed(ctx, typeName)
  return isOther || replaces(type, changed)
    ? { typeName, verb: 'create', properties }
    : { typeName, verb: 'update', properties, before }
}

function finishApply(
  work: StepWork,
  { typeName, properties, before }: Undertaking,
  { outcome, good }: { readonly outcome: Outcome; readonly good: ResourceStatus },
): void {
  const resource = outcome.state === 'done' ? outcome.resource : undefined
  const row = work.rows.get(work.step.logicalId)
  const past = row?.past ? (JSON.parse(row.past) as ResourcePast) : undefined
  const physicalId = resource?.physicalId ?? before?.physicalId ?? ''
  const isReplaced = past !== undefined && past.physicalId !== physicalId
  put(work, {
    type: typeName,
    status: good,
    physicalId,
    data: JSON.stringify({ properties, attributes: resource?.attributes ?? {} }),
    ...(isReplaced && { discarded: row?.past ?? '' }),
  })
}

/** Shows that a resource is being worked on, and keeps what it was. */
function show(
  work: StepWork,
  status: ResourceStatus,
  undertaking?: Undertaking,
  shown?: JsonObject,
): void {
  const row = work.rows.get(work.step.logicalId)
  const isKept =
    row?.physicalId !== undefined && row.past === '' && row.madeBy !== work.stack.deployment?.id
  const isReplacing = undertaking?.verb === 'create' && row?.physicalId !== undefined
  put(work, {
    status,
    ...(undertaking && { type: undertaking.typeName }),
    ...(isKept && { past: JSON.stringify(pastOf(row)) }),
    ...(isReplacing && {
      reason:
        'Requested update requires the creation of a new physical resource; hence creating one.',
    }),
    ...(shown && { shown }),
  })
}

/** A resource that stays as it is may still have new policies, metadata or needs. */
function keepDeclared(work: StepWork): void {
  const row = work.rows.get(work.step.logicalId)
  if (!row) return
  const { ctx, stack } = work
  const next = { ...row, ...declaredParts(work) }
  if (JSON.stringify(next) !== JSON.stringify(row)) {
    ctx.store.table(resources).put(`${stack.uuid}/${row.logicalId}`, next)
  }
}
