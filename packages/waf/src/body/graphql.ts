/**
 * The string literals of a GraphQL document (GraphQL 2021, section 2.1), or undefined when the text is none: its names, arguments
 * and braces are neither prose nor SQL, so nothing else of it is of interest.
 */
export function graphqlStrings(text: string): string[] | undefined {
  if (!/^[\s\ufeff]*(?:\{|#|(?:query|mutation|subscription|fragment)\b)/.test(text))
    return undefined
  const strings: string[] = []
  let depth = 0
  let selections = 0
  token.lastIndex = 0
  while (token.lastIndex < text.length) {
    const found = token.exec(text)
    if (found === null) return undefined
    const [lexeme, block, string] = found
    if (block !== undefined) strings.push(block.replaceAll('\\"""', '"""'))
    else if (string !== undefined) strings.push(unescaped(string))
    else if (lexeme === '{') {
      depth += 1
      selections += 1
    } else if (lexeme === '}') depth -= 1
  }
  return depth === 0 && selections > 0 ? strings : undefined
}

const token =
  /(?:[\s,\ufeff]+|#[^\n\r]*|[_a-z]\w*|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])|\.\.\.|[!$&():=@[\]{|}]|"""((?:[^"\\]|\\"""|\\|"(?!""))*)"""|"((?:[^"\\\n\r]|\\.)*)")/iy

function unescaped(string: string): string {
  return string.replace(/\\(?:u([\da-f]{4})|(.))/gi, (_, unit: string | undefined, sign: string) =>
    unit === undefined ? (escapes[sign] ?? sign) : String.fromCharCode(Number.parseInt(unit, 16)),
  )
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }
