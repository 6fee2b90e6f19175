import { createHash, randomInt } from 'node:crypto'
import type { SecretBox } from '../../../kernel/context.ts'

const purpose = 'wafv2.puzzle'
const lifeMs = 300_000

/** So many leading zero bits a solution's hash has: a few tenths of a second of a browser's time. */
export const workBits = 16

/** What a client is asked to do before its request is taken. */
export interface Puzzle {
  readonly kind: 'challenge' | 'captcha'
  readonly id: string
  readonly host: string
  readonly expiresMs: number
  /** Where to go on to: the request's own target. */
  readonly target: string
  /** Answers of a captcha, each good. */
  readonly answers: readonly string[]
}

/** A puzzle sealed for the client to hand back, and the seed of its proof of work. */
export interface PosedPuzzle {
  readonly sealed: string
  readonly seed: string
}

/** Poses a puzzle. */
export function pose(
  box: SecretBox,
  puzzle: Omit<Puzzle, 'expiresMs'>,
  nowMs: number,
): PosedPuzzle {
  const sealed = box.seal(purpose, JSON.stringify({ ...puzzle, expiresMs: nowMs + lifeMs }))
  return { sealed, seed: seedOf(sealed) }
}

function seedOf(sealed: string): string {
  return createHash('sha256').update(sealed).digest('hex')
}

/** The puzzle that was handed back; undefined when it is none, or was posed too long ago. */
export function posed(box: SecretBox, sealed: string, nowMs: number): Puzzle | undefined {
  const text = box.open(purpose, sealed)
  if (text === undefined) return undefined
  const puzzle = JSON.parse(text) as Puzzle
  return puzzle.expiresMs > nowMs ? puzzle : undefined
}

/** Whether a number proves the work: the hash of `seed:number` begins with enough zero bits. */
export function isProof(sealed: string, solution: string): boolean {
  if (!/^\d{1,15}$/.test(solution)) return false
  const hash = createHash('sha256')
    .update(`${seedOf(sealed)}:${solution}`)
    .digest()
  return hash.readUInt32BE(0) >>> (32 - workBits) === 0
}

/** Whether an answer is one of the puzzle's. */
export function isAnswer({ answers }: Puzzle, given: string): boolean {
  return answers.includes(given.trim().toUpperCase())
}

/** Captchas have a picture of characters, and for those who cannot see it a question in words. */
export interface Captcha {
  /** An SVG image without text in it. */
  readonly picture: string
  readonly question: string
  readonly answers: readonly string[]
}

/** Characters that are told apart when they are bent, as strokes on a grid of 4 by 6. */
const glyphs: Readonly<Record<string, string>> = {
  A: '0,6 2,0 4,6|1,4 3,4',
  C: '4,1 2,0 0,2 0,4 2,6 4,5',
  E: '4,0 0,0 0,6 4,6|0,3 3,3',
  F: '4,0 0,0 0,6|0,3 3,3',
  H: '0,0 0,6|4,0 4,6|0,3 4,3',
  K: '0,0 0,6|4,0 0,3 4,6',
  L: '0,0 0,6 4,6',
  M: '0,6 0,0 2,3 4,0 4,6',
  N: '0,6 0,0 4,6 4,0',
  P: '0,6 0,0 3,0 4,1 4,2 3,3 0,3',
  R: '0,6 0,0 3,0 4,1 4,2 3,3 0,3|2,3 4,6',
  T: '0,0 4,0|2,0 2,6',
  W: '0,0 1,6 2,3 3,6 4,0',
  X: '0,0 4,6|4,0 0,6',
  Y: '0,0 2,3 4,0|2,3 2,6',
  4: '3,6 3,0 0,4 4,4',
  7: '0,0 4,0 1,6',
}

const words =
  'anchor basket candle desert engine forest garden harbour island jacket kitchen ladder mirror needle orange pencil river silver table umbrella valley window yellow bridge cotton dragon feather guitar hammer market'.split(
    ' ',
  )

const ordinals = ['first', 'second', 'third', 'fourth', 'fifth']

/** Makes a captcha. */
export function newCaptcha(): Captcha {
  const names = Object.keys(glyphs)
  const shown = Array.from({ length: 6 }, () => names[randomInt(names.length)] ?? 'A')
  const list = Array.from({ length: 5 }, () => words[randomInt(words.length)] ?? 'river')
  const place = randomInt(list.length)
  return {
    picture: pictureOf(shown),
    question: `Type the ${ordinals[place]} word of this list: ${list.join(', ')}.`,
    answers: [shown.join(''), (list[place] ?? '').toUpperCase()],
  }
}

function pictureOf(shown: readonly string[]): string {
  const paths = shown.map((name, index) => strokesOf(name, 20 + index * 44))
  const noise = Array.from({ length: 5 }, () => {
    const [from, bend, to] = [randomInt(90), randomInt(90), randomInt(90)]
    return `<path d="M0 ${from}Q${randomInt(280)} ${bend} 290 ${to}" stroke-width="1.5"/>`
  })
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" width="290" height="90" viewBox="0 0 290 90" role="img" aria-label="Six letters and digits">' +
    `<g fill="none" stroke="currentColor" stroke-width="4" stroke-linecap="round" stroke-linejoin="round">${paths.join('')}${noise.join('')}</g></svg>`
  )
}

function strokesOf(name: string, left: number): string {
  const angle = randomInt(50) - 25
  const top = 16 + randomInt(16)
  const d = (glyphs[name] ?? '')
    .split('|')
    .map((stroke) => `M${stroke.split(' ').map(bent).join('L')}`)
    .join('')
  return `<path d="${d}" transform="translate(${left} ${top}) rotate(${angle} 14 21)"/>`
}

/** A point of a stroke in pixels, a little off its place. */
function bent(point: string): string {
  const [x = '0', y = '0'] = point.split(',')
  return `${Number(x) * 7 + randomInt(5) - 2} ${Number(y) * 7 + randomInt(5) - 2}`
}
