import type { BadExample, CodeRule } from './rule.ts'
import { finding, isTest, walk } from './source.ts'
import type { AnyNode, CodeFile, Finding } from './source.ts'

const emptyWords = ['manager', 'helper', 'helpers', 'util', 'utils', 'base', 'impl']
/** Names of AWS services that end in a word that is otherwise banned. */
const serviceNames = /(secrets|firewall|systems|certificate)-?manager/gi
/** The middlewares run in applications that have no kernel. */
const clockFiles = [
  'packages/server/src/kernel/clock.ts',
  'packages/server/src/kernel/ids.ts',
  'packages/waf/src/middleware/clock.ts',
]
const timeGlobals = ['setTimeout', 'setInterval']
const bannedMembers = ['Date.now', 'Math.random', 'performance.now', 'process.hrtime']

/** Names, exports, documentation, and where time and chance come from. */
export const styleRules: readonly CodeRule[] = [
  {
    name: 'names say what a thing is: no Manager, Helper, Util, Base or Impl',
    check: (file) => [
      ...(hasEmptyWord(fileName(file)) ? [finding(file, 0, 'file name says nothing')] : []),
      ...exportedNames(file)
        .filter(({ name }) => hasEmptyWord(name))
        .map(({ name, start }) => finding(file, start, `the name ${name} says nothing`)),
    ],
    bad: [
      example('export class KeyManager {}'),
      example('export const timeUtils = 1'),
      example('export interface BaseStore {}'),
      { path: 'packages/wire/src/test-helper.ts', text: 'export {}' },
    ],
  },
  {
    name: 'files are named in kebab case',
    check: (file) =>
      /^[a-z0-9]+([-.][a-z0-9]+)*\.(ts|mts|mjs)$/.test(fileName(file))
        ? []
        : [finding(file, 0, 'file name is not kebab case')],
    bad: [
      { path: 'packages/wire/src/keyStore.ts', text: 'export {}' },
      { path: 'packages/wire/src/key_store.ts', text: 'export {}' },
    ],
  },
  {
    name: 'exports are named',
    check: (file) =>
      nodesOf(file, 'ExportDefaultDeclaration').map(({ start }) =>
        finding(file, start, 'default export'),
      ),
    bad: [example('export default 1'), example('export default function f() {}')],
  },
  {
    name: 'every exported thing has a sentence saying what it is for',
    check: (file) =>
      file.path.startsWith('packages/') && !isTestFile(file) ? undocumented(file) : [],
    bad: [
      example('export function f() {}'),
      example('/** About g. */\nconst g = 1\nexport const h = 1'),
      example('// Not a doc comment.\nexport class C {}'),
      example('export interface I {}'),
      example('/** */\nexport type T = 1'),
    ],
  },
  {
    name: 'time and chance come from the kernel’s clock and ids alone',
    check: (file) => (usesClockFreely(file) ? [] : clockReads(file)),
    bad: [
      example('const a = Date.now()'),
      example('const a = new Date()'),
      example('const a = Math.random()'),
      example('setTimeout(() => {}, 1)'),
      example('globalThis.setInterval(() => {}, 1)'),
      example('const a = performance.now()'),
      example(`import { randomUUID } from 'node:crypto'`),
      example('const a = crypto.randomUUID()'),
      example(`import { setTimeout as wait } from 'node:timers/promises'`),
    ],
  },
  {
    name: 'nothing is typed any',
    check: (file) =>
      nodesOf(file, 'TSAnyKeyword').map(({ start }) => finding(file, start, 'the type any')),
    bad: [example('const a: any = 1'), example('const a = b as Record<string, any>')],
  },
  {
    name: 'no test runs alone',
    check: (file) => (isTestFile(file) ? lonelyTests(file) : []),
    bad: [{ path: 'packages/wire/src/a.test.ts', text: `test.only('x', () => {})` }],
  },
]

function example(text: string): BadExample {
  return { path: 'packages/wire/src/a.ts', text }
}

