import { readDocument } from './document.ts'
import { isList, isObject, scalarText, type Json, type JsonObject } from './json.ts'
import { readParameter, type ParameterDeclaration } from './parameters.ts'
import { rotationTransforms, withRotationFunctions } from './rotation-transform.ts'
import { TemplateError } from './template-error.ts'

/** What becomes of a resource that is deleted or replaced. */
export type RetentionPolicy = 'Delete' | 'Retain' | 'Snapshot' | 'RetainExceptOnCreate'

/** A resource as a template declares it. */
export interface ResourceDeclaration {
  readonly type: string
  readonly properties: JsonObject
  readonly dependsOn: readonly string[]
  readonly condition?: string
  readonly deletionPolicy?: RetentionPolicy
  readonly updateReplacePolicy?: RetentionPolicy
  readonly metadata?: Json
  readonly description?: string
  readonly creationPolicy?: Json
}

/** An output as a template declares it. */
export interface OutputDeclaration {
  readonly value: Json
  readonly description?: string
  readonly exportName?: Json
  readonly condition?: string
}

/** A template, its structure checked. */
export interface Template {
  readonly version?: string
  readonly description?: string
  readonly metadata?: Json
  readonly transforms: readonly string[]
  readonly parameters: Readonly<Record<string, ParameterDeclaration>>
  readonly mappings: Readonly<Record<string, JsonObject>>
  readonly conditions: Readonly<Record<string, Json>>
  readonly rules: Readonly<Record<string, JsonObject>>
  readonly resources: Readonly<Record<string, ResourceDeclaration>>
  readonly outputs: Readonly<Record<string, OutputDeclaration>>
}

const sections = [
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Transform',
  'Parameters',
  'Mappings',
  'Conditions',
  'Rules',
  'Resources',
  'Outputs',
  'Hooks',
]

const resourceMembers = [
  'Type',
  'Properties',
  'DependsOn',
  'Condition',
  'DeletionPolicy',
  'UpdateReplacePolicy',
  'UpdatePolicy',
  'CreationPolicy',
  'Metadata',
  'Description',
]

/** The transforms that are understood; language extensions add functions, which are there in any case. */
const understood: readonly string[] = ['AWS::LanguageExtensions', ...rotationTransforms]

/** A template's text as its transforms leave it. Throws TemplateError. */
export function processedDocument(text: string): JsonObject {
  const document = readDocument(text)
  const { Transform, Resources, ...rest } = document
  const isRotating = transformsOf(Transform).some((name) => rotationTransforms.includes(name))
  if (!isRotating || !isObject(Resources)) return document
  return {
    ...rest,
    ...(Transform !== undefined && { Transform }),
    Resources: withRotationFunctions(Resources),
  }
}

/** Reads a template and checks its structure. Throws TemplateError in CloudFormation's words. */
export function readTemplate(text: string): Template {
  const document = processedDocument(text)
  const unknown = Object.keys(document).filter((name) => !sections.includes(name))
  if (unknown.length > 0) {
    throw format(`Invalid template property or properties [${unknown.join(', ')}]`, '')
  }
  const { AWSTemplateFormatVersion: version, Description: description, Metadata } = document
  if (version !== undefined && scalarText(version) !== '2010-09-09') {
    throw format(`Unsupported template version: ${scalarText(version)}`)
  }
  if (description !== undefined && typeof description !== 'string') {
    throw format('Description must be a string.')
  }
  const resources = section(document, 'Resources')
  if (Object.keys(resources).length === 0) {
    throw format('At least one Resources member must be defined.')
  }
  return {
    ...(version !== undefined && { version: '2010-09-09' }),
    ...(description !== undefined && { description }),
    ...(Metadata !== undefined && { metadata: Metadata }),
    transforms: transformsOf(document['Transform']),
    parameters: mapped(section(document, 'Parameters'), readParameter),
    mappings: mapped(section(document, 'Mappings'), readMapping),
    conditions: section(document, 'Conditions'),
    rules: mapped(section(document, 'Rules'), (name, value) => objectAt(value, `Rules/${name}`)),
    resources: mapped(resources, readResource),
    outputs: distinctExports(mapped(section(document, 'Outputs'), readOutput)),
  }
}

function transformsOf(value: Json | undefined): string[] {
  const names = (value === undefined ? [] : [value].flat()).map((each) =>
    isObject(each) ? String(each['Name']) : String(each),
  )
  const unknown = names.filter((name) => !understood.includes(name))
  if (unknown.length > 0) {
    throw new TemplateError(`No transform named ${unknown[0]} found.`)
  }
  return names
}

function section(document: JsonObject, name: string): JsonObject {
  const value = document[name]
  if (value === undefined) return {}
  if (!isObject(value)) throw format(`${name} must be an object`)
  return value
}

