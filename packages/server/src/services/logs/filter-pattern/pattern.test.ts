import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileFilterPattern, extractedValues } from './pattern.ts'
import { FilterPatternError } from './scanner.ts'

const matches = (pattern: string, message: string) =>
  compileFilterPattern(pattern).match(message) !== undefined

function table(cases: readonly (readonly [string, string, boolean])[], count: number): void {
  for (const [pattern, message, expected] of cases) {
    assert.equal(matches(pattern, message), expected, `${pattern} on ${message}`)
  }
  assert.equal(cases.length, count)
}

test('terms are all required, any of, or excluded', () => {
  table(
    [
      ['', 'anything', true],
      [' ', 'anything', true],
      ['ERROR', '[ERROR 400] BAD REQUEST', true],
      ['ERROR', '[error 400]', false],
      ['ERROR ARGUMENTS', '[ERROR] MISSING ARGUMENTS', true],
      ['ERROR ARGUMENTS', '[ERROR 401] UNAUTHORIZED', false],
      ['?ERROR ?ARGUMENTS', '[ERROR 401] UNAUTHORIZED', true],
      ['?ERROR ?ARGUMENTS', 'INFO', false],
      ['?ERROR INFO', 'INFO', true],
      ['?ERROR INFO', 'ERROR', false],
      ['ERROR -ARGUMENTS', '[ERROR 401] UNAUTHORIZED', true],
      ['ERROR -ARGUMENTS', '[ERROR] MISSING ARGUMENTS', false],
      ['-ERROR', 'fine', true],
      ['"INTERNAL SERVER ERROR"', '500 INTERNAL SERVER ERROR', true],
      ['"INTERNAL SERVER ERROR"', 'INTERNAL ERROR SERVER', false],
      ['?"a-b" ?"c d"', 'x c d', true],
      ['ERROR -"Exiting now"', 'ERROR Exiting now', false],
      ['%[0-9]{3}%', 'code 404', true],
      ['%^ERROR%', 'an ERROR', false],
      ['%gr[ae]y|blue%', 'blue', true],
      ['"say \\"hi\\""', 'they say "hi"', true],
    ],
    21,
  )
})

test('JSON events are matched by their properties', () => {
  const event = JSON.stringify({
    eventType: 'UpdateTrail',
    sourceIPAddress: '111.111.111.111',
    arrayKey: ['value', 'another value'],
    objectList: [
      { name: 'a', id: 1 },
      { name: 'b', id: 2 },
    ],
    SomeObject: null,
    ThisFlag: true,
    bandwidth: 1.5e3,
    'dotted.key': 'x',
    user: { id: 1, email: 'John.Stiles@example.com' },
    actions: ['GET', 'PUT', 'DELETE'],
    coordinates: [
      [0, 1, 2],
      [4, 5, 6],
    ],
  })
  table(
    [
      ['{ $.eventType = "UpdateTrail" }', event, true],
      ['{$.eventType="UpdateTrail"}', event, true],
      ['{ $.eventType = UpdateTrail }', event, true],
      ['{ $.eventType = "update*" }', event, false],
      ['{ $.eventType = "Update*" }', event, true],
      ['{ $.eventType = "*Trail" }', event, true],
      ['{ $.sourceIPAddress != 123.123.* }', event, true],
      ['{ $.sourceIPAddress = 111.111.* }', event, true],
      ['{ $.arrayKey[0] = "value" }', event, true],
      ['{ $.arrayKey[7] = "value" }', event, false],
      ['{ $.objectList[1].id = 2 }', event, true],
      ['{ $.objectList[*].id = 2 }', event, true],
      ['{ $.objectList[*].id = 3 }', event, false],
      ['{ $.SomeObject IS NULL }', event, true],
      ['{ $.eventType IS NULL }', event, false],
      ['{ $.SomeOtherObject NOT EXISTS }', event, true],
      ['{ $.SomeObject NOT EXISTS }', event, false],
      ['{ $.ThisFlag IS TRUE }', event, true],
      ['{ $.ThisFlag IS FALSE }', event, false],
      ['{ $.bandwidth > 75 }', event, true],
      ['{ $.bandwidth >= 1.5e3 }', event, true],
      ['{ $.bandwidth < 1500 }', event, false],
      ['{ $.bandwidth = 1500 }', event, true],
      ["{ $['dotted.key'] = x }", event, true],
      ['{ $.eventType = %Trail$% }', event, true],
      ['{ $.eventType = %^Trail% }', event, false],
      ['{ $.eventType != %^Trail% }', event, true],
      ['{ ($.user.id = 1) && ($.user.email = "John.*") }', event, true],
      ['{ $.user.id = 2 && $.user.id = 1 || $.actions[2] = "DELETE" }', event, true],
      [
        '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch") && $.actions[2] = "nonmatch" }',
        event,
        false,
      ],
      ['{ $.coordinates[0][1] = 1 }', event, true],
      ['{ $.missing != "x" }', event, false],
      ['{ $.missing = "*" }', event, false],
      ['{ $.eventType = "UpdateTrail" }', 'not JSON', false],
    ],
    34,
  )
})

