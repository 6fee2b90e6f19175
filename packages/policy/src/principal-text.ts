import type { NamedPrincipal } from './principal.ts'

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g
const PRINCIPAL_ELEMENTS = ['Principal', 'NotPrincipal']

/** An open object or array: its key at the moment, empty within arrays. */
interface Open {
  readonly isObject: boolean
  key: string
  hasKey: boolean
}

/**
 * Puts other names for the principals of a policy's Principal and NotPrincipal elements and leaves
 * the rest of the text, its layout included, as it is. The text must be a policy that compiles.
 */
export function replacePrincipals(
  json: string,
  replace: (principal: NamedPrincipal) => string,
): string {
  const open: Open[] = []
  let text = ''
  let done = 0
  for (const match of json.matchAll(TOKENS)) {
    const [token] = match
    const top = open.at(-1)
    if (token === '{' || token === '[')
      open.push({ isObject: token === '{', key: '', hasKey: false })
    else if (token === '}' || token === ']') open.pop()
    else if (token === ':' || token === ',') {
      if (top) top.hasKey = token === ':'
    } else if (top?.isObject && !top.hasKey) top.key = JSON.parse(token) as string
    else {
      const type = principalTypeAt(open)
      if (type === undefined) continue
      const value = JSON.parse(token) as string
      const other = replace({ type, value })
      if (other === value) continue
      text += json.slice(done, match.index) + JSON.stringify(other)
      done = match.index + token.length
    }
  }
  return text + json.slice(done)
}

/** The principal type (`AWS`) that a value at this place belongs to. */
function principalTypeAt(open: readonly Open[]): NamedPrincipal['type'] | undefined {
  const path = open.filter(({ isObject }) => isObject).map(({ key }) => key)
  const [statement, element, type, ...deeper] = path
  if (statement !== 'Statement' || deeper.length > 0) return undefined
  if (!PRINCIPAL_ELEMENTS.includes(element ?? '')) return undefined
  return type as NamedPrincipal['type'] | undefined
}
