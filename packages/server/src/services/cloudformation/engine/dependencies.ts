import { isList, isObject, type Json } from './json.ts'
import { namesIn } from './substitution.ts'
import type { Template } from './template.ts'
import { TemplateError } from './template-error.ts'

/** A name that a value refers to, and how. */
export interface Reference {
  readonly name: string
  readonly kind: 'Ref' | 'GetAtt'
  readonly attribute?: string
}

/** Everything that a value refers to by `Ref`, `Fn::GetAtt` and `Fn::Sub`. */
export function referencesIn(value: Json): readonly Reference[] {
  const found: Reference[] = []
  collect(value, found)
  return found
}

function collect(value: Json, found: Reference[]): void {
  if (isList(value)) for (const entry of value) collect(entry, found)
  if (!isObject(value)) return
  for (const [name, argument] of Object.entries(value)) {
    if (name === 'Ref' && typeof argument === 'string') found.push({ name: argument, kind: 'Ref' })
    else if (name === 'Fn::GetAtt') collectAttribute(argument, found)
    else if (name === 'Fn::Sub') collectSubstitution(argument, found)
    else collect(argument, found)
  }
}

function collectAttribute(argument: Json, found: Reference[]): void {
  const [name, attribute] = isList(argument) ? argument : String(argument).split(/\.(.*)/s)
  if (typeof name !== 'string') return
  const path = typeof attribute === 'string' ? { attribute } : {}
  found.push({ name, kind: 'GetAtt', ...path })
  if (attribute !== undefined) collect(attribute, found)
}

function collectSubstitution(argument: Json, found: Reference[]): void {
  const [text, given = {}] = isList(argument) ? argument : [argument]
  collect(given, found)
  if (typeof text !== 'string') return
  for (const name of namesIn(text)) {
    if (isObject(given) && Object.hasOwn(given, name)) continue
    const dot = name.startsWith('AWS::') ? -1 : name.indexOf('.')
    if (dot < 0) found.push({ name, kind: 'Ref' })
    else found.push({ name: name.slice(0, dot), kind: 'GetAtt', attribute: name.slice(dot + 1) })
  }
}

const pseudo: ReadonlySet<string> = new Set([
  'AWS::AccountId',
  'AWS::NoValue',
  'AWS::NotificationARNs',
  'AWS::Partition',
  'AWS::Region',
  'AWS::StackId',
  'AWS::StackName',
  'AWS::URLSuffix',
])

/** Checks that everything that a template refers to is there. Throws TemplateError. */
export function checkReferences(template: Template): void {
  const { parameters, resources, outputs, conditions } = template
  const isValue = (name: string) => Object.hasOwn(parameters, name) || pseudo.has(name)
  const blocks: [string, readonly Json[]][] = [
    ['Resources', Object.values(resources).map(({ properties }) => properties)],
    ['Outputs', Object.values(outputs).map(({ value, exportName }) => [value, exportName ?? ''])],
  ]
  for (const [block, values] of blocks) {
    const missing = new Set<string>()
    for (const { name, kind } of values.flatMap(referencesIn)) {
      if (Object.hasOwn(resources, name) || (kind === 'Ref' && isValue(name))) continue
      if (kind === 'GetAtt') {
        throw new TemplateError(
          `Template error: instance of Fn::GetAtt references undefined resource ${name}`,
        )
      }
      missing.add(name)
    }
    if (missing.size > 0) throw unresolved([...missing], block)
  }
  const missing = Object.values(resources)
    .flatMap(({ dependsOn }) => dependsOn)
    .filter((name) => !Object.hasOwn(resources, name))
  if (missing.length > 0) throw unresolved(missing, 'Resources')
  for (const { name } of Object.values(conditions).flatMap(referencesIn)) {
    if (isValue(name)) continue
    throw new TemplateError(
      `Template format error: Unresolved dependencies [${name}]. Cannot reference resources in the Conditions block of the template`,
    )
  }
  checkConditionNames(template)
}

function checkConditionNames({ resources, outputs, conditions }: Template): void {
  for (const [block, entries] of [
    ['Resources', resources],
    ['Outputs', outputs],
  ] as const) {
    for (const { condition } of Object.values(entries)) {
      if (condition === undefined || Object.hasOwn(conditions, condition)) continue
      throw new TemplateError(
        `Template format error: Unresolved condition dependency ${condition} in the ${block} block of the template`,
      )
    }
  }
}

function unresolved(names: readonly string[], block: string): TemplateError {
  return new TemplateError(
    `Template format error: Unresolved resource dependencies [${names.join(', ')}] in the ${block} block of the template`,
  )
}

/** What each resource needs to be there before it, by logical id. */
export type Dependencies = ReadonlyMap<string, readonly string[]>

/** The dependencies among the resources that `isActive` keeps. Throws TemplateError for a circle. */
export function dependenciesOf(
  { resources }: Pick<Template, 'resources'>,
  isActive: (logicalId: string) => boolean = () => true,
): Dependencies {
  const found = new Map<string, readonly string[]>()
  for (const [id, { properties, dependsOn }] of Object.entries(resources)) {
    if (!isActive(id)) continue
    const named = [...dependsOn, ...referencesIn(properties).map(({ name }) => name)]
    const needed = named.filter((name) => Object.hasOwn(resources, name) && isActive(name))
    found.set(id, [...new Set(needed)])
  }
  refuseCircles(found)
  return found
}

function refuseCircles(dependencies: Dependencies): void {
  const left = new Map(dependencies)
  for (;;) {
    const free = [...left].filter(([, needs]) => !needs.some((name) => left.has(name)))
    if (free.length === 0) break
    for (const [id] of free) left.delete(id)
  }
  if (left.size === 0) return
  throw new TemplateError(
    `Circular dependency between resources: [${[...left.keys()].sort().join(', ')}]`,
  )
}
