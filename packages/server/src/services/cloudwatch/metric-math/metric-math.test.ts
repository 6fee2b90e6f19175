import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evaluateExpression } from './evaluate.ts'
import { parseExpression } from './parse.ts'
import { MetricMathError, series } from './values.ts'
import type { MathValue } from './values.ts'

const minute = 60_000
const times = [0, minute, 2 * minute, 3 * minute]
const m1 = series('m1', [
  [0, 1],
  [minute, 2],
  [2 * minute, 3],
  [3 * minute, 4],
])
const m2 = series('m2', [
  [0, 10],
  [2 * minute, -30],
])
const metrics = [
  { id: 'm1', series: m1 },
  { id: 'm2', series: m2 },
]

function worth(expression: string): unknown {
  const scope = { periodMs: minute, times, metrics }
  const valueOf = (id: string) => metrics.find((each) => each.id === id)?.series
  return plain(evaluateExpression(parseExpression(expression), valueOf, scope))
}

function plain(value: MathValue): unknown {
  if (value.kind === 'scalar') return value.value
  if (value.kind === 'series')
    return [...value.points].map(([time, number]) => [time / minute, number])
  return value.kind === 'list' ? value.series.map(plain) : value.text
}

test('expressions are computed as CloudWatch documents them', () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['2 ^ 3 ^ 2', 512],
    ['-2 ^ 2', -4],
    ['10 - 4 - 3', 3],
    ['1 < 2 && 2 < 1', 0],
    ['1 < 2 OR 2 < 1', 1],
    [
      'm1 * 2',
      [
        [0, 2],
        [1, 4],
        [2, 6],
        [3, 8],
      ],
    ],
    [
      'm1 + m2',
      [
        [0, 11],
        [2, -27],
      ],
    ],
    [
      'm1 / m1',
      [
        [0, 1],
        [1, 1],
        [2, 1],
        [3, 1],
      ],
    ],
    ['m1 / 0', []],
    [
      'm1 > 2',
      [
        [0, 0],
        [1, 0],
        [2, 1],
        [3, 1],
      ],
    ],
    [
      'ABS(m2)',
      [
        [0, 10],
        [2, 30],
      ],
    ],
    ['SUM(m1)', 10],
    ['AVG(m1)', 2.5],
    ['MAX(m1)', 4],
    [
      'MIN([m1, m2])',
      [
        [0, 1],
        [1, 2],
        [2, -30],
        [3, 4],
      ],
    ],
    [
      'SUM(METRICS())',
      [
        [0, 11],
        [1, 2],
        [2, -27],
        [3, 4],
      ],
    ],
    [
      'SUM(METRICS("m2"))',
      [
        [0, 10],
        [2, -30],
      ],
    ],
    [
      'FILL(m2, 0)',
      [
        [0, 10],
        [1, 0],
        [2, -30],
        [3, 0],
      ],
    ],
    [
      'FILL(m2, REPEAT)',
      [
        [0, 10],
        [1, 10],
        [2, -30],
        [3, -30],
      ],
    ],
    [
      'FILL(m2, LINEAR)',
      [
        [0, 10],
        [1, -10],
        [2, -30],
      ],
    ],
    [
      'FILL(m2, m1)',
      [
        [0, 10],
        [1, 2],
        [2, -30],
        [3, 4],
      ],
    ],
    [
      'DIFF(m1)',
      [
        [1, 1],
        [2, 1],
        [3, 1],
      ],
    ],
    ['DIFF_TIME(m2)', [[2, 120]]],
    [
      'RATE(m1)',
      [
        [1, 1 / 60],
        [2, 1 / 60],
        [3, 1 / 60],
      ],
    ],
    [
      'RUNNING_SUM(m1)',
      [
        [0, 1],
        [1, 3],
        [2, 6],
        [3, 10],
      ],
    ],
    [
      'IF(m1 > 2, m1, 0)',
      [
        [0, 0],
        [1, 0],
        [2, 3],
        [3, 4],
      ],
    ],
    [
      'IF(m1 > 2, m1)',
      [
        [2, 3],
        [3, 4],
      ],
    ],
    ['IF(0, 1, 2)', 2],
    ['PERIOD(m1)', 60],
    [
      'MINUTE(m1)',
      [
        [0, 0],
        [1, 1],
        [2, 2],
        [3, 3],
      ],
    ],
    [
      'SORT(METRICS(), MAX, DESC)',
      [
        [
          [0, 10],
          [2, -30],
        ],
        [
          [0, 1],
          [1, 2],
          [2, 3],
          [3, 4],
        ],
      ],
    ],
    [
      'SLICE(SORT(METRICS(), MAX, DESC), 0)',
      [
        [0, 10],
        [2, -30],
      ],
    ],
    ['FIRST(m1)', 1],
    ['LAST(m2)', -30],
    ['DATAPOINT_COUNT(m1)', 4],
    ['METRIC_COUNT(METRICS())', 2],
    ['STDDEV(m1)', Math.sqrt(1.25)],
    [
      'CEIL(LOG10(m1))',
      [
        [0, 0],
        [1, 1],
        [2, 1],
        [3, 1],
      ],
    ],
    [
      'TIME_SERIES(7)',
      [
        [0, 7],
        [1, 7],
        [2, 7],
        [3, 7],
      ],
    ],
  ]
  for (const [expression, expected] of cases) {
    assert.deepEqual(worth(expression), expected, expression)
  }
  assert.equal(cases.length, 41)
})

test('what cannot be computed is refused', () => {
  const bad = ['', '1 +', 'm3', 'NONE(m1)', '(1', '1 2', 'm1 @', 'FILL(m1)', 'SORT(m1)', '"a" + 1']
  for (const expression of bad) {
    assert.throws(() => worth(expression), MetricMathError, expression)
  }
  assert.equal(bad.length, 10)
})

test('any text is computed or refused', () => {
  const piece = fc.constantFrom(
    'm1',
    'm2',
    '+',
    '*',
    '^',
    '(',
    ')',
    '[',
    ']',
    ',',
    'IF',
    'SUM',
    '3',
    '-',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      try {
        worth(pieces.join(' '))
      } catch (error) {
        assert.ok(error instanceof MetricMathError, String(error))
      }
    }),
    { numRuns: 500 },
  )
})