function mapped<T>(
  entries: JsonObject,
  read: (name: string, value: Json) => T,
): Readonly<Record<string, T>> {
  return Object.fromEntries(
    Object.entries(entries).map(([name, value]) => [name, read(name, value)]),
  )
}

function readMapping(name: string, value: Json): JsonObject {
  const mapping = objectAt(value, `Mappings/${name}`)
  for (const [key, attributes] of Object.entries(mapping)) {
    for (const attribute of Object.values(objectAt(attributes, `Mappings/${name}/${key}`))) {
      const isFlat = scalarText(attribute) !== undefined || isList(attribute)
      if (!isFlat) throw format('Every Mappings attribute must be a String or a List.')
    }
  }
  return mapping
}

function readResource(name: string, value: Json): ResourceDeclaration {
  if (!/^[A-Za-z0-9]+$/.test(name)) throw format(`Resource name ${name} is non alphanumeric.`)
  if (!isObject(value)) {
    throw format(`[/Resources/${name}] resource definition is malformed`)
  }
  const unknown = Object.keys(value).find((member) => !resourceMembers.includes(member))
  if (unknown !== undefined)
    throw new TemplateError(`Invalid template resource property '${unknown}'`)
  const { Type: type, Properties: properties = {}, DependsOn, Condition, Metadata } = value
  if (typeof type !== 'string') {
    throw format(`[/Resources/${name}] Every Resources object must contain a Type member.`)
  }
  if (!isObject(properties)) {
    throw format(`[/Resources/${name}/Properties] Properties must be an object`)
  }
  const deletionPolicy = retention(name, 'DeletionPolicy', value['DeletionPolicy'])
  const updateReplacePolicy = retention(name, 'UpdateReplacePolicy', value['UpdateReplacePolicy'])
  const { Description: description, CreationPolicy: creationPolicy } = value
  return {
    type,
    properties,
    dependsOn: namesIn(DependsOn, `[/Resources/${name}/DependsOn]`),
    ...(typeof Condition === 'string' && { condition: Condition }),
    ...(deletionPolicy && { deletionPolicy }),
    ...(updateReplacePolicy && { updateReplacePolicy }),
    ...(Metadata !== undefined && { metadata: Metadata }),
    ...(typeof description === 'string' && { description }),
    ...(creationPolicy !== undefined && { creationPolicy }),
  }
}

const retentions: readonly RetentionPolicy[] = [
  'Delete',
  'Retain',
  'Snapshot',
  'RetainExceptOnCreate',
]

function retention(
  resource: string,
  name: string,
  value: Json | undefined,
): RetentionPolicy | undefined {
  if (value === undefined) return undefined
  const found = retentions.find((policy) => policy === value)
  if (found) return found
  throw format(`Unrecognized ${name} ${JSON.stringify(value)} for resource ${resource}`)
}

function namesIn(value: Json | undefined, where: string): string[] {
  if (value === undefined) return []
  const names = [value].flat()
  if (names.every((name) => typeof name === 'string')) return names
  throw format(`${where} Every DependsOn value must be a string or a list of strings.`)
}

function readOutput(name: string, value: Json): OutputDeclaration {
  if (!/^[A-Za-z0-9]+$/.test(name)) throw format(`Output name ${name} is non alphanumeric.`)
  const output = objectAt(value, `Outputs/${name}`)
  const { Value, Description: description, Export, Condition } = output
  if (Value === undefined) {
    throw format(`Output ${name} is malformed. Every Outputs member must contain a Value object.`)
  }
  const exportName = isObject(Export) ? Export['Name'] : undefined
  return {
    value: Value,
    ...(typeof description === 'string' && { description }),
    ...(exportName !== undefined && { exportName }),
    ...(typeof Condition === 'string' && { condition: Condition }),
  }
}

/** Outputs, no two of which are always exported under one name, as far as that can be told before anything is evaluated. */
function distinctExports(
  outputs: Readonly<Record<string, OutputDeclaration>>,
): Readonly<Record<string, OutputDeclaration>> {
  const always = Object.values(outputs).filter(({ condition }) => condition === undefined)
  const names = always.flatMap(({ exportName }) =>
    exportName === undefined
      ? []
      : [typeof exportName === 'string' ? exportName : JSON.stringify(exportName)],
  )
  requireDistinctExports(names)
  return outputs
}

/** Throws TemplateError when a name is exported twice. */
export function requireDistinctExports(names: readonly string[]): void {
  const twice = names.filter((name, at) => names.indexOf(name) !== at)
  if (twice.length === 0) return
  const list = [...new Set(twice)].join(', ')
  throw format(
    `The Outputs section contains duplicate Export names: [${list}]. Specify a unique name for each export.`,
  )
}

function objectAt(value: Json, path: string): JsonObject {
  if (isObject(value)) return value
  throw format(`[/${path}] Every ${path.split('/')[0]} member must be an object.`)
}

function format(message: string, prefix = 'Template format error: '): TemplateError {
  return new TemplateError(prefix + message)
}