test('space-delimited events are matched by their fields', () => {
  const line =
    '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'
  table(
    [
      ['[ip, user, username, timestamp, request, status_code, bytes]', line, true],
      ['[ip, user, username, timestamp, request, status_code]', line, false],
      ['[ip, user, username, timestamp, request, status_code = 4*, bytes]', line, true],
      ['[ip, user, username, timestamp, request =*.html*, status_code = 4*, bytes]', line, true],
      ['[..., status_code = 4*, bytes > 1000]', line, true],
      ['[..., status_code = 4*, bytes > 2000]', line, false],
      ['[ip, ..., bytes]', line, true],
      ['[ip = %127\\.0\\.0\\.[1-9]%, ...]', line, true],
      ['[ip != 127.*, ...]', line, false],
      ['[w1 = ERROR, ...]', 'ERROR something is wrong', true],
      ['[w1 = ERROR || w1 = WARN, w2]', 'WARN x', true],
      ['[(w1 = ERROR || w1 = WARN) && w1 != E*, w2]', 'ERROR x', false],
      ['[w1!=%INFO%&&w1!=WARN, w2]', 'ERROR x', true],
      ['[..., status = 404, *]'.replace(', *', ', bytes'), line, true],
      ['[,,user=frank,...]', line, true],
    ],
    15,
  )
})

test('a matched event gives its values by name', () => {
  const fields = compileFilterPattern('[..., size]')
  const extract = fields.match('127.0.0.1 - frank [10/Oct 1] "GET / HTTP/1.0" 200 1534')
  assert.ok(extract)
  assert.deepEqual(extractedValues(fields, extract), {
    $1: '127.0.0.1',
    $2: '-',
    $3: 'frank',
    $4: '10/Oct 1',
    $5: 'GET / HTTP/1.0',
    $6: '200',
    $size: '1534',
  })
  const json = compileFilterPattern('{ $.latency = * }')
  const found = json.match('{"latency": 50, "host": "a"}')
  assert.ok(found)
  assert.deepEqual(extractedValues(json, found), { '$.latency': '50' })
  assert.equal(found('$.host'), 'a')
  assert.equal(found('$.none'), undefined)
})

test('a pattern that cannot be read is refused', () => {
  const bad = [
    '{ $.a }',
    '{ $.a = }',
    '{ $.a = 1',
    '{ a = 1 }',
    '{ $.a = 1 } x',
    '{ $.a > x }',
    '{ ($.a = 1 }',
    '[a, b',
    '[a = ]',
    '[..., a, ...]',
    '"open',
    '%open',
    '%(a)%',
    '%something!%',
    '%[a%',
    'a-b:c',
  ]
  for (const pattern of bad) {
    assert.throws(() => compileFilterPattern(pattern), FilterPatternError, pattern)
  }
  assert.equal(bad.length, 16)
})

test('any text compiles or is refused, and whatever compiles decides any message', () => {
  let compiled = 0
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), fc.string(), (pattern, message) => {
      try {
        compileFilterPattern(pattern).match(message)
        compiled += 1
      } catch (error) {
        assert.ok(error instanceof FilterPatternError, String(error))
      }
    }),
    { numRuns: 500 },
  )
  assert.ok(compiled > 20)
})

test('a phrase in quotes is found in every message that holds it', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }).filter((text) => !/["\\]/.test(text)),
      fc.string(),
      fc.string(),
      (phrase, before, after) => matches(`"${phrase}"`, before + phrase + after),
    ),
  )
})
