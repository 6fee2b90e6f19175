import { isList, isObject, scalarText, type Json, type JsonObject } from './json.ts'
import { TemplateError } from './template-error.ts'

/** A parameter as a template declares it. */
export interface ParameterDeclaration {
  readonly type: string
  readonly default?: string
  readonly noEcho: boolean
  readonly description?: string
  readonly constraintDescription?: string
  readonly allowedValues?: readonly string[]
  readonly allowedPattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minValue?: number
  readonly maxValue?: number
}

/** A value for a parameter, or the wish to keep the one of before. */
export interface GivenParameter {
  readonly value?: string
  readonly usePrevious?: boolean
}

const members = [
  'Type',
  'Default',
  'NoEcho',
  'Description',
  'ConstraintDescription',
  'AllowedValues',
  'AllowedPattern',
  'MinLength',
  'MaxLength',
  'MinValue',
  'MaxValue',
]

const plainTypes = /^(String|Number|List<Number>|List<String>|CommaDelimitedList)$/
const awsTypes = /^(List<)?AWS::[A-Za-z0-9]+(::[A-Za-z0-9.]+)+>?$/
const ssmValue = /^AWS::SSM::Parameter::Value<(.+)>$/

/** Reads the declaration of a parameter. Throws TemplateError. */
export function readParameter(name: string, value: Json): ParameterDeclaration {
  const where = `Template format error: `
  if (!/^[A-Za-z0-9]+$/.test(name)) {
    throw new TemplateError(`${where}Parameter name ${name} is non alphanumeric.`)
  }
  if (!isObject(value)) {
    throw new TemplateError(`${where}Every Parameters member must be an object.`)
  }
  const unknown = Object.keys(value).filter((member) => !members.includes(member))
  if (unknown.length > 0) {
    throw new TemplateError(`Invalid template parameter property '${unknown[0]}'`)
  }
  const type = value['Type']
  if (typeof type !== 'string') {
    throw new TemplateError(`${where}Every Parameters object must contain a Type member.`)
  }
  if (!plainTypes.test(type) && !awsTypes.test(type) && !ssmValue.test(type)) {
    throw new TemplateError(`${where}Unrecognized parameter type: ${type}`)
  }
  const given = value['Default']
  const allowed = value['AllowedValues']
  return {
    type,
    ...(given !== undefined && { default: defaultText(given) }),
    noEcho: scalarText(value['NoEcho']) === 'true',
    ...textMember(value, 'Description', 'description'),
    ...textMember(value, 'ConstraintDescription', 'constraintDescription'),
    ...textMember(value, 'AllowedPattern', 'allowedPattern'),
    ...(isList(allowed) && { allowedValues: allowed.map((each) => scalarText(each) ?? '') }),
    ...numberMember(value, 'MinLength', 'minLength'),
    ...numberMember(value, 'MaxLength', 'maxLength'),
    ...numberMember(value, 'MinValue', 'minValue'),
    ...numberMember(value, 'MaxValue', 'maxValue'),
  }
}

function defaultText(value: Json): string {
  const text = scalarText(value)
  if (text !== undefined) return text
  throw new TemplateError('Template format error: Every Default member must be a string.')
}

function textMember(from: JsonObject, name: string, as: string): Record<string, string> {
  const text = scalarText(from[name])
  return text === undefined ? {} : { [as]: text }
}

function numberMember(from: JsonObject, name: string, as: string): Record<string, number> {
  const text = scalarText(from[name])
  return text === undefined ? {} : { [as]: Number(text) }
}

type Declarations = Readonly<Record<string, ParameterDeclaration>>
type Given = Readonly<Record<string, GivenParameter>>

/**
 * The values of a template's parameters from what was given, kept or declared as default. Throws
 * TemplateError where one is missing, unknown or breaks its constraints.
 */
export function parameterValues(
  declared: Declarations,
  given: Given,
  previous: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(declared, name))
  if (unknown.length > 0) {
    throw new TemplateError(`Parameters: [${unknown.join(', ')}] do not exist in the template`)
  }
  const values: Record<string, string> = {}
  const missing: string[] = []
  for (const [name, declaration] of Object.entries(declared)) {
    const { value, usePrevious } = given[name] ?? {}
    const kept = usePrevious ? previous[name] : value
    const found = kept ?? (usePrevious ? undefined : declaration.default)
    if (found === undefined) missing.push(name)
    else values[name] = found
  }
  if (missing.length > 0) {
    throw new TemplateError(`Parameters: [${missing.join(', ')}] must have values`)
  }
  for (const [name, value] of Object.entries(values)) {
    const declaration = declared[name]
    if (declaration) check(name, declaration, value)
  }
  return values
}

function check(name: string, declaration: ParameterDeclaration, value: string): void {
  const { type, constraintDescription } = declaration
  const isPlainList = type === 'CommaDelimitedList' || type.startsWith('List<')
  const parts = isPlainList ? splitList(value) : [value]
  for (const part of parts) {
    const problem = problemOf(name, declaration, part)
    if (problem === undefined) continue
    throw new TemplateError(
      constraintDescription === undefined
        ? problem
        : `Parameter ${name} failed to satisfy constraint: ${constraintDescription}`,
    )
  }
}

function problemOf(
  name: string,
  declaration: ParameterDeclaration,
  value: string,
): string | undefined {
  const { allowedValues, allowedPattern, minLength, maxLength, minValue, maxValue } = declaration
  const isNumber = declaration.type === 'Number' || declaration.type === 'List<Number>'
  if (isNumber && (value.trim() === '' || !Number.isFinite(Number(value)))) {
    return `Parameter '${name}' must be a number.`
  }
  if (allowedValues && !allowedValues.includes(value)) {
    return `Parameter '${name}' must be one of AllowedValues`
  }
  if (allowedPattern !== undefined && !new RegExp(`^(?:${allowedPattern})$`).test(value)) {
    return `Parameter '${name}' must match pattern ${allowedPattern}`
  }
  if (minLength !== undefined && value.length < minLength) {
    return `Parameter '${name}' must contain at least ${minLength} characters`
  }
  if (maxLength !== undefined && value.length > maxLength) {
    return `Parameter '${name}' must contain at most ${maxLength} characters`
  }
  if (minValue !== undefined && Number(value) < minValue) {
    return `Parameter '${name}' must be a number not less than ${minValue}`
  }
  if (maxValue !== undefined && Number(value) > maxValue) {
    return `Parameter '${name}' must be a number not greater than ${maxValue}`
  }
  return undefined
}

/** What a parameter stands for in the template: its text, or its list. */
export function parameterMeaning(type: string, value: string): Json {
  const inner = ssmValue.exec(type)?.[1] ?? type
  const isMany = inner === 'CommaDelimitedList' || inner.startsWith('List<')
  return isMany ? splitList(value) : value
}

/** Whether a parameter's value is the name of one in Parameter Store, whose value it stands for. */
export function isStoreParameter(type: string): boolean {
  return ssmValue.test(type)
}

function splitList(value: string): string[] {
  return value === '' ? [] : value.split(',').map((part) => part.trim())
}
