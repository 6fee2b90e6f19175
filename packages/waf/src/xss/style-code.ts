import { withoutComments } from './script-code.ts'
import { scriptUrlIn } from './script-url.ts'

/**
 * The part of a style sheet or a style attribute that loads or runs a script in some browser: `expression()`, `behavior`,
 * `-moz-binding`, script URLs, imports of others' sheets. Comments and CSS escapes are taken off first.
 */
export function styleCode(css: string): string | undefined {
  const plain = withoutComments(css)
    .replace(/\\([\da-f]{1,6})\s?/gi, (_, code: string) =>
      String.fromCodePoint(Math.min(Number.parseInt(code, 16), 0x10ffff)),
    )
    .replace(/\\/g, '')
  return running.exec(plain)?.[0] ?? scriptUrlIn(plain)
}

const running =
  /(?:^|[\W_])(?:e\s*x\s*p\s*ression\W{0,6}\(|(?:-moz-binding|behaviou?r)\s*:\s*(?:url|expression)\s*\(|-o-link(?:-source)?\s*:\s*['"]?\w+script)|@import\s*(?:url\s*\(\s*)?(?:['"]\s*)?(?!https:\/\/)[^\s'")]{0,200}(?:[./]{2}|:)/i