function fileName({ path }: CodeFile): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function isTestFile({ path }: CodeFile): boolean {
  return path.endsWith('.test.ts')
}

function hasEmptyWord(name: string): boolean {
  const words = name.replace(serviceNames, '').match(/[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+/g) ?? []
  return words.some((word) => emptyWords.includes(word.toLowerCase()))
}

function nodesOf(file: CodeFile, type: AnyNode['type']): AnyNode[] {
  const found: AnyNode[] = []
  walk(file.program, (node) => {
    if (node.type === type) found.push(node)
  })
  return found
}

function exportedNames(file: CodeFile): { name: string; start: number }[] {
  return nodesOf(file, 'ExportNamedDeclaration').flatMap((node) => {
    if (node.type !== 'ExportNamedDeclaration' || node.source) return []
    const { declaration, specifiers, start } = node
    const listed = specifiers.map(({ exported }) =>
      exported.type === 'Literal' ? exported.value : exported.name,
    )
    return [...listed, ...declaredNames(declaration)].map((name) => ({ name, start }))
  })
}

function declaredNames(declaration: unknown): string[] {
  const { id, declarations } = (declaration ?? {}) as {
    id?: { name?: string }
    declarations?: readonly { id: { name?: string } }[]
  }
  return [id, ...(declarations ?? []).map((each) => each.id)].flatMap((each) => each?.name ?? [])
}

function undocumented(file: CodeFile): Finding[] {
  const documented = new Set<string>()
  return nodesOf(file, 'ExportNamedDeclaration').flatMap((node) => {
    if (node.type !== 'ExportNamedDeclaration' || !node.declaration) return []
    const names = declaredNames(node.declaration)
    const comment = file.comments.findLast(({ end }) => end <= node.start)
    const above = comment && file.text.slice(comment.end, node.start).trim() === ''
    const says = comment?.type === 'Block' && /^\*[\s*]*[^\s*]/.test(comment.value)
    if (above && says) for (const name of names) documented.add(name)
    if (names.every((name) => documented.has(name))) return []
    return [finding(file, node.start, `${names.join(', ')} has no docstring`)]
  })
}

function usesClockFreely({ path }: CodeFile): boolean {
  return !path.startsWith('packages/') || clockFiles.includes(path) || isTest(path)
}

function clockReads(file: CodeFile): Finding[] {
  const findings: Finding[] = []
  walk(file.program, (node) => {
    const what = clockRead(node, file.text)
    if (what !== undefined)
      findings.push(finding(file, node.start, `${what}; ask ctx.clock or ids`))
  })
  return findings
}

function clockRead(node: AnyNode, text: string): string | undefined {
  if (node.type === 'NewExpression') {
    const { callee, arguments: values } = node
    const isDate = callee.type === 'Identifier' && callee.name === 'Date'
    return isDate && values.length === 0 ? 'new Date()' : undefined
  }
  if (node.type === 'CallExpression') {
    const name = text.slice(node.callee.start, node.callee.end).replace(/^globalThis\./, '')
    return timeGlobals.includes(name) ? name : undefined
  }
  if (node.type === 'MemberExpression') {
    const name = text.slice(node.start, node.end).replace(/^globalThis\./, '')
    return bannedMembers.includes(name) || name.endsWith('.randomUUID') ? name : undefined
  }
  if (node.type === 'ImportDeclaration') {
    if (/^(node:)?timers/.test(node.source.value)) return `import of ${node.source.value}`
    const random = node.specifiers.some(({ local }) => local.name === 'randomUUID')
    return random ? 'import of randomUUID' : undefined
  }
  return undefined
}

function lonelyTests(file: CodeFile): Finding[] {
  return nodesOf(file, 'MemberExpression')
    .filter(({ start, end }) =>
      /^(test|it|describe|suite)\.only$/.test(file.text.slice(start, end)),
    )
    .map(({ start }) => finding(file, start, 'only one test would run'))
}
