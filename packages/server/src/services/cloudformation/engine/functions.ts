import { subnets } from './cidr.ts'
import { isMet } from './conditions.ts'
import { isList, isObject, scalarText, type Json, type JsonObject } from './json.ts'
import { NotYetKnown, type Scope } from './scope.ts'
import { substitute } from './substitution.ts'
import { TemplateError } from './template-error.ts'
import { noValue, type Evaluation, type Value } from './value.ts'

/** An intrinsic function: its argument as the template has it, to what it comes to. */
export type IntrinsicFunction = (argument: Json, at: Evaluation) => Value

/**
 * The intrinsic functions, by name
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html).
 */
export const functions: Readonly<Record<string, IntrinsicFunction>> = {
  Ref: (argument, { scope }) => reference(String(argument), scope),
  'Fn::GetAtt': (argument, at) => attribute(argument, at),
  'Fn::Sub': substituted,
  'Fn::Join': joined,
  'Fn::Select': selected,
  'Fn::Split': splitText,
  'Fn::FindInMap': foundInMap,
  'Fn::If': chosen,
  'Fn::ImportValue': imported,
  'Fn::Base64': (argument, at) =>
    Buffer.from(textOf(at.evaluate(argument), 'Fn::Base64')).toString('base64'),
  'Fn::GetAZs': (argument, at) => {
    const region = textOf(at.evaluate(argument), 'Fn::GetAZs')
    return at.scope.zonesOf(region === '' ? String(at.scope.parameters['AWS::Region']) : region)
  },
  'Fn::Cidr': cidr,
  'Fn::Length': (argument, at) => {
    const list = at.evaluate(argument)
    if (list === noValue || !isList(list)) {
      throw new TemplateError('Template error: Fn::Length requires a list.')
    }
    return list.length
  },
  'Fn::ToJsonString': (argument, at) => {
    const value = at.evaluate(argument)
    return value === noValue ? '' : JSON.stringify(value)
  },
  'Fn::Transform': () => {
    throw new TemplateError('Template error: Fn::Transform names no transform that is found.')
  },
}

/** What `Ref` gives: a parameter's value, or a resource's physical id. */
function reference(name: string, { parameters, resource, isDeclared }: Scope): Value {
  if (name === 'AWS::NoValue') return noValue
  if (Object.hasOwn(parameters, name)) return parameters[name] ?? ''
  const found = resource(name)
  if (found) return found.ref
  if (isDeclared(name)) throw new NotYetKnown(name)
  throw new TemplateError(
    `Template format error: Unresolved resource dependencies [${name}] in the Resources block of the template`,
  )
}

function attribute(argument: Json, { scope, evaluate }: Evaluation): Value {
  const parts = typeof argument === 'string' ? splitAttribute(argument) : argument
  const [name, path] = isList(parts) ? parts : []
  if (typeof name !== 'string' || path === undefined) {
    throw new TemplateError(
      'Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute',
    )
  }
  return attributeOf(name, textOf(evaluate(path), 'Fn::GetAtt'), scope)
}

function splitAttribute(text: string): readonly string[] {
  const dot = text.indexOf('.')
  return dot < 0 ? [text] : [text.slice(0, dot), text.slice(dot + 1)]
}

/** What an attribute of a resource gives. */
function attributeOf(name: string, path: string, { resource, isDeclared }: Scope): Value {
  const found = resource(name)
  if (!found) {
    if (isDeclared(name)) throw new NotYetKnown(name)
    throw new TemplateError(
      `Template error: instance of Fn::GetAtt references undefined resource ${name}`,
    )
  }
  const value = found.attributes[path] ?? nested(found.attributes, path.split('.'))
  if (value !== undefined) return value
  throw new TemplateError(`Attribute '${path}' does not exist`)
}

function nested(from: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = from
  for (const step of path) value = isObject(value) ? value[step] : undefined
  return value
}

function substituted(argument: Json, { scope, evaluate }: Evaluation): Value {
  const [text, given = {}] = isList(argument) ? argument : [argument]
  if (typeof text !== 'string' || !isObject(given)) {
    throw new TemplateError(
      "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string",
    )
  }
  return substitute(text, (name) => {
    const own = given[name]
    if (own !== undefined) return textOf(evaluate(own), 'Fn::Sub')
    const isPlain = name.startsWith('AWS::') || !name.includes('.')
    const value = isPlain
      ? reference(name, scope)
      : attributeOf(...(splitAttribute(name) as [string, string]), scope)
    return textOf(value, 'Fn::Sub')
  })
}

