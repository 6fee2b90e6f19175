import type { NormalizedSchema } from '@smithy/core/schema'
import { WireDecodeError, type WireRequest } from './protocol.ts'
import { scalarFromText } from './scalars.ts'
import { kindOf, maxDepth } from './shapes.ts'

/** How a Query protocol names the fields of its form. */
export interface QueryDialect {
  /** ec2Query: lists are always flat, names are capitalized or `ec2QueryName`. */
  readonly ec2: boolean
}

/** One level of a form's dotted names: `Tags.member.1.Key=a` is four levels deep. */
interface FormNode {
  value?: string
  children?: Map<string, FormNode>
}

const scalars = { timestamps: 'date-time', code: 'MalformedInput' } as const

/** The form fields of a request: those of the query string, then those of the body. */
export function formFields(request: WireRequest): URLSearchParams {
  const fields = new URLSearchParams(request.query)
  if (request.body.length === 0) return fields
  const type = request.headers['content-type'] ?? ''
  if (type !== '' && !type.startsWith('application/x-www-form-urlencoded')) return fields
  for (const [name, value] of new URLSearchParams(Buffer.from(request.body).toString('utf8'))) {
    fields.append(name, value)
  }
  return fields
}

function formTree(fields: URLSearchParams): FormNode {
  const root: FormNode = {}
  for (const [name, value] of fields) {
    const path = name.split('.', maxDepth + 1)
    if (path.length > maxDepth) {
      throw new WireDecodeError('MalformedQueryString', 'Parameter name nested too deeply')
    }
    let node = root
    for (const step of path) {
      node.children ??= new Map()
      let child = node.children.get(step)
      if (child === undefined) {
        child = {}
        node.children.set(step, child)
      }
      node = child
    }
    node.value ??= value
  }
  return root
}

/** The children that are list positions, in order. AWS counts from 1; gaps close. */
function positions(node: FormNode | undefined): FormNode[] {
  const numbered: [number, FormNode][] = []
  for (const [step, child] of node?.children ?? []) {
    if (/^\d{1,9}$/.test(step)) numbered.push([Number(step), child])
  }
  return numbered.sort(([a], [b]) => a - b).map(([, child]) => child)
}

/** Reads typed values out of a form by schema. */
class FormReader {
  readonly #dialect: QueryDialect

  constructor(dialect: QueryDialect) {
    this.#dialect = dialect
  }

  read(schema: NormalizedSchema, node: FormNode): unknown {
    switch (kindOf(schema)) {
      case 'structure':
        return this.structure(schema, node)
      case 'list':
        return this.#list(schema, node)
      case 'map':
        return this.#map(schema, node)
      default:
        return node.value === undefined ? undefined : scalarFromText(schema, node.value, scalars)
    }
  }

  structure(schema: NormalizedSchema, node: FormNode): Record<string, unknown> {
    const structure: Record<string, unknown> = {}
    for (const [name, member] of schema.structIterator()) {
      const field = node.children?.get(this.#fieldName(name, member))
      if (field === undefined) continue
      const value = this.read(member, field)
      if (value !== undefined) structure[name] = value
    }
    return structure
  }

  #fieldName(name: string, member: NormalizedSchema): string {
    const { xmlName, ec2QueryName } = member.getMergedTraits()
    if (!this.#dialect.ec2) return xmlName ?? name
    if (typeof ec2QueryName === 'string') return ec2QueryName
    const wireName = xmlName ?? name
    return wireName.charAt(0).toUpperCase() + wireName.slice(1)
  }

  #list(schema: NormalizedSchema, node: FormNode): unknown[] {
    const element = schema.getValueSchema()
    const flat = this.#dialect.ec2 || schema.getMergedTraits().xmlFlattened === 1
    // Clients differ on `member`: a list's locationName, plain `member`, or none at all.
    const named = flat
      ? undefined
      : (node.children?.get(element.getMergedTraits().xmlName ?? 'member') ??
        node.children?.get('member'))
    return positions(named ?? node)
      .map((child) => this.read(element, child))
      .filter((value) => value !== undefined)
  }

  #map(schema: NormalizedSchema, node: FormNode): Record<string, unknown> {
    const flat = schema.getMergedTraits().xmlFlattened === 1
    const keyName = schema.getKeySchema().getMergedTraits().xmlName ?? 'key'
    const valueSchema = schema.getValueSchema()
    const valueName = valueSchema.getMergedTraits().xmlName ?? 'value'
    const map: Record<string, unknown> = Object.create(null)
    for (const entry of positions(flat ? node : node.children?.get('entry'))) {
      const key = entry.children?.get(keyName)?.value
      if (key === undefined) continue
      const value = this.read(valueSchema, entry.children?.get(valueName) ?? {})
      if (value !== undefined) map[key] = value
    }
    return map
  }
}

/** Makes the reader of a Query dialect: a request and its input's schema in, typed input out. */
export function queryReader(
  dialect: QueryDialect,
): (schema: NormalizedSchema, request: WireRequest) => Record<string, unknown> {
  const reader = new FormReader(dialect)
  return (schema, request) => {
    if (schema.isUnitSchema()) return {}
    return reader.structure(schema, formTree(formFields(request)))
  }
}
