import type { Context } from '../../kernel/context.ts'
import { conditionHolds } from './engine/evaluate.ts'
import type { Json } from './engine/json.ts'
import { parameterMeaning } from './engine/parameters.ts'
import type { KnownResource, Scope } from './engine/scope.ts'
import { readTemplate, type Template } from './engine/template.ts'
import {
  exportsTable,
  resources,
  type ResourceData,
  type ResourceRow,
  type StackDefinition,
  type StackRow,
} from './store.ts'

/** Every Region is taken to have three zones. */
const zoneLetters = ['a', 'b', 'c'] as const

/** A stack's definition with its template read. */
export interface ReadDefinition {
  readonly definition: StackDefinition
  readonly template: Template
}

const templates = new Map<string, Template>()
const maxCached = 200

/** Reads a stack's definition; templates that were read lately are not read again. */
export function readDefinition(text: string): ReadDefinition {
  const definition = JSON.parse(text) as StackDefinition
  let template = templates.get(definition.templateText)
  if (!template) {
    template = readTemplate(definition.templateText)
    if (templates.size >= maxCached) templates.clear()
    templates.set(definition.templateText, template)
  }
  return { definition, template }
}

/** The rows of a stack's resources, by logical id. */
export async function resourcesOf(ctx: Context, uuid: string): Promise<Map<string, ResourceRow>> {
  const rows = await ctx.store.table(resources).list({ prefix: `${uuid}/` })
  return new Map(rows.map(({ value }) => [value.logicalId, value]))
}

/** What a resource's row keeps sealed. */
export function dataOf({ data }: Pick<ResourceRow, 'data'>): ResourceData {
  return JSON.parse(data) as ResourceData
}

/** What functions of a stack's template look up; `resourceOf` says which resources count as there. */
export async function scopeOf(
  ctx: Context,
  stack: Pick<StackRow, 'id' | 'name'>,
  { definition, template }: ReadDefinition,
  resourceOf: (logicalId: string) => KnownResource | undefined,
): Promise<Scope> {
  const parameters: Record<string, Json> = {
    'AWS::AccountId': ctx.account,
    'AWS::NotificationARNs': definition.notificationArns,
    'AWS::Partition': 'aws',
    'AWS::Region': ctx.region,
    'AWS::StackId': stack.id,
    'AWS::StackName': stack.name,
    'AWS::URLSuffix': 'amazonaws.com',
  }
  for (const [name, { type }] of Object.entries(template.parameters)) {
    const value = definition.storeValues[name] ?? definition.parameters[name] ?? ''
    parameters[name] = parameterMeaning(type, value)
  }
  const exported = await exportsOf(ctx)
  return {
    parameters,
    mappings: template.mappings,
    conditions: template.conditions,
    transforms: template.transforms,
    resource: resourceOf,
    isDeclared: (name) => Object.hasOwn(template.resources, name),
    exported: (name) => exported.get(name),
    zonesOf: (region) => zoneLetters.map((letter) => `${region}${letter}`),
  }
}

/** Exports are listed, not got: another stack's export is no ground to do this one's work again. */
async function exportsOf(ctx: Context): Promise<ReadonlyMap<string, string>> {
  const rows = await ctx.store.table(exportsTable).list()
  return new Map(rows.map(({ value }) => [value.name, value.value]))
}

/** The same with asterisks for parameters that are not to be echoed. */
export function withoutSecrets(scope: Scope, { parameters: declared }: Template): Scope {
  const parameters = { ...scope.parameters }
  for (const [name, { noEcho }] of Object.entries(declared)) if (noEcho) parameters[name] = '****'
  return { ...scope, parameters }
}

/** A resource's row as other parts of the template see it, while it is whole. */
export function knownResource(row: ResourceRow | undefined): KnownResource | undefined {
  if (!row?.physicalId || !/^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(row.status)) return undefined
  return { ref: row.physicalId, attributes: dataOf(row).attributes as KnownResource['attributes'] }
}

/** Whether a resource of the template is wanted: its condition holds, or it has none. */
export function isWanted(template: Template, scope: Scope): (logicalId: string) => boolean {
  const known = new Map<string, boolean>()
  return (logicalId) => {
    const { condition } = template.resources[logicalId] ?? {}
    if (condition === undefined) return logicalId in template.resources
    let holds = known.get(condition)
    if (holds === undefined) known.set(condition, (holds = conditionHolds(condition, scope)))
    return holds
  }
}
