import { isList, isObject, type Json } from './json.ts'
import { TemplateError } from './template-error.ts'

/** A dynamic reference: `{{resolve:service:key}}`. */
export interface DynamicReference {
  readonly service: 'ssm' | 'ssm-secure' | 'secretsmanager'
  /** The parameter's name, or the secret's name or ARN. */
  readonly name: string
  /** Of a parameter: its version. */
  readonly version?: string
  /** Of a secret: `SecretString`, a key in its JSON, a staging label and a version id. */
  readonly jsonKey?: string
  readonly versionStage?: string
  readonly versionId?: string
}

const pattern = /\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]+)\}\}/g

/**
 * Puts what dynamic references stand for into a value
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html).
 */
export async function resolveDynamic(
  value: Json,
  lookUp: (reference: DynamicReference) => Promise<string>,
): Promise<Json> {
  if (typeof value === 'string') return resolveText(value, lookUp)
  if (isList(value)) return Promise.all(value.map((entry) => resolveDynamic(entry, lookUp)))
  if (!isObject(value)) return value
  const members = Object.entries(value).map(
    async ([name, entry]) => [name, await resolveDynamic(entry, lookUp)] as const,
  )
  return Object.fromEntries(await Promise.all(members))
}

async function resolveText(
  text: string,
  lookUp: (reference: DynamicReference) => Promise<string>,
): Promise<string> {
  let result = ''
  let end = 0
  for (const match of text.matchAll(pattern)) {
    const [whole, service = '', rest = ''] = match
    result += text.slice(end, match.index) + (await lookUp(readReference(service, rest)))
    end = match.index + whole.length
  }
  return result + text.slice(end)
}

/** Reads what stands after `{{resolve:service:`. Throws TemplateError. */
export function readReference(service: string, rest: string): DynamicReference {
  if (service === 'ssm' || service === 'ssm-secure') {
    const [, name = '', version] = /^(.+?)(?::(\d+))?$/.exec(rest) ?? []
    if (!/^[A-Za-z0-9_.\-/]+$/.test(name)) throw incorrect(service, rest)
    return { service, name, ...(version !== undefined && { version }) }
  }
  const arn = /^arn:[^:]+:secretsmanager:[^:]*:\d*:secret:[^:]+/.exec(rest)?.[0]
  const name = arn ?? rest.split(':')[0] ?? ''
  const [kind, jsonKey, versionStage, versionId] = rest.slice(name.length + 1).split(':')
  const isSound = name !== '' && (!kind || kind === 'SecretString') && !(versionStage && versionId)
  if (!isSound) throw incorrect(service, rest)
  return {
    service: 'secretsmanager',
    name,
    ...(jsonKey && { jsonKey }),
    ...(versionStage && { versionStage }),
    ...(versionId && { versionId }),
  }
}

function incorrect(service: string, rest: string): TemplateError {
  return new TemplateError(
    `Incorrect format is used in the following dynamic reference: [{{resolve:${service}:${rest}}}]`,
  )
}
