import type { ResourceChange, ResourceChangeDetail } from '@aws-sdk/client-cloudformation'
import type { Context } from '../../kernel/context.ts'
import { changedProperties, replaces } from './differences.ts'
import { dependenciesOf } from './engine/dependencies.ts'
import { evaluate } from './engine/evaluate.ts'
import { isObject, type Json, type JsonObject } from './engine/json.ts'
import { NotYetKnown, type Scope } from './engine/scope.ts'
import type { ResourceDeclaration } from './engine/template.ts'
import { noValue } from './engine/value.ts'
import { evaluatedProperties } from './resource-properties.ts'
import { isAwaited, resourceType } from './resource-types.ts'
import {
  dataOf,
  isWanted,
  knownResource,
  readDefinition,
  resourcesOf,
  scopeOf,
} from './stack-scope.ts'
import type { ResourceRow, StackDefinition, StackRow } from './store.ts'

/** What stands for a value that only the deployment will tell, as AWS writes it. */
const unknown = '{{changeSet:KNOWN_AFTER_APPLY}}'

/** What deploying a definition would do to a stack's resources. */
export async function plannedChanges(
  ctx: Context,
  stack: StackRow,
  definition: StackDefinition,
): Promise<ResourceChange[]> {
  const rows = await resourcesOf(ctx, stack.uuid)
  const read = readDefinition(JSON.stringify(definition))
  const replaced = new Set<string>()
  const scope = await scopeOf(ctx, stack, read, (name) =>
    replaced.has(name) ? undefined : knownResource(rows.get(name)),
  )
  const wanted = isWanted(read.template, scope)
  const changes: ResourceChange[] = []
  for (const logicalId of inOrder(dependenciesOf(read.template, wanted))) {
    const declared = read.template.resources[logicalId]
    if (!declared) continue
    const row = rows.get(logicalId)
    if (!row?.physicalId) {
      changes.push(added(logicalId, declared))
      continue
    }
    const change = await modified(ctx, { row, declared, scope, tags: definition.tags })
    if (!change) continue
    if (change.Replacement !== 'False') replaced.add(logicalId)
    changes.push(change)
  }
  const gone = [...rows.values()].filter((row) => !wanted(row.logicalId))
  return [...changes, ...gone.map(removed)]
}

function inOrder(dependencies: ReadonlyMap<string, readonly string[]>): string[] {
  const left = new Map(dependencies)
  const order: string[] = []
  while (left.size > 0) {
    const free = [...left].filter(([, needs]) => !needs.some((name) => left.has(name)))
    for (const [id] of free) {
      order.push(id)
      left.delete(id)
    }
  }
  return order
}

function added(logicalId: string, { type }: ResourceDeclaration): ResourceChange {
  return { Action: 'Add', LogicalResourceId: logicalId, ResourceType: type, Scope: [], Details: [] }
}

function removed({ logicalId, type, physicalId, deletionPolicy }: ResourceRow): ResourceChange {
  return {
    Action: 'Remove',
    LogicalResourceId: logicalId,
    PhysicalResourceId: physicalId,
    ResourceType: type,
    Scope: [],
    Details: [],
    PolicyAction: deletionPolicy === 'Retain' ? 'Retain' : 'Delete',
  }
}

interface Comparison {
  readonly row: ResourceRow
  readonly declared: ResourceDeclaration
  readonly scope: Scope
  readonly tags: StackDefinition['tags']
}

async function modified(
  ctx: Context,
  { row, declared, scope, tags }: Comparison,
): Promise<ResourceChange | undefined> {
  const type = await resourceType(ctx, declared.type)
  if (!type) return undefined
  const known = Object.fromEntries(
    Object.entries(declared.properties).flatMap(([name, value]) => {
      const found = valueOrUnknown(value, scope)
      return found === undefined ? [] : [[name, found] as const]
    }),
  )
  const after = evaluatedProperties(known, scope, type, tags)
  const changed = changedProperties(dataOf(row).properties, after)
  const isOther = row.type !== declared.type
  if (changed.length === 0 && !isOther) return undefined
  const isReplaced = isOther || replaces(type, changed)
  const replacing = isAwaited(type) || isReplaced ? type.replacing : []
  return {
    Action: 'Modify',
    LogicalResourceId: row.logicalId,
    PhysicalResourceId: row.physicalId,
    ResourceType: declared.type,
    Replacement: isReplaced ? 'True' : 'False',
    Scope: changed.includes('Tags')
      ? changed.length > 1
        ? ['Properties', 'Tags']
        : ['Tags']
      : ['Properties'],
    Details: changed.map((name) => detail(name, { replacing, after, declared })),
  }
}

function detail(
  name: string,
  about: {
    readonly replacing: readonly string[]
    readonly after: JsonObject
    readonly declared: ResourceDeclaration
  },
): ResourceChangeDetail {
  const isUnknown = JSON.stringify(about.after[name] ?? '').includes(unknown)
  const isDirect = !isObject(about.declared.properties[name])
  return {
    Target: {
      Attribute: name === 'Tags' ? 'Tags' : 'Properties',
      ...(name !== 'Tags' && { Name: name }),
      RequiresRecreation: about.replacing.includes(name) ? 'Always' : 'Never',
    },
    Evaluation: isUnknown ? 'Dynamic' : 'Static',
    ChangeSource: isDirect
      ? 'DirectModification'
      : isUnknown
        ? 'ResourceAttribute'
        : 'DirectModification',
  }
}

/** A property's value, the marker where it is not known yet, undefined where it is left out. */
function valueOrUnknown(value: Json, scope: Scope): Json | undefined {
  try {
    const found = evaluate(value, scope)
    return found === noValue ? undefined : found
  } catch (error) {
    if (error instanceof NotYetKnown) return unknown
    throw error
  }
}
