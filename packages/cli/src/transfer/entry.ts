import type { RotationRulesType } from '@aws-sdk/client-secrets-manager'
import type { ParameterType } from '@aws-sdk/client-ssm'

/** A parameter on its way into or out of an installation. */
export interface ParameterEntry {
  readonly kind: 'parameter'
  readonly name: string
  readonly type: ParameterType
  readonly value: string
  readonly description?: string
  readonly dataType?: string
  readonly allowedPattern?: string
  /** Of the version that is moved. */
  readonly labels?: readonly string[]
  readonly tags?: Readonly<Record<string, string>>
}

/** By which function a secret rotates, and when. */
export interface Rotation {
  readonly lambdaArn: string
  readonly rules?: RotationRulesType
}

/** A secret on its way: the value of its current version, text or bytes. */
export interface SecretEntry {
  readonly kind: 'secret'
  readonly name: string
  readonly value: string | Uint8Array
  /** Staging labels of the current version beside AWS's own. */
  readonly stages?: readonly string[]
  /** The resource policy, JSON text. */
  readonly policy?: string
  readonly rotation?: Rotation
  readonly description?: string
  readonly tags?: Readonly<Record<string, string>>
}

/** What is moved. */
export type Entry = ParameterEntry | SecretEntry

/** Something that a source has and cannot give, by name, with the reason. */
export interface Unreadable {
  readonly kind: Entry['kind']
  readonly name: string
  readonly reason: string
}

/** What a source gives, one by one. */
export type Source = AsyncIterable<Entry | Unreadable> | Iterable<Entry | Unreadable>

/** Whether a source could not give something. */
export function isUnreadable(item: Entry | Unreadable): item is Unreadable {
  return 'reason' in item
}

/** Why a call failed, as AWS says it; it never holds a value. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return `${error.name}: ${error.message}`
}

const parameterForm = /^[A-Za-z0-9_.\-/]+$/
const secretForm = /^[A-Za-z0-9/_+=.@-]+$/

/** Why an entry cannot be kept as it is; undefined when it can. */
export function faultOf(entry: Entry): string | undefined {
  const form = entry.kind === 'parameter' ? parameterForm : secretForm
  if (!form.test(entry.name)) return 'the name holds characters that AWS does not take'
  return entry.value.length === 0 ? 'the value is empty' : undefined
}
