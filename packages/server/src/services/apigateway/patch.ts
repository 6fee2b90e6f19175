import type { PatchOperation } from '@aws-sdk/client-api-gateway'
import { badRequest } from './errors.ts'

/** How one path of a patch changes a value of type T; `keys` are the path's variable parts, unescaped. */
export interface Patchable<T> {
  /** `/name`, `/variables/*`: a star stands for one part. */
  readonly path: string
  readonly ops: readonly ('add' | 'replace' | 'remove')[]
  apply(target: T, value: string | undefined, keys: readonly string[]): T
}

/** Parts of a JSON pointer (RFC 6901). */
function partsOf(path: string): string[] {
  return path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function keysUnder(pattern: readonly string[], parts: readonly string[]): string[] | undefined {
  if (pattern.length !== parts.length) return undefined
  const fits = pattern.every((part, at) => part === '*' || part === parts[at])
  return fits ? parts.filter((_, at) => pattern[at] === '*') : undefined
}

/**
 * Carries out a patch, one operation after the other
 * (https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html). Throws BadRequestException.
 */
export function patched<T>(
  target: T,
  operations: readonly PatchOperation[] = [],
  patchables: readonly Patchable<T>[],
): T {
  return operations.reduce((current, { op = 'replace', path = '', value }) => {
    const parts = partsOf(path)
    for (const patchable of patchables) {
      const keys = keysUnder(partsOf(patchable.path), parts)
      if (!keys) continue
      if (!patchable.ops.some((known) => known === op)) {
        throw badRequest(
          `Invalid patch operation specified. Must be one of: [${patchable.ops.join(', ')}]`,
        )
      }
      return patchable.apply(current, op === 'remove' ? undefined : (value ?? ''), keys)
    }
    const known = patchables.map((patchable) => patchable.path)
    throw badRequest(
      `Invalid patch path  '${path}' specified for op '${op}'. Must be one of: [${known.join(', ')}]`,
    )
  }, target)
}

/** A text member that may be set, and taken away where it is not needed. */
export function text<T extends object>(path: string, member: keyof T & string): Patchable<T> {
  return {
    path,
    ops: ['replace', 'remove', 'add'],
    apply: (target, value) => withMember(target, member, value),
  }
}

/** A member that is true or false. */
export function flag<T extends object>(path: string, member: keyof T & string): Patchable<T> {
  return {
    path,
    ops: ['replace', 'add'],
    apply: (target, value) => withMember(target, member, booleanOf(value)),
  }
}

/** An entry of a map member, under the path's last part. */
export function entry<T extends object>(
  path: string,
  member: keyof T & string,
  read: (value: string) => unknown = (value) => value,
): Patchable<T> {
  return {
    path,
    ops: ['replace', 'add', 'remove'],
    apply(target, value, keys) {
      const map = (target[member] ?? {}) as Readonly<Record<string, unknown>>
      const changed = withMember(
        map,
        keys.at(-1) ?? '',
        value === undefined ? undefined : read(value),
      )
      return { ...target, [member]: changed }
    },
  }
}

/** A member of a list, named by the path's last part: `/binaryMediaTypes/image~1png`. */
export function listed<T extends object>(path: string, member: keyof T & string): Patchable<T> {
  return {
    path,
    ops: ['add', 'remove', 'replace'],
    apply(target, value, keys) {
      const list = (target[member] ?? []) as readonly string[]
      const [key = ''] = keys
      const others = list.filter((each) => each !== key)
      return { ...target, [member]: value === undefined ? others : [...others, value || key] }
    },
  }
}

/** A boolean as patches write it. Throws BadRequestException. */
export function booleanOf(value: string | undefined): boolean {
  if (value !== 'true' && value !== 'false') {
    throw badRequest('Invalid boolean value specified, must be one of: [true, false]')
  }
  return value === 'true'
}

/** A number as patches write it. Throws BadRequestException. */
export function numberOf(value: string | undefined): number {
  const number = Number(value)
  if (value === undefined || value === '' || Number.isNaN(number)) {
    throw badRequest(`Invalid number value specified: ${value ?? ''}`)
  }
  return number
}

/** An object with one member set; undefined takes it away. */
export function withMember<T extends object>(target: T, member: string, value: unknown): T {
  if (value !== undefined) return { ...target, [member]: value }
  const kept = Object.entries(target).filter(([name]) => name !== member)
  return Object.fromEntries(kept) as T
}
