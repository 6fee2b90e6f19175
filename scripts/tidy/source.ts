import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize, resolve } from 'node:path'
import { parseSync, visitorKeys } from 'oxc-parser'
import type { Comment, Node, Program } from 'oxc-parser'

/** The repository's root folder. */
export const root = resolve(import.meta.dirname, '..', '..')

/** One import or re-export of a file. `target` is the imported file for a relative specifier. */
export interface Import {
  readonly specifier: string
  readonly target: string | undefined
  readonly typeOnly: boolean
  readonly start: number
}

/** A text file of the repository; `path` is relative to the root, with `/`. */
export interface TextFile {
  readonly path: string
  readonly text: string
}

/** A parsed TypeScript or JavaScript file. */
export interface CodeFile extends TextFile {
  readonly program: Program
  readonly comments: readonly Comment[]
  readonly imports: readonly Import[]
}

/** What a rule holds against a file: `path:line what`. */
export interface Finding {
  readonly path: string
  readonly line: number
  readonly message: string
}

/** A syntax node with its fields open to a generic walk. */
export type AnyNode = Node & { readonly [field: string]: unknown }

/** All files that git tracks or would track, as text. Binary and ignored files are left out. */
export function readTree(): TextFile[] {
  return [...new Set(listFiles())]
    .filter((path) => path !== '' && path !== 'package-lock.json')
    .filter((path) => existsSync(join(root, path)) && statSync(join(root, path)).isFile())
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
    .filter(({ text }) => !text.includes('\0'))
}

/** Asks git; a tree that was unpacked from an archive is walked instead. */
function listFiles(): string[] {
  if (existsSync(join(root, '.git'))) {
    return execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    }).split('\0')
  }
  return globSync('**/*', {
    cwd: root,
    exclude: ['**/node_modules', '**/dist', '.bartizan', 'bench/results'],
  }).map((path) => path.replaceAll('\\', '/'))
}

/** Whether a path is program text that the rules parse. */
export function isCode(path: string): boolean {
  return /\.(ts|mts|js|mjs|tsx)$/.test(path) && !isData(path)
}

/** Generated tables and published vectors, which the budgets and style rules leave alone. */
export function isData(path: string): boolean {
  return /\/(data|testdata)\//.test(path)
}

/** Whether a file is a test or only serves tests. */
export function isTest(path: string): boolean {
  return /\.(test|fixture|naive)\.ts$/.test(path) || path.startsWith('packages/testkit/')
}

/** Parses one file; throws when it is not valid TypeScript. */
export function parseCode({ path, text }: TextFile): CodeFile {
  const { program, comments, module, errors } = parseSync(path, text, { range: false })
  const [error] = errors
  if (error) throw new Error(`${path} does not parse: ${error.message}`)
  const imports: Import[] = []
  const add = (specifier: string, start: number, typeOnly: boolean) => {
    const target = specifier.startsWith('.')
      ? normalize(join(dirname(path), specifier)).replaceAll('\\', '/')
      : undefined
    imports.push({ specifier, target, typeOnly, start })
  }
  for (const { moduleRequest, entries, start } of module.staticImports) {
    add(moduleRequest.value, start, entries.length > 0 && entries.every((entry) => entry.isType))
  }
  for (const { entries, start } of module.staticExports) {
    const specifier = entries.find((entry) => entry.moduleRequest)?.moduleRequest?.value
    if (specifier)
      add(
        specifier,
        start,
        entries.every((entry) => entry.isType),
      )
  }
  for (const { moduleRequest, start } of module.dynamicImports) {
    const literal = /^(['"])(.*)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end))
    if (literal?.[2]) add(literal[2], start, false)
  }
  return { path, text, program, comments, imports }
}

/** Calls `visit` on every node of a tree, parents first. */
export function walk(node: unknown, visit: (node: AnyNode) => void): void {
  if (Array.isArray(node)) {
    for (const child of node) walk(child, visit)
    return
  }
  if (!isNode(node)) return
  visit(node)
  for (const key of visitorKeys[node.type] ?? []) walk(node[key], visit)
}

/** Makes a finding at an offset of a file's text. */
export function finding(file: TextFile, offset: number, message: string): Finding {
  return { path: file.path, line: lineAt(file.text, offset), message }
}

/** The 1-based line of an offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1))
    line++
  return line
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value
}
