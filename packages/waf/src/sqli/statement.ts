import type { Strength } from './evidence.ts'
import type { Lexer } from './lexer.ts'
import { isKeyword, isSideEffect, schemaObjects, wordClass } from './words.ts'

/**
 * Reads the beginning of a statement after its verb, and says how sure it is that this is one; the lexer has read the verb.
 * `select`, `with`, `values` and `table` are queries, which the reading of expressions goes on with itself.
 */
export function statementStrength(lexer: Lexer, verb: string): Strength {
  return statements.get(verb)?.(lexer) ?? 0
}

type Head = (lexer: Lexer) => Strength

const heads: Readonly<Record<string, Head>> = {
  insert: intoValues,
  replace: intoValues,
  update: (lexer) =>
    path(lexer) && wordOf(lexer, 'set') && path(lexer) && operator(lexer, '=') ? 2 : 0,
  delete: (lexer) => (wordOf(lexer, 'from') && path(lexer) ? tableThen(lexer, 'where') : 0),
  drop: schemaChange,
  create: schemaChange,
  alter: schemaChange,
  truncate: (lexer) => (wordOf(lexer, 'table') && path(lexer) ? 2 : 0),
  rename: schemaChange,
  exec: execution,
  execute: execution,
  call: called,
  declare: (lexer) =>
    lexer.next() === 'variable' || (lexer.kind === 'word' && declared(lexer)) ? 2 : 0,
  set: assignment,
  waitfor: (lexer) => (wordOf(lexer, 'delay', 'time') && literal(lexer) ? 2 : 0),
  shutdown: (lexer) => (ends(lexer) ? 1 : lexer.word === 'with' ? 2 : 0),
  if: condition,
  while: condition,
  begin: block,
  do: (lexer) =>
    lexer.next() === 'string' || (lexer.kind === 'word' && isSideEffect(lexer.word)) ? 2 : 0,
  copy: copied,
  grant: granted,
  revoke: granted,
  load: (lexer) => (wordOf(lexer, 'data', 'xml', 'file') ? 2 : 0),
  handler: (lexer) => (path(lexer) && wordOf(lexer, 'open', 'read', 'close') ? 2 : 0),
  attach: (lexer) =>
    wordOf(lexer, 'database') && (lexer.next() === 'string' || lexer.kind === 'word') ? 2 : 0,
  backup: (lexer) => (wordOf(lexer, 'database', 'log') && path(lexer) ? 2 : 0),
  bulk: (lexer) => (wordOf(lexer, 'insert') && path(lexer) ? 2 : 0),
  kill: (lexer) => (lexer.next() === 'number' ? 1 : 0),
  use: (lexer) => (path(lexer) && ends(lexer) ? 1 : 0),
  prepare: (lexer) => (path(lexer) && wordOf(lexer, 'from', 'as') ? 2 : 0),
  show: (lexer) => (wordOf(lexer, 'tables', 'databases', 'columns', 'grants', 'variables') ? 2 : 0),
  merge: (lexer) => (wordOf(lexer, 'into') && path(lexer) ? 2 : 0),
  lock: (lexer) => (wordOf(lexer, 'tables', 'table') ? 2 : 0),
  pragma: (lexer) => (path(lexer) ? 1 : 0),
  explain: (lexer) => (wordOf(lexer, 'select', 'plan', 'query', 'analyze') ? 2 : 0),
  print: (lexer) => (lexer.next() === 'variable' && lexer.word.startsWith('@@') ? 2 : 0),
  dbcc: (lexer) => (lexer.next() === 'word' ? 2 : 0),
  commit: (lexer) => (ends(lexer) ? 1 : 0),
  rollback: (lexer) => (ends(lexer) ? 1 : 0),
}

const statements = new Map(Object.entries(heads))

function wordOf(lexer: Lexer, ...words: readonly string[]): boolean {
  return lexer.next() === 'word' && words.includes(lexer.word)
}

function operator(lexer: Lexer, word: string): boolean {
  return lexer.next() === 'operator' && lexer.word === word
}

function literal(lexer: Lexer): boolean {
  const kind = lexer.next()
  return kind === 'string' || kind === 'variable' || kind === 'number'
}

function ends(lexer: Lexer): boolean {
  const kind = lexer.next()
  if (kind === 'word') return lexer.word === 'end'
  return kind === 'end' || kind === 'comment' || kind === 'semicolon'
}

/** `begin dbms_lock.sleep(5); end`, `begin transaction` */
function block(lexer: Lexer): Strength {
  if (ends(lexer)) return 1
  if (lexer.kind !== 'word') return 0
  if (lexer.word === 'transaction' || lexer.word === 'tran') return 2
  if (lexer.word === 'begin') return 0
  if (statements.has(lexer.word)) return statementStrength(lexer, lexer.word)
  lexer.back()
  return path(lexer) && (lexer.peek() === 0x28 || lexer.peek() === 0x3b || lexer.peek() === 0x3a)
    ? 2
    : 0
}

function called(lexer: Lexer): Strength {
  if (lexer.next() === 'word' && lexer.word === 'case') return 2
  lexer.back()
  return path(lexer) && lexer.peek() === 0x28 ? 2 : 0
}

/** `copy x from program '…'`, `copy (select …) to program '…'` */
function copied(lexer: Lexer): Strength {
  if (lexer.peek() === 0x28) {
    lexer.next()
    return wordOf(lexer, 'select', 'values', 'table') ? 2 : 0
  }
  return path(lexer) && (lexer.peek() === 0x28 || wordOf(lexer, 'from', 'to')) ? 2 : 0
}

