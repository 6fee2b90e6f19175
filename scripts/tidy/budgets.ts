import type { BadExample, CodeRule } from './rule.ts'
import { finding, isData, isTest, lineAt, walk } from './source.ts'
import type { AnyNode, CodeFile, Finding } from './source.ts'

const fileLines = 500
const testFileLines = 800
const functionLines = 70
const parameterCount = 4

/** How big a thing may get before it must be divided. */
export const budgetRules: readonly CodeRule[] = [
  {
    name: `a file has at most ${fileLines} lines, a test file ${testFileLines}`,
    check: (file) => {
      const budget = isTest(file.path) ? testFileLines : fileLines
      const lines = file.text.trimEnd().split('\n').length
      if (isData(file.path) || lines <= budget) return []
      return [finding(file, 0, `has ${lines} lines, more than ${budget}`)]
    },
    bad: [
      example('\n'.repeat(fileLines + 1) + 'export {}'),
      { path: 'packages/wire/src/a.test.ts', text: '\n'.repeat(testFileLines + 1) + 'export {}' },
    ],
  },
  {
    name: `a function has at most ${functionLines} lines`,
    check: (file) => (isTest(file.path) ? [] : eachFunction(file, lengthProblem)),
    bad: [
      example(`function long() {${'\n'.repeat(functionLines)}}`),
      example(`const long = () => {${'\n'.repeat(functionLines)}}`),
    ],
  },
  {
    name: `a function has at most ${parameterCount} parameters`,
    check: (file) => eachFunction(file, parameterProblem),
    bad: [
      example('function f(a: 1, b: 2, c: 3, d: 4, e: 5) {}'),
      example('class C { m(a: 1, b: 2, c: 3, d: 4, ...e: 5[]) {} }'),
    ],
  },
]

function example(text: string): BadExample {
  return { path: 'packages/wire/src/a.ts', text }
}

function eachFunction(
  file: CodeFile,
  problem: (node: AnyNode, file: CodeFile) => string | undefined,
): Finding[] {
  const findings: Finding[] = []
  walk(file.program, (node) => {
    if (!/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type))
      return
    const message = problem(node, file)
    if (message !== undefined) findings.push(finding(file, node.start, message))
  })
  return findings
}

function lengthProblem({ start, end }: AnyNode, { text }: CodeFile): string | undefined {
  const lines = lineAt(text, end) - lineAt(text, start) + 1
  return lines > functionLines ? `function of ${lines} lines` : undefined
}

function parameterProblem({ params }: AnyNode): string | undefined {
  const count = Array.isArray(params) ? params.length : 0
  return count > parameterCount ? `function of ${count} parameters; take an object` : undefined
}
