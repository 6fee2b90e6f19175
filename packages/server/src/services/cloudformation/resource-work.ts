import type { Context } from '../../kernel/context.ts'
import type { ResourceBefore, ResourceState, ResourceType } from '../../kernel/resource-type.ts'
import type { AwaitedType, AwaitedWork, Outcome } from './awaited-type.ts'
import type { JsonObject } from './engine/json.ts'
import { checkSecureReferences } from './engine/secure-references.ts'
import { TemplateError } from './engine/template-error.ts'
import { evaluatedProperties, withDynamicValues } from './resource-properties.ts'
import { isAwaited, resourceType } from './resource-types.ts'
import { resourceContext } from './stack-calls.ts'
import { dataOf, knownResource, readDefinition, scopeOf, withoutSecrets } from './stack-scope.ts'
import type { ResourceData, ResourcePast, ResourceRow, StackRow, Step } from './store.ts'

/** A step with what it works on. */
export interface StepWork {
  readonly ctx: Context
  readonly stack: StackRow
  readonly step: Step
  readonly rows: ReadonlyMap<string, ResourceRow>
  readonly isRetry: boolean
}

/** A type, or a refusal that fails the resource. */
export async function typeNamed(ctx: Context, name: string): Promise<ResourceType | AwaitedType> {
  const type = await resourceType(ctx, name)
  if (!type) throw new TemplateError(`Unrecognized resource type: ${name}`)
  return type
}

/** What the template says a resource's properties are now; dynamic references stay in. What is shown has no secrets. */
export async function wantedProperties(
  { ctx, stack, rows }: Pick<StepWork, 'ctx' | 'stack' | 'rows'>,
  logicalId: string,
  use: 'real' | 'shown' = 'real',
): Promise<JsonObject> {
  const read = readDefinition(stack.definition)
  const declared = read.template.resources[logicalId]
  if (!declared) throw new TemplateError(`${logicalId} is not in the template`)
  const known = await scopeOf(ctx, stack, read, (name) => knownResource(rows.get(name)))
  const scope = use === 'shown' ? withoutSecrets(known, read.template) : known
  const type = await typeNamed(ctx, declared.type)
  return evaluatedProperties(declared.properties, scope, type, read.definition.tags)
}

/** A resource as it is to be made, changed or deleted. */
export interface Undertaking {
  readonly typeName: string
  readonly verb: 'create' | 'update' | 'delete'
  /** With dynamic references in. */
  readonly properties: JsonObject
  readonly before?: ResourceBefore
}

/** Does it through the type, with the stack's rights. Failures throw. */
export async function undertake(work: StepWork, undertaking: Undertaking): Promise<Outcome> {
  const { ctx, stack, step, isRetry } = work
  const { typeName, verb, before } = undertaking
  const type = await typeNamed(ctx, typeName)
  checkSecureReferences(typeName, undertaking.properties)
  const properties = await withDynamicValues(ctx, stack, undertaking.properties)
  const resolved =
    before && verb === 'update'
      ? { ...before, properties: await resolvedBefore(work, before) }
      : before
  if (isAwaited(type)) {
    return type.begin({
      ...awaited(work, undertaking),
      properties,
      ...(resolved && { before: resolved }),
    })
  }
  const at = resourceContext(ctx, stack, { ...step, isRetry })
  if (verb === 'delete') {
    if (before) await type.delete(at, before)
    return { state: 'done' }
  }
  const resource: ResourceState =
    verb === 'update' && resolved && type.update
      ? await type.update(at, properties, resolved)
      : await type.create(at, properties)
  return { state: 'done', resource }
}

/** A value that was referred to may be gone by now; then the reference itself stands for it. */
async function resolvedBefore({ ctx, stack }: StepWork, before: ResourceBefore) {
  try {
    return await withDynamicValues(ctx, stack, before.properties as JsonObject)
  } catch {
    return before.properties
  }
}

/** Asks how far awaited work is. */
export async function inquire(work: StepWork, undertaking: Undertaking): Promise<Outcome> {
  const type = await typeNamed(work.ctx, undertaking.typeName)
  return isAwaited(type) ? type.ask(awaited(work, undertaking)) : { state: 'done' }
}

function awaited({ ctx, stack, step }: StepWork, undertaking: Undertaking): AwaitedWork {
  const { typeName: type, verb, properties, before } = undertaking
  const { logicalId } = step
  return { ctx, stack, step, logicalId, type, verb, properties, ...(before && { before }) }
}

/** A resource as types see it before a change. */
export function beforeOf(row: ResourceRow): ResourceBefore | undefined {
  if (row.physicalId === undefined) return undefined
  return { physicalId: row.physicalId, ...dataOf(row) }
}

/** A resource's present, to be kept as its past. */
export function pastOf(row: ResourceRow): ResourcePast {
  const { type, physicalId = '', needs, deletionPolicy } = row
  const data: ResourceData = dataOf(row)
  return { type, physicalId, needs, data, ...(deletionPolicy && { deletionPolicy }) }
}

/** The past as types see it. */
export function beforeOfPast({ physicalId, data }: ResourcePast): ResourceBefore {
  return { physicalId, ...data }
}
