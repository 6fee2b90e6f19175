import { bodyValues } from './body/body-values.ts'
import { formFields, joinedRepeats } from './body/form.ts'
import { addValue } from './body/nested.ts'
import { ValueList } from './body/value-list.ts'
import { rawPairs } from './fields/raw-pairs.ts'
import type { Component, InspectedValue } from './inspected-value.ts'
import type { ParsedRequest, RawPair } from './parsed-request.ts'
import type { HttpRequest } from './request.ts'
import { percentDecoded, unicodeText } from './text/percent.ts'

/** Takes a request apart, each part when it is first asked for. */
export function parseRequest(request: HttpRequest): ParsedRequest {
  return new RequestParts(request)
}

class RequestParts implements ParsedRequest {
  readonly request: HttpRequest
  readonly uriPath: string
  readonly queryString: string
  readonly uriFragment: string | undefined
  #headers: Map<string, string[]> | undefined
  #queryArguments: readonly RawPair[] | undefined
  #cookies: readonly RawPair[] | undefined
  #bodyText: string | undefined
  readonly #values: { [component in Component]?: readonly InspectedValue[] } = {}

  constructor(request: HttpRequest) {
    this.request = request
    const hash = request.target.indexOf('#')
    const target = hash < 0 ? request.target : request.target.slice(0, hash)
    const question = target.indexOf('?')
    const path = question < 0 ? target : target.slice(0, question)
    this.uriPath = path.startsWith('/') ? path : withoutAuthority(path)
    this.queryString = question < 0 ? '' : target.slice(question + 1)
    this.uriFragment = hash < 0 ? undefined : request.target.slice(hash + 1)
  }

  get queryArguments(): readonly RawPair[] {
    return (this.#queryArguments ??= rawPairs(this.queryString, '&'))
  }

  get cookies(): readonly RawPair[] {
    return (this.#cookies ??= this.headerValues('cookie').flatMap((line) => rawPairs(line, ';')))
  }

  get bodyText(): string {
    const { body } = this.request
    return (this.#bodyText ??= Buffer.from(body.buffer, body.byteOffset, body.length).toString(
      'latin1',
    ))
  }

  header(name: string): string | undefined {
    return this.headerValues(name)[0]
  }

  headerValues(name: string): readonly string[] {
    return (this.#headers ??= headersByName(this.request)).get(name) ?? none
  }

  values(component: Component): readonly InspectedValue[] {
    return (this.#values[component] ??= valuesOf(component, this))
  }
}

const none: readonly string[] = []

/** The path of a target in absolute form, `http://host/path`; other targets (`*`, `host:port`) are left as they are. */
function withoutAuthority(path: string): string {
  const scheme = path.indexOf('://')
  if (scheme < 0) return path
  const slash = path.indexOf('/', scheme + 3)
  return slash < 0 ? '/' : path.slice(slash)
}

function headersByName({ headers }: HttpRequest): Map<string, string[]> {
  const byName = new Map<string, string[]>()
  for (const [spelled, value] of headers) {
    const name = spelled.toLowerCase()
    const values = byName.get(name)
    if (values === undefined) byName.set(name, [value])
    else values.push(value)
  }
  return byName
}

function valuesOf(component: Component, parsed: ParsedRequest): readonly InspectedValue[] {
  if (component === 'body') return bodyValues(parsed.request)
  const list = new ValueList(component)
  switch (component) {
    case 'uriPath':
      list.addText('', percentDecoded(parsed.uriPath, false))
      break
    case 'queryArguments':
      addArguments(parsed.queryString, list)
      break
    case 'cookies':
      for (const { name, value } of parsed.cookies) {
        const decoded = percentDecoded(name, false)
        list.addName(decoded)
        addValue(decoded, percentDecoded(value, false), list)
      }
      break
    case 'headers':
      for (const [name, value] of parsed.request.headers) {
        const lower = name.toLowerCase()
        if (lower !== 'cookie') list.addText(lower, unicodeText(value))
      }
  }
  return list.values
}

function addArguments(queryString: string, list: ValueList): void {
  const fields = formFields(queryString, unicodeText)
  for (const { name, value } of fields) {
    list.addName(name)
    addValue(name, value, list)
  }
  if (fields.length < 2) return
  for (const { name, value } of joinedRepeats(fields)) list.addText(name, value)
}
