import type { ResourceStatus } from '@aws-sdk/client-cloudformation'
import { AwsError } from '../../kernel/errors.ts'
import type { JsonObject } from './engine/json.ts'
import { TemplateError } from './engine/template-error.ts'
import type { StepWork } from './resource-work.ts'
import { noteResource } from './stack-events.ts'
import { readDefinition } from './stack-scope.ts'
import { resources, type ResourceRow, type Step } from './store.ts'

/** How a step went. */
export type StepEnd = Pick<Step, 'state' | 'reason'>

/** A step that went well. */
export const done: StepEnd = { state: 'done' }

/** What of a resource's row changes, and what its event shows. */
export type RowChange = Partial<ResourceRow> & {
  readonly status: ResourceStatus
  readonly silent?: boolean
  readonly shown?: JsonObject
}

/** Writes a change of a resource's row, and its event. */
export function put(work: StepWork, { silent, shown, ...change }: RowChange): void {
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

/** What a resource's row takes from its declaration. */
export function declaredParts({ stack, step }: StepWork): Partial<ResourceRow> {
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
export function reasonOf(error: unknown): string {
  if (error instanceof AwsError) return `${error.message} (Service error code: ${error.code})`
  if (error instanceof TemplateError) return error.message
  if (error instanceof Error && /^\S+:\S+ does not exist$/.test(error.message)) return error.message
  throw error
}
