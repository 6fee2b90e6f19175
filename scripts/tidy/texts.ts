import type { TextRule } from './rule.ts'
import { finding, isCode, parseCode } from './source.ts'
import type { Finding, TextFile } from './source.ts'

// Written in pieces, so that this file passes its own rules.
const unfinished = new RegExp(
  `\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|')})\\b`,
  'g',
)
const silencers = new RegExp(
  `@ts-(${['ign' + 'ore', 'exp' + 'ect-error', 'no' + 'check'].join('|')})|(es|ox)lint-dis` +
    'able',
  'g',
)
const workplace = new RegExp(`(?<![\\w.\\-/])/(wo${''}rk|tmp/bri${''}ef)/|\\.\\./shar${''}ed/`, 'g')

/** Rules over prose and comments. */
export const textRules: readonly TextRule[] = [
  {
    name: 'nothing is left for later',
    check: (file) => commentMatches(file, unfinished, 'unfinished work belongs in an issue'),
    bad: [
      { path: 'packages/wire/src/a.ts', text: `// ${'TO' + 'DO'}: finish\nexport {}` },
      { path: 'README.md', text: `# A\n\n${'FIX' + 'ME'} later\n` },
    ],
  },
  {
    name: 'no check is silenced in place',
    check: (file) => commentMatches(file, silencers, 'a silenced check'),
    bad: [
      { path: 'packages/wire/src/a.ts', text: `// @ts-${'ign' + 'ore'}\nexport {}` },
      { path: 'packages/wire/src/a.ts', text: `/* ${'ox'}lint-dis${'able'} */\nexport {}` },
    ],
  },
  {
    name: 'a Markdown file has one title, at its top',
    check: (file) => (file.path.endsWith('.md') ? titleProblems(file) : []),
    bad: [
      { path: 'a.md', text: '# One\n\n# Two\n' },
      { path: 'a.md', text: '## None\n' },
      { path: 'a.md', text: 'Text first.\n\n# Title\n' },
    ],
  },
  {
    name: 'the repository stands alone: no path of the place it was written in',
    check: (file) => matches(file, workplace, 'a path that no other machine has'),
    bad: [
      { path: 'a.md', text: `# A\n\nsee /wo${''}rk/main\n` },
      { path: 'packages/wire/src/a.ts', text: `// ../shar${''}ed/facts\nexport {}` },
    ],
  },
]

function matches(file: TextFile, pattern: RegExp, message: string): Finding[] {
  return [...file.text.matchAll(pattern)].map(({ index, 0: text }) =>
    finding(file, index, `${message}: ${text}`),
  )
}

/** In program text only comments are searched, so that data and messages may hold any word. */
function commentMatches(file: TextFile, pattern: RegExp, message: string): Finding[] {
  if (isCode(file.path)) {
    return parseCode(file).comments.flatMap(({ value, start }) =>
      [...value.matchAll(pattern)].map(({ index, 0: text }) =>
        finding(file, start + index, `${message}: ${text}`),
      ),
    )
  }
  return /\.(md|sh|ya?ml|json)$/.test(file.path) ? matches(file, pattern, message) : []
}

function titleProblems(file: TextFile): Finding[] {
  const prose = file.text.replace(/^(```|~~~)[^]*?^\1/gm, (block) => block.replace(/[^\n]/g, ' '))
  const titles = [...prose.matchAll(/^# /gm)]
  const [first, second] = titles
  if (first === undefined) return [finding(file, 0, 'has no title')]
  if (second !== undefined) return [finding(file, second.index, 'has a second title')]
  return prose.slice(0, first.index).trim() === ''
    ? []
    : [finding(file, 0, 'begins before its title')]
}
