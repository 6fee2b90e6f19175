import type {
  FieldToMatch,
  PreParseTextTransformation,
  TextTransformation,
} from '@aws-sdk/client-wafv2'
import { fieldOf } from './fields/field.ts'
import type { Field } from './fields/field.ts'
import { preParseOf } from './fields/pre-parse.ts'
import type { Inspection } from './inspection.ts'
import type { AddressSet } from './surroundings.ts'
import { transformations } from './transformations/index.ts'
import type { Transformation } from './transformations/index.ts'

/** A component after a chain of transformations: what a statement looks at. */
export interface View {
  readonly field: Field
  readonly transformations: readonly string[]
  texts(inspection: Inspection): readonly string[]
}

/** What the statements of one web ACL share while they are compiled: slots for what is read and transformed once, and its sets. */
export interface Compilation {
  field(component: FieldToMatch, preParse?: readonly PreParseTextTransformation[]): Field
  view(field: Field, chain: readonly TextTransformation[] | undefined): View
  ipSet(arn: string): AddressSet
  regexSet(arn: string): readonly string[]
}

/** Slots are given by what is asked for, so that two rules that look at one thing share it. */
export function newCompilation(
  ipSet: Compilation['ipSet'],
  regexSet: Compilation['regexSet'],
): Compilation {
  const fields = new Map<string, Field>()
  const views = new Map<string, View>()
  return {
    ipSet,
    regexSet,
    field(component, chain) {
      const field = fieldOf(component, fields.size, preParseOf(chain))
      const known = fields.get(field.key)
      if (known === undefined) fields.set(field.key, field)
      return known ?? field
    },
    view(field, chain) {
      const names = namesOf(chain)
      let view = rootView(field)
      for (let length = 1; length <= names.length; length += 1) {
        const key = `${field.key} ${names.slice(0, length).join(' ')}`
        view = views.get(key) ?? transformedView(view, names.slice(0, length), views.size)
        views.set(key, view)
      }
      return view
    },
  }
}

/** The names of the transformations that change anything, in the order of their priorities. */
export function namesOf(
  chain: readonly { Priority?: number | undefined; Type?: string | undefined }[] | undefined,
): string[] {
  return (chain ?? [])
    .toSorted((a, b) => (a.Priority ?? 0) - (b.Priority ?? 0))
    .flatMap(({ Type = 'NONE' }) => (Type === 'NONE' ? [] : [Type]))
}

function rootView(field: Field): View {
  return { field, transformations: [], texts: (inspection) => field.read(inspection).texts }
}

function transformedView(from: View, names: readonly string[], slot: number): View {
  const transform = transformationNamed(names.at(-1) ?? '')
  return {
    field: from.field,
    transformations: names,
    texts(inspection) {
      return (inspection.transformed[slot] ??= from.texts(inspection).map(transform))
    },
  }
}

function transformationNamed(name: string): Transformation {
  const known = transformations.get(name)
  if (known === undefined) throw new Error(`there is no text transformation ${name}`)
  return known
}
