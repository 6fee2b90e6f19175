import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
} from 'yaml'
import { isObject, type Json, type JsonObject } from './json.ts'
import { TemplateError } from './template-error.ts'

/** Aliases may not blow a template up beyond this many values. */
const maxNodes = 200_000

/**
 * Reads a template's text, JSON or YAML, with the short forms of intrinsic functions written out.
 * Throws TemplateError.
 */
export function readDocument(text: string): JsonObject {
  const value = text.trimStart().startsWith('{') ? readJson(text) : readYaml(text)
  if (!isObject(value)) throw new TemplateError('Template format error: unsupported structure.')
  refuseNull(value, '')
  return value
}

function readJson(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    const at = /position (\d+)/.exec(error instanceof Error ? error.message : '')
    const before = text.slice(0, Number(at?.[1] ?? 0)).split('\n')
    const place = `(line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`
    throw new TemplateError(`Template format error: JSON not well-formed. ${place}`)
  }
}

function readYaml(text: string): Json {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, version: '1.2', prettyErrors: false })
  const [error] = document.errors
  if (error) {
    const { line, col } = lineCounter.linePos(error.pos[0])
    throw new TemplateError(
      `Template format error: YAML not well-formed. (line ${line}, column ${col})`,
    )
  }
  return document.contents === null ? null : new Reader(document).read(document.contents)
}

/** Turns YAML nodes into values; what a tag abbreviates is written out. */
class Reader {
  readonly #document: Document
  #nodes = 0

  constructor(document: Document) {
    this.#document = document
  }

  read(node: Node): Json {
    if (++this.#nodes > maxNodes) {
      throw new TemplateError('Template format error: the template has too many elements.')
    }
    if (isAlias(node)) {
      const target = node.resolve(this.#document)
      if (!target) throw new TemplateError('Template format error: YAML aliases must be defined.')
      return this.read(target)
    }
    const value = this.#untagged(node)
    const tag = 'tag' in node && typeof node.tag === 'string' ? node.tag : ''
    return tag.startsWith('!') && tag !== '!' ? written(tag.slice(1), value) : value
  }

  #untagged(node: Node): Json {
    if (isSeq(node)) return node.items.map((item) => this.read(item as Node))
    if (isMap(node)) {
      const entries = node.items.map(({ key, value }) => {
        const name = isScalar(key) ? String(key.source ?? key.value) : ''
        return [name, value === null ? null : this.read(value as Node)] as const
      })
      return Object.fromEntries(entries)
    }
    return isScalar(node) ? scalar(node) : null
  }
}

/** Numbers keep their spelling where reading them would lose it: `1.10`, `0123`. */
function scalar(node: { readonly value: unknown; readonly source?: string | undefined }): Json {
  const { value, source } = node
  if (typeof value === 'number' && source !== undefined && source !== String(value)) return source
  if (value === null && (source === '' || source === undefined)) return null
  return typeof value === 'bigint' ? String(value) : (value as Json)
}

function written(name: string, value: Json): Json {
  if (name === 'Ref' || name === 'Condition') return { [name]: value }
  if (name === 'GetAtt' && typeof value === 'string') {
    const dot = value.indexOf('.')
    const parts = dot < 0 ? [value] : [value.slice(0, dot), value.slice(dot + 1)]
    return { 'Fn::GetAtt': parts }
  }
  return { [`Fn::${name}`]: value }
}

function refuseNull(value: Json, path: string): void {
  if (value === null) {
    throw new TemplateError(`[${path}] 'null' values are not allowed in templates`)
  }
  if (typeof value !== 'object') return
  for (const [name, entry] of Object.entries(value as JsonObject)) {
    refuseNull(entry, `${path}/${name}`)
  }
}
