import { parse } from 'jsonc-parser'
import type { ParseError } from 'jsonc-parser'
import { locationOf } from '../../kernel/event-pattern/index.ts'
import { compileJsonPath, followJsonPath } from './json-path.ts'
import type { JsonPath } from './json-path.ts'

/** What an input transformer may speak of besides the event. */
export interface TransformFacts {
  readonly ruleArn: string
  readonly ruleName: string
  /** ISO 8601. */
  readonly ingestionTime: string
}

/** Makes the text that a target gets from an event. */
export type Transform = (event: Readonly<Record<string, unknown>>, facts: TransformFacts) => string

type Variable = (event: Readonly<Record<string, unknown>>, facts: TransformFacts) => unknown

const wholeEvent = 'aws.events.event.json'

const predefined: Readonly<Record<string, Variable>> = {
  'aws.events.rule-arn': (_event, { ruleArn }) => ruleArn,
  'aws.events.rule-name': (_event, { ruleName }) => ruleName,
  'aws.events.event.ingestion-time': (_event, { ingestionTime }) => ingestionTime,
  'aws.events.event': (event, { ingestionTime }) => ({
    id: event['id'],
    account: event['account'],
    detailType: event['detail-type'],
    time: ingestionTime,
    source: event['source'],
    region: event['region'],
    resources: event['resources'],
    version: event['version'],
  }),
  [wholeEvent]: (event) => event,
}

/** A stretch of the template: text as it is, or a variable inside or outside quotes. */
type Piece =
  string | { readonly name: string; readonly variable: Variable; readonly quoted: boolean }

/** Refusals of an input transformer, for the target's name to be put in. */
export class TransformerError extends Error {
  /** Makes the message for a target's id. */
  readonly of: (target: string) => string

  constructor(of: (target: string) => string) {
    super(of('…'))
    this.name = 'TransformerError'
    this.of = of
  }
}

/**
 * Compiles an input transformer
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html).
 * Throws TransformerError.
 */
export function compileTransformer(
  template: string,
  paths: Readonly<Record<string, string>> = {},
): Transform {
  const variables = new Map<string, Variable>(Object.entries(predefined))
  for (const [name, text] of Object.entries(paths)) {
    const path = compilePath(text)
    variables.set(name, (event) => followJsonPath(path, event))
  }
  const isJson = template.trimStart().startsWith('{')
  const pieces = piecesOf(template, variables)
  const wholes = pieces.filter((piece) => typeof piece !== 'string' && piece.name === wholeEvent)
  if (wholes.length > 0 && !isJson) {
    throw new TransformerError(
      (target) =>
        `InputTemplate for target ${target} contains placeholder ${wholeEvent} valid only for JSON template.`,
    )
  }
  checkShape(
    render(pieces, isJson, () => ''),
    isJson,
  )
  return (event, facts) => render(pieces, isJson, (variable) => variable(event, facts))
}

/** Compiles an input path. Throws TransformerError. */
export function compilePath(text: string): JsonPath {
  const path = compileJsonPath(text)
  if (!path) throw new TransformerError((target) => `InputPath for target ${target} is invalid.`)
  return path
}

function piecesOf(template: string, variables: ReadonlyMap<string, Variable>): Piece[] {
  const pieces: Piece[] = []
  let quoted = false
  for (const part of template.split(/(<[A-Za-z0-9_.-]+>)/)) {
    const [, name] = /^<([A-Za-z0-9_.-]+)>$/.exec(part) ?? []
    if (name === undefined) {
      quoted = isQuotedAfter(part, quoted)
      pieces.push(part)
      continue
    }
    const variable = variables.get(name)
    if (!variable) {
      throw new TransformerError(
        (target) => `InputTemplate for target ${target} contains invalid placeholder ${name}.`,
      )
    }
    pieces.push({ name, variable, quoted })
  }
  return pieces
}

/** Whether one stands inside a JSON string behind a stretch of text. */
function isQuotedAfter(text: string, before: boolean): boolean {
  let quoted = before
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (quoted && character === '\\') index++
    else if (character === '"') quoted = !quoted
  }
  return quoted
}

function render(
  pieces: readonly Piece[],
  isJson: boolean,
  valueOf: (variable: Variable) => unknown,
): string {
  return pieces
    .map((piece) => {
      if (typeof piece === 'string') return piece
      const value = valueOf(piece.variable)
      if (!piece.quoted) return JSON.stringify(value === undefined ? '' : value)
      return inQuotes(value ?? '', isJson)
    })
    .join('')
}

/** A value inside quotes: texts as they are, all else as the text of its JSON, which in a line of text loses its own quotes. */
function inQuotes(value: unknown, isJson: boolean): string {
  if (typeof value === 'string') return JSON.stringify(value).slice(1, -1)
  const json = JSON.stringify(value)
  if (isJson) return JSON.stringify(json).slice(1, -1)
  return json.replaceAll(/\\.|"/g, (sign) => (sign === '"' ? '' : sign))
}

/** A template is a JSON object, or one JSON text a line. */
function checkShape(sample: string, isJson: boolean): void {
  const texts = isJson ? [sample] : sample.split('\n').filter((line) => line.trim() !== '')
  for (const text of texts) {
    const errors: ParseError[] = []
    parse(text, errors, { disallowComments: true })
    const [first] = errors
    if (!first) continue
    const place = locationOf(text, first.offset).trim().replace(/^at /, '')
    throw new TransformerError((target) => `Invalid InputTemplate for target ${target} : ${place}.`)
  }
}