/** A name, with its owners: `master..xp_cmdshell`, `[dbo].[users]`, `` `a`.`b` ``. */
function path(lexer: Lexer): boolean {
  for (;;) {
    let kind = lexer.next()
    if (kind === 'open' && lexer.word === '[') {
      lexer.bracketedName()
      kind = lexer.kind
    }
    if (kind !== 'word' && kind !== 'name' && kind !== 'variable' && kind !== 'string') return false
    if (lexer.peek() !== 0x2e) return true
    while (lexer.next() === 'dot');
    lexer.back()
  }
}

function intoValues(lexer: Lexer): Strength {
  if (!wordOf(lexer, 'into', 'ignore', 'overwrite') || !path(lexer)) return 0
  const kind = lexer.next()
  if (kind === 'open') return 2
  return kind === 'word' &&
    ['values', 'value', 'select', 'set', 'default', 'exec'].includes(lexer.word)
    ? 2
    : 0
}

/** After `delete from x`: the end, or a condition. */
function tableThen(lexer: Lexer, word: string): Strength {
  if (ends(lexer)) return 2
  return lexer.kind === 'word' && lexer.word === word ? 2 : 0
}

function schemaChange(lexer: Lexer): Strength {
  if (lexer.next() !== 'word' || !schemaObjects.has(lexer.word)) return 0
  while (lexer.next() === 'word' && (schemaObjects.has(lexer.word) || presence.has(lexer.word)));
  lexer.back()
  if (!path(lexer)) return 0
  const kind = lexer.next()
  if (
    kind === 'end' ||
    kind === 'comment' ||
    kind === 'semicolon' ||
    kind === 'open' ||
    kind === 'comma'
  )
    return 2
  return kind === 'word' && afterSchemaObject.has(lexer.word) ? 2 : 0
}

const presence = new Set(['if', 'not', 'exists', 'replace', 'or'])
const afterSchemaObject = new Set(
  'as on add drop alter modify rename change set identified with from returns return is cascade restrict purge for to begin authid select values character default engine'.split(
    ' ',
  ),
)

function execution(lexer: Lexer): Strength {
  const kind = lexer.next()
  if (kind === 'open' && lexer.word === '(') return 2
  if (kind === 'variable') return 2
  if (kind === 'word' && lexer.word === 'immediate') return 2
  if (kind === 'word' && (lexer.word.startsWith('xp_') || lexer.word.startsWith('sp_'))) return 2
  lexer.back()
  if (!path(lexer)) return 0
  const named = /^(?:xp|sp)_/.test(lexer.word)
  if (named) return 2
  const after = lexer.next()
  if (after === 'end' || after === 'comment' || after === 'semicolon') return 1
  return after === 'string' || after === 'variable' ? 2 : 0
}

function declared(lexer: Lexer): boolean {
  return lexer.next() === 'word' && /^(?:int|integer|varchar2?|number)$/.test(lexer.word)
}

function assignment(lexer: Lexer): Strength {
  const kind = lexer.next()
  if (kind === 'variable') {
    const after = lexer.next()
    return after === 'operator' && (lexer.word === '=' || lexer.word === ':=') ? 2 : 0
  }
  return kind === 'word' &&
    ['global', 'session', 'names', 'role', 'identity_insert'].includes(lexer.word)
    ? 2
    : 0
}

/** `if (1=1) waitfor …`, `if 1=1 …`, `if exists (…`, `while 1=1 …` */
function condition(lexer: Lexer): Strength {
  let kind = lexer.next()
  if (kind === 'word' && lexer.word === 'not') kind = lexer.next()
  if (kind === 'word' && lexer.word === 'exists') return lexer.peek() === 0x28 ? 2 : 0
  if (!conditionBegins(lexer)) return 0
  let compared = kind === 'word'
  let query = false
  for (let count = 0; count < 64; count += 1) {
    const read = lexer.next()
    if (read === 'end' || read === 'comment' || read === 'other') break
    if (read === 'operator') compared ||= /[=<>]/.test(lexer.word)
    else if (read === 'word') {
      if (compared && afterCondition.has(lexer.word)) return 2
      if (lexer.word === 'select') query = true
      else if (wordClass(lexer.word) === 'comparison') compared ||= lexer.word !== 'is'
      else if (!query && !isKeyword(lexer.word) && lexer.peek() !== 0x28) return 0
    }
  }
  return 0
}

function conditionBegins(lexer: Lexer): boolean {
  if (lexer.kind === 'word') return askedOf.has(lexer.word)
  if (lexer.kind === 'variable') return lexer.word.startsWith('@')
  return lexer.kind === 'open' || lexer.kind === 'number' || lexer.kind === 'string'
}

const askedOf = new Set(['is_srvrolemember', 'ascii', 'substring', 'system_user', 'ord'])
const afterCondition = new Set(['select', 'drop', 'waitfor', 'exec', 'then', 'insert', 'shutdown'])

function granted(lexer: Lexer): Strength {
  for (let count = 0; count < 12; count += 1) {
    const kind = lexer.next()
    if (kind === 'word' && ['to', 'on', 'from'].includes(lexer.word))
      return count > 0 && (lexer.peek() === 0x2a || path(lexer)) ? 2 : 0
    if (kind !== 'word' && kind !== 'comma' && kind !== 'operator') return 0
  }
  return 0
}
