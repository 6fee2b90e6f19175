import { hasSink } from './script-code.ts'

const longest = 600

/**
 * The expression of a client-side template (AngularJS, Vue and their like) that leaves its sandbox: it reaches for a constructor,
 * a prototype or a dialogue. `{{ user.name }}` and calls of the page's own functions do not.
 */
export function templateCode(text: string): string | undefined {
  for (let start = text.indexOf('{{'); start >= 0; start = text.indexOf('{{', start + 2)) {
    const end = text.indexOf('}}', start)
    const expression = text.slice(
      start,
      end < 0 ? start + longest : Math.min(end + 2, start + longest),
    )
    if (
      escape.test(expression) ||
      (/[(`]/.test(expression) &&
        /\b(?:alert|prompt|confirm|eval|document|window)\b/.test(expression) &&
        hasSink(expression))
    ) {
      return expression.slice(0, 100)
    }
    if (end < 0) return undefined
    start = end
  }
  return undefined
}

const escape =
  /\bconstructor\b|__proto__|\.prototype\b|\$eval\b|\$on\b\s*\.|\[\s*['"]\w*(?:constr|proto)|\btoString\(\)\s*\.|\bcharAt\s*=/
