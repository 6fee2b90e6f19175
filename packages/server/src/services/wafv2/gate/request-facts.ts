import type { HttpRequest } from '@bartizan/waf'

/** What is read off a request once, for all that follows. */
export interface RequestFacts {
  /** Without a port, in lower case. */
  readonly host: string
  readonly nowMs: number
}

/** The first value of a header, whose name is given in lower case. */
export function headerOf({ headers }: HttpRequest, wanted: string): string | undefined {
  for (const [name, value] of headers) {
    if (name.length === wanted.length && name.toLowerCase() === wanted) return value
  }
  return undefined
}

/** The host that a request is for. */
export function hostOf(request: HttpRequest): string {
  return (headerOf(request, 'host') ?? '').toLowerCase().replace(/:\d+$/, '')
}

/** The value of a cookie. */
export function cookieOf(request: HttpRequest, name: string): string | undefined {
  const pairs = (headerOf(request, 'cookie') ?? '').split(/; */)
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
}

/** A target's path and, without the question mark, its query. */
export function partsOf(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?')
  if (mark < 0) return { path: target, query: '' }
  return { path: target.slice(0, mark), query: target.slice(mark + 1) }
}
