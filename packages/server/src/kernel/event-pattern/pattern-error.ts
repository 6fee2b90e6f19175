/** An event pattern that EventBridge would refuse; the message is the reason in its words. */
export class PatternError extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'PatternError'
  }
}

const shownChars = 500

/** Where in the pattern the reader stands, as EventBridge's parser (Jackson) appends it to a reason. */
export function locationOf(text: string, offset: number): string {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  const column = offset - before.lastIndexOf('\n')
  const left = text.length - shownChars
  const shown = left > 0 ? `"${text.slice(0, shownChars)}"[truncated ${left} chars]` : `"${text}"`
  return `\n at [Source: (String)${shown}; line: ${line}, column: ${column}]`
}
