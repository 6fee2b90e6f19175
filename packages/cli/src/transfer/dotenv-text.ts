import { parse } from 'dotenv'
import type { Entry } from './entry.ts'

/** A value that no quotes of a dotenv file can hold. */
export class Unquotable extends Error {}

/** The variables that entries become in a dotenv file. Throws when two have the same name. */
export function variablesOf(entries: readonly Entry[], path: string): Map<string, string> {
  const variables = new Map<string, string>()
  for (const [name, value] of entries.flatMap((entry) => pairsOf(entry, path))) {
    if (variables.has(name)) throw new Error(`more than one entry would be ${name}`)
    variables.set(name, value)
  }
  return variables
}

/** A secret that is a JSON object becomes a variable for each of its members. */
function pairsOf(entry: Entry, path: string): readonly (readonly [name: string, value: string])[] {
  const { name, value } = entry
  const own = variableName(name.startsWith(path) ? name.slice(path.length) : name)
  if (typeof value !== 'string') {
    throw new Unquotable(`${name} is binary; a JSON file can hold it`)
  }
  const members = entry.kind === 'secret' ? objectIn(value) : undefined
  if (!members) return [[own, value]]
  return Object.entries(members).map(([member, each]) => [
    `${own}_${variableName(member)}`,
    typeof each === 'string' ? each : JSON.stringify(each),
  ])
}

function objectIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

function variableName(name: string): string {
  const text = name
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .toUpperCase()
  return /^\d/.test(text) ? `_${text}` : text
}

/** A dotenv file of variables, read back to be sure. Throws Unquotable. */
export function dotenvText(variables: ReadonlyMap<string, string>): string {
  let text = ''
  for (const [name, value] of variables) text += lineOf(name, value)
  return text
}

function lineOf(name: string, value: string): string {
  for (const quote of ["'", '`', '"']) {
    const line = `${name}=${quote}${value}${quote}\n`
    if (!value.includes(quote) && parse(line)[name] === value) return line
  }
  throw new Unquotable(
    `${name} has quotes or characters that no dotenv file can hold; a JSON file can`,
  )
}
