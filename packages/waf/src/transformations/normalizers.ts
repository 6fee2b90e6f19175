/**
 * Takes away how a command is disguised: deletes what a shell drops, makes commas, semicolons and runs of white space one space,
 * deletes a space before `/` and `(`, and lowers letters.
 */
export function cmdLine(text: string, deleted: RegExp): string {
  return text
    .replace(deleted, '')
    .replace(/[,; \t\n\v\f\r]+/g, ' ')
    .replace(/ (?=[/(])/g, '')
    .replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/**
 * Removes slashes that follow slashes, references to the directory itself, and those to its parent except at the beginning of a
 * relative path.
 */
export function normalizePath(text: string): string {
  if (!text.includes('//') && !text.includes('.')) return text
  const absolute = text.startsWith('/')
  const kept: string[] = []
  const segments = text.split('/')
  for (const segment of segments) {
    if (segment === '' || segment === '.') continue
    const above = kept.at(-1)
    if (segment !== '..' || (above === undefined ? !absolute : above === '..')) kept.push(segment)
    else kept.pop()
  }
  const last = segments.at(-1) ?? ''
  const trailing = kept.length > 0 && (last === '' || last === '.' || last === '..')
  const isParent = kept.at(-1) === '..' && last === '..'
  return (absolute ? '/' : '') + kept.join('/') + (trailing && !isParent ? '/' : '')
}
