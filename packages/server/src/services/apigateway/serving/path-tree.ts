import type { PathResource } from '../store.ts'

/** A path that a request has found, with the values of its variables, as sent. */
export interface PathMatch {
  readonly path: PathResource
  readonly parameters: Readonly<Record<string, string>>
}

interface Branch {
  path?: PathResource
  readonly literal: Map<string, Branch>
  variable?: { readonly name: string; readonly branch: Branch }
  greedy?: { readonly name: string; readonly path: PathResource }
}

const newBranch = (): Branch => ({ literal: new Map() })

/** The paths of an API, made ready to be looked up: a literal part goes before a variable, that before a greedy one. */
export class PathTree {
  readonly #root = newBranch()

  constructor(paths: readonly PathResource[]) {
    for (const path of paths) this.#add(path)
  }

  #add(path: PathResource): void {
    let branch = this.#root
    for (const part of partsOf(path.path)) {
      const [, greedy] = /^\{(.+)\+\}$/.exec(part) ?? []
      if (greedy !== undefined) {
        branch.greedy = { name: greedy, path }
        return
      }
      const [, name] = /^\{(.+)\}$/.exec(part) ?? []
      branch = name === undefined ? literalBelow(branch, part) : variableBelow(branch, name)
    }
    branch.path = path
  }

  /** Finds the path that answers to `/a/b`. */
  find(path: string): PathMatch | undefined {
    return this.#seek(this.#root, partsOf(path), 0)
  }

  #seek(branch: Branch, parts: readonly string[], at: number): PathMatch | undefined {
    const part = parts[at]
    if (part === undefined) return branch.path && { path: branch.path, parameters: {} }
    const literal = branch.literal.get(part)
    const straight = literal && this.#seek(literal, parts, at + 1)
    if (straight) return straight
    const { variable, greedy } = branch
    const varied = variable && this.#seek(variable.branch, parts, at + 1)
    if (variable && varied) {
      return { path: varied.path, parameters: { [variable.name]: part, ...varied.parameters } }
    }
    if (!greedy) return undefined
    return { path: greedy.path, parameters: { [greedy.name]: parts.slice(at).join('/') } }
  }
}

function partsOf(path: string): string[] {
  const trimmed = path.replace(/^\//, '').replace(/\/$/, '')
  return trimmed === '' ? [] : trimmed.split('/')
}

function literalBelow(branch: Branch, part: string): Branch {
  const known = branch.literal.get(part)
  if (known) return known
  const made = newBranch()
  branch.literal.set(part, made)
  return made
}

function variableBelow(branch: Branch, name: string): Branch {
  branch.variable ??= { name, branch: newBranch() }
  return branch.variable.branch
}