function joined(argument: Json, { evaluate }: Evaluation): Value {
  const [delimiter, list] = isList(argument) ? argument : []
  const values = list === undefined ? undefined : evaluate(list)
  if (
    typeof delimiter !== 'string' ||
    values === undefined ||
    values === noValue ||
    !isList(values)
  ) {
    throw new TemplateError(
      'Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.',
    )
  }
  return values.map((value) => textOf(value, 'Fn::Join')).join(delimiter)
}

function selected(argument: Json, { evaluate }: Evaluation): Value {
  const [position, list] = isList(argument) ? argument : []
  if (position === undefined || list === undefined) {
    throw new TemplateError(
      'Template error: Fn::Select requires a list argument with two elements: an integer index and a list',
    )
  }
  const index = Number(textOf(evaluate(position), 'Fn::Select'))
  const values = evaluate(list)
  const found = values !== noValue && isList(values) ? values[index] : undefined
  if (found !== undefined) return found
  throw new TemplateError(
    `Template error: Fn::Select cannot select nonexistent value at index ${index}`,
  )
}

function splitText(argument: Json, { evaluate }: Evaluation): Value {
  const [delimiter, text] = isList(argument) ? argument : []
  const value = text === undefined ? undefined : evaluate(text)
  if (typeof delimiter !== 'string' || typeof value !== 'string') {
    throw new TemplateError(
      'Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.',
    )
  }
  return value.split(delimiter)
}

function foundInMap(argument: Json, { scope, evaluate }: Evaluation): Value {
  const [map, top, second, options] = isList(argument) ? argument : []
  if (map === undefined || top === undefined || second === undefined) {
    throw new TemplateError(
      'Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value',
    )
  }
  const path = [map, top, second].map((step) => textOf(evaluate(step), 'Fn::FindInMap'))
  const [name = '', key = '', attributeName = ''] = path
  const entry = scope.mappings[name]?.[key]
  const value = isObject(entry) ? entry[attributeName] : undefined
  if (value !== undefined) return value
  const fallback = isObject(options) ? options['DefaultValue'] : undefined
  if (fallback !== undefined) return evaluate(fallback)
  if (!scope.mappings[name]) {
    throw new TemplateError(
      `Template error: Mapping named '${name}' is not present in the 'Mappings' section of template.`,
    )
  }
  throw new TemplateError(`Template error: Unable to get mapping for ${path.join('::')}`)
}

function chosen(argument: Json, at: Evaluation): Value {
  const [condition, whenTrue, whenFalse] = isList(argument) ? argument : []
  if (typeof condition !== 'string' || whenTrue === undefined || whenFalse === undefined) {
    throw new TemplateError('Template error: Fn::If requires a list argument with three elements')
  }
  if (!Object.hasOwn(at.scope.conditions, condition)) {
    throw new TemplateError(
      `Template error: unresolved condition dependency ${condition} in Fn::If`,
    )
  }
  return at.evaluate(isMet(condition, at) ? whenTrue : whenFalse)
}

function imported(argument: Json, { scope, evaluate }: Evaluation): Value {
  const name = textOf(evaluate(argument), 'Fn::ImportValue')
  const value = scope.exported(name)
  if (value !== undefined) return value
  throw new TemplateError(`No export named ${name} found.`)
}

function cidr(argument: Json, { evaluate }: Evaluation): Value {
  const [block, count, bits] = isList(argument) ? argument : []
  if (block === undefined || count === undefined) {
    throw new TemplateError('Template error: every Fn::Cidr object requires two parameters.')
  }
  const text = (value: Json) => textOf(evaluate(value), 'Fn::Cidr')
  const size = bits === undefined ? undefined : Number(text(bits))
  return subnets(text(block), Number(text(count)), size)
}

function textOf(value: Value, name: string): string {
  const text = value === noValue ? '' : scalarText(value)
  if (text !== undefined) return text
  throw new TemplateError(`Template error: ${name} expected a string and found something else`)
}
