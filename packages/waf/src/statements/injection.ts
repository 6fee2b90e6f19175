import type { SqliMatchStatement, XssMatchStatement } from '@aws-sdk/client-wafv2'
import type { Compilation, View } from '../compilation.ts'
import type { Detection } from '../inspected-value.ts'
import type { Inspection, Test } from '../inspection.ts'
import { detectSqli } from '../sqli/index.ts'
import { unicodeText } from '../text/percent.ts'
import type { MatchDetail } from '../verdict.ts'
import { detectXss } from '../xss/detect-xss.ts'
import { fieldTest } from './field-test.ts'

/** Compiles an SQL injection statement; LOW unless it asks for HIGH. */
export function sqliTest(compilation: Compilation, statement: SqliMatchStatement): Test {
  const sensitivityLevel = statement.SensitivityLevel ?? 'LOW'
  return fieldTest(compilation, 'SqliMatchStatement', statement, (text, inspection, view) => {
    const found = detectSqli(unicodeText(text), sensitivityLevel)
    if (found === undefined) return undefined
    const about = { conditionType: 'SQL_INJECTION', sensitivityLevel } as const
    return told(inspection, view, about, found)
  })
}

/** Compiles a cross-site scripting statement. */
export function xssTest(compilation: Compilation, statement: XssMatchStatement): Test {
  return fieldTest(compilation, 'XssMatchStatement', statement, (text, inspection, view) => {
    const found = detectXss(unicodeText(text))
    return found && told(inspection, view, { conditionType: 'XSS' }, found)
  })
}

function told(
  inspection: Inspection,
  { field }: View,
  about: Pick<MatchDetail, 'conditionType' | 'sensitivityLevel'>,
  { evidence, reason }: Detection,
): string {
  inspection.details.push({
    ...about,
    reason,
    location: field.location,
    ...(field.name === undefined ? {} : { matchedFieldName: field.name }),
    matchedData: [evidence],
  })
  return `${reason}: ${evidence}`
}
