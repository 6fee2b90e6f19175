/**
 * A line of SHOW GRANTS as the same grant to another account; undefined for a line that grants nothing by itself.
 * How the account logs in (IDENTIFIED, REQUIRE), which older servers write there too, is left out.
 */
export function grantFor(line: string, account: string): string | undefined {
  const words = outsideQuotes(line)
  const to = [...words.matchAll(/ (TO|FOR) /g)].at(-1)
  if (!to || !/^(GRANT|SET DEFAULT ROLE) /.test(words)) return undefined
  const options = / WITH (GRANT OPTION|ADMIN OPTION|MAX_).*$/.exec(words)
  const with_ = options ? line.slice(options.index) : ''
  return line.slice(0, to.index + to[0].length) + account + with_
}

/** The line with everything in quotes blanked, at the same places. */
function outsideQuotes(line: string): string {
  return line.replace(/`(?:``|[^`])*`|'(?:''|\\.|[^'\\])*'|"(?:""|[^"])*"/g, (quoted) =>
    '\0'.repeat(quoted.length),
  )
}
