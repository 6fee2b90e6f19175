import { rawPairs } from './fields/raw-pairs.ts'
import type { Component, InspectedValue } from './inspected-value.ts'
import type { ParsedRequest, RawPair } from './parsed-request.ts'
import { readings } from './readings.ts'
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
  switch (component) {
    case 'uriPath':
      return [inspectedValue(component, '', percentDecoded(parsed.uriPath, false))]
    case 'queryArguments':
      return parsed.queryArguments.flatMap(({ name, value }) =>
        named(component, percentDecoded(name, true), percentDecoded(value, true)),
      )
    case 'cookies':
      return parsed.cookies.flatMap(({ name, value }) =>
        named(component, percentDecoded(name, false), percentDecoded(value, false)),
      )
    case 'headers':
      return parsed.request.headers
        .filter(([name]) => name.toLowerCase() !== 'cookie')
        .flatMap(([name, value]) => named(component, unicodeText(name), unicodeText(value)))
    case 'body':
      return parsed.bodyText === ''
        ? []
        : [inspectedValue(component, '', unicodeText(parsed.bodyText))]
  }
}

function named(component: Component, name: string, text: string): InspectedValue[] {
  const ofName = { component, name, ofName: true, ...readings(name) }
  return text === '' ? [ofName] : [ofName, inspectedValue(component, name, text)]
}

function inspectedValue(component: Component, name: string, text: string): InspectedValue {
  return { component, name, ofName: false, ...readings(text) }
}
