import type { ResourceStatus } from '@aws-sdk/client-cloudformation'
import { AwsError } from '../../kernel/errors.ts'
import { changedProperties, replaces } from './differences.ts'
import type { JsonObject } from './engine/json.ts'
import { TemplateError } from './engine/template-error.ts'
import type { RetentionPolicy } from './engine/template.ts'
import {
  beforeOf,
  beforeOfPast,
  pastOf,
  typeNamed,
  undertake,
  inquire,
  wantedProperties,
  type StepWork,
  type Undertaking,
} from './resource-work.ts'
import type { Outcome } from './awaited-type.ts'
import { isAwaited } from './resource-types.ts'
import { checkPolicy } from './policy-document.ts'
import { noteResource } from './stack-events.ts'
import { readDefinition } from './stack-scope.ts'
import { resources, type ResourcePast, type ResourceRow, type Step } from './store.ts'

/** How a step went. */
export type StepEnd = Pick<Step, 'state' | 'reason'>

const done: StepEnd = { state: 'done' }

/** Performs a step that was just begun, or asks after one that is awaited. */
export async function perform(work: StepWork, mode: 'begin' | 'ask'): Promise<StepEnd> {
  const { verb } = work.step
  if (verb === 'apply') return apply(work, mode)
  return verb === 'restore' ? restore(work, mode) : remove(work, mode)
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

/** Takes back what an update did to a resource. */
async function restore(work: StepWork, mode: 'begin' | 'ask'): Promise<StepEnd> {
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

/** Deletes a resource, or the one that it replaced. */
async function remove(work: StepWork, mode: 'begin' | 'ask'): Promise<StepEnd> {
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

/** What of a resource's row changes, and what its event shows. */
type RowChange = Partial<ResourceRow> & {
  readonly status: ResourceStatus
  readonly silent?: boolean
  readonly shown?: JsonObject
}

function put(work: StepWork, { silent, shown, ...change }: RowChange): void {
  const { ctx, stack, step } = work
  const { logicalId } = step
  const { reason: _before, ...old } = work.rows.get(logicalId) ?? freshRow(work)
  const next: ResourceRow = {
    ...old,
    ...(step.verb === 'apply' && declaredParts(work)),
    ...change,
    updatedAt: ctx.now.toISOString(),
  }
  ctx.store.table(resources).put(`${stack.uuid}/${logicalId}`, next)
  ;(work.rows as Map<string, ResourceRow>).set(logicalId, next)
  if (silent) return
  const properties = shown === undefined ? {} : { properties: JSON.stringify(shown) }
  noteResource(ctx, stack, { ...next, ...properties })
}

function freshRow({ ctx, stack, step }: StepWork): ResourceRow {
  return {
    logicalId: step.logicalId,
    type: '',
    status: 'CREATE_IN_PROGRESS',
    updatedAt: ctx.now.toISOString(),
    needs: [],
    madeBy: stack.deployment?.id ?? '',
    data: JSON.stringify({ properties: {}, attributes: {} }),
    past: '',
    discarded: '',
  }
}

function declaredParts({ stack, step }: StepWork): Partial<ResourceRow> {
  const declared = readDefinition(stack.definition).template.resources[step.logicalId]
  if (!declared) return {}
  const { type, metadata, description, deletionPolicy, updateReplacePolicy } = declared
  return {
    type,
    needs: step.needs,
    ...(metadata !== undefined && { metadata: JSON.stringify(metadata) }),
    ...(description !== undefined && { description }),
    ...(deletionPolicy && { deletionPolicy }),
    ...(updateReplacePolicy && { updateReplacePolicy }),
  }
}

/** What the events say about a failure. */
function reasonOf(error: unknown): string {
  if (error instanceof AwsError) return `${error.message} (Service error code: ${error.code})`
  if (error instanceof TemplateError) return error.message
  if (error instanceof Error && /^\S+:\S+ does not exist$/.test(error.message)) return error.message
  throw error
}
