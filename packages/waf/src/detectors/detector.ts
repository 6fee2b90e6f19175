import type { Detection } from '../inspected-value.ts'

/** Looks at one reading of one value; pure, linear in its length, and quick to say no. */
export interface Detector {
  /** What it finds, in a few words for people: `a Unix command line`. */
  readonly name: string
  /** Sets of marks (`characterMarks`): a value that has not all of one set cannot match. */
  readonly needs: readonly number[]
  /** Longer text is read in pieces of this length, which overlap; all at once, when left out. */
  readonly reach?: number
  /**
   * @param name where the text stood: an argument's, cookie's, header's or field's name, or a JSON pointer
   * @returns what was found in the text, or undefined
   */
  detect(text: string, name: string): Detection | undefined
}

const evidenceLength = 100

/** A detection whose evidence is the part of `text` from `start` to `end`, cut to what a log can hold. */
export function detection(text: string, start: number, end: number, reason: string): Detection {
  return { evidence: text.slice(start, Math.min(end, start + evidenceLength)), reason }
}

/** A detection for the match of a regular expression. */
export function matchDetection(
  match: RegExpExecArray | null,
  reason: string,
): Detection | undefined {
  if (match === null) return undefined
  return detection(match.input, match.index, match.index + match[0].length, reason)
}
