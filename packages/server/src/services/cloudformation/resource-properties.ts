import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import type { ResourceType } from '../../kernel/resource-type.ts'
import { resolveDynamic, type DynamicReference } from './engine/dynamic-references.ts'
import { evaluateObject } from './engine/evaluate.ts'
import { isList, isObject, type Json, type JsonObject } from './engine/json.ts'
import type { Scope } from './engine/scope.ts'
import { TemplateError } from './engine/template-error.ts'
import type { AwaitedType } from './awaited-type.ts'
import { isAwaited } from './resource-types.ts'
import { callAsStack } from './stack-calls.ts'
import type { StackRow, StackTag } from './store.ts'

/** A resource's properties with functions evaluated and the stack's tags put in; dynamic references stay. */
export function evaluatedProperties(
  declared: JsonObject,
  scope: Scope,
  type: ResourceType | AwaitedType,
  tags: readonly StackTag[],
): JsonObject {
  const properties = evaluateObject(declared, scope)
  if (isAwaited(type)) return properties
  checkProperties(properties, type)
  return type.tags === undefined || tags.length === 0
    ? properties
    : { ...properties, Tags: withTags(properties['Tags'], tags, type.tags) }
}

function checkProperties(properties: JsonObject, type: ResourceType): void {
  const known = [...type.required, ...type.optional]
  const unknown = Object.keys(properties).filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    throw new TemplateError(
      `Properties validation failed for resource with message:\nEncountered unsupported property ${unknown[0]}`,
    )
  }
  const missing = type.required.filter((name) => properties[name] === undefined)
  if (missing.length > 0) {
    throw new TemplateError(
      `Properties validation failed for resource with message:\n#: required key [${missing[0]}] not found`,
    )
  }
}

/** A resource's own tags win over the stack's. */
function withTags(own: Json | undefined, tags: readonly StackTag[], form: 'list' | 'map'): Json {
  if (form === 'map') {
    const stackTags = Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]))
    return { ...stackTags, ...(isObject(own) ? own : {}) }
  }
  const list = isList(own) ? own : []
  const keys = list.flatMap((tag) => (isObject(tag) ? [tag['Key']] : []))
  return [...list, ...tags.filter(({ Key }) => !keys.includes(Key)).map((tag) => ({ ...tag }))]
}

/** Puts in what dynamic references stand for, read as the stack does. */
export async function withDynamicValues(
  ctx: Context,
  stack: StackRow,
  properties: JsonObject,
): Promise<JsonObject> {
  const call = callAsStack(ctx, stack)
  const resolved = await resolveDynamic(properties, (reference) => lookUp(call, reference))
  return isObject(resolved) ? resolved : {}
}

type Call = ReturnType<typeof callAsStack>

async function lookUp(call: Call, reference: DynamicReference): Promise<string> {
  const { service, name, version } = reference
  if (service !== 'secretsmanager') {
    const Name = version === undefined ? name : `${name}:${version}`
    const WithDecryption = service === 'ssm-secure'
    const answer = await called(() => call('ssm', 'GetParameter', { Name, WithDecryption }), {
      ParameterNotFound: `Parameters: [${service}:${Name}] cannot be found.`,
    })
    const { Type, Value = '' } = answer['Parameter'] as { Type?: string; Value?: string }
    if (!WithDecryption && Type === 'SecureString') {
      throw new TemplateError(
        `Parameters [${Name}] referenced by template have types not supported by CloudFormation.`,
      )
    }
    return Value
  }
  const answer = await called(() =>
    call('secretsmanager', 'GetSecretValue', {
      SecretId: name,
      ...(reference.versionStage && { VersionStage: reference.versionStage }),
      ...(reference.versionId && { VersionId: reference.versionId }),
    }),
  )
  const text = String(answer['SecretString'] ?? '')
  return reference.jsonKey === undefined ? text : memberOf(text, reference.jsonKey)
}

function memberOf(text: string, key: string): string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new TemplateError('Could not parse SecretString JSON')
  }
  const found = isObject(value) ? value[key] : undefined
  if (found === undefined)
    throw new TemplateError(`Could not find a value associated with JSONKey in SecretString`)
  return typeof found === 'string' ? found : JSON.stringify(found)
}

/** A service that this server does not have is a refusal like any other; some are told in CloudFormation’s words. */
async function called<T>(
  run: () => Promise<T>,
  words: Readonly<Record<string, string>> = {},
): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof AwsError) {
      const text = words[error.code]
      throw text === undefined ? error : new TemplateError(text)
    }
    throw new TemplateError(error instanceof Error ? error.message : 'the reference cannot be read')
  }
}
