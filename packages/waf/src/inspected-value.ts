/** Where in a request a value stood, in the words of managed rules' names. */
export type Component = 'uriPath' | 'queryArguments' | 'cookies' | 'headers' | 'body'

/**
 * One value that a client sent: an argument, a cookie, a header, a leaf of a JSON body, a field of a form, a text part of a
 * multipart body, the name of a file. Names of arguments and keys are values too (`ofName`).
 */
export interface InspectedValue {
  readonly component: Component
  /** The argument's, cookie's, header's or field's name; a JSON pointer for a JSON body. */
  readonly name: string
  /** The text is the name itself. */
  readonly ofName: boolean
  /**
   * The value as Unicode text, in every reading that differs: first as its component is plainly decoded (once
   * percent-decoded, JSON string unescaped, …), then each further layer that an application or a careless proxy might take off
   * (percent again, overlong UTF-8, `%uXXXX`, HTML entities, base64 that yields text). A few at most.
   */
  readonly forms: readonly string[]
  /** Which marks of `characterMarks` occur in any of the forms: lets a detector skip a value without reading it. */
  readonly marks: number
}

/** Characters that attacks cannot do without, a bit each; letters, digits, space and the like have none. */
export const characterMarks = {
  quote: 1 << 0, // ' " ` and their typographic and full-width twins
  angle: 1 << 1, // < >
  parenthesis: 1 << 2, // ( )
  brace: 1 << 3, // { } [ ]
  semicolon: 1 << 4,
  pipe: 1 << 5, // | &
  dollar: 1 << 6, // $
  slash: 1 << 7, // / \
  dot: 1 << 8, // two dots in a row
  equals: 1 << 9, // = : !
  hash: 1 << 10, // # -- /*
  percent: 1 << 11, // %
  control: 1 << 12, // below U+0020, and U+007F
  wide: 1 << 13, // above U+007E
  space: 1 << 14, // any white space
  digit: 1 << 15,
} as const

/** What a detector has found in a value, and how it read it. */
export interface Detection {
  /** The part of the value that decided, at most some 100 characters. */
  readonly evidence: string
  /** What it is, in words for people: `a tautology after a closed string`. */
  readonly reason: string
}
