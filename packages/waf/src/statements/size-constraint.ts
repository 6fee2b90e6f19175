import type { ComparisonOperator, SizeConstraintStatement } from '@aws-sdk/client-wafv2'
import type { Compilation } from '../compilation.ts'
import type { Inspection, Test } from '../inspection.ts'
import { fieldTest } from './field-test.ts'

/**
 * Compiles a size constraint. Sizes are of bytes after transformation. A body of which only the beginning is inspected has, as it
 * is, the size that its Content-Length says, or at least one byte more than was seen.
 */
export function sizeConstraintTest(
  compilation: Compilation,
  statement: SizeConstraintStatement,
): Test {
  const { ComparisonOperator: operator = 'EQ', Size = 0 } = statement
  const compare = comparisons[operator]
  const ofBody = statement.FieldToMatch?.Body !== undefined
  return fieldTest(
    compilation,
    'SizeConstraintStatement',
    statement,
    (text, inspection, { transformations }) => {
      const whole = ofBody && inspection.request.bodyTruncated && transformations.length === 0
      const size = whole ? bodySize(inspection) : text.length
      return compare(size, Size) ? `${size} bytes` : undefined
    },
  )
}

const comparisons: Readonly<Record<ComparisonOperator, (size: number, bound: number) => boolean>> =
  {
    EQ: (size, bound) => size === bound,
    NE: (size, bound) => size !== bound,
    LE: (size, bound) => size <= bound,
    LT: (size, bound) => size < bound,
    GE: (size, bound) => size >= bound,
    GT: (size, bound) => size > bound,
  }

function bodySize({ parsed, request }: Inspection): number {
  const declared = parsed.header('content-length') ?? ''
  const length = /^\d{1,15}$/.test(declared) ? Number(declared) : 0
  return Math.max(length, request.body.length + 1)
}
