import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { randomPassword } from './random-password.ts'

const runs = 300
const kinds = {
  ExcludeLowercase: /[a-z]/,
  ExcludeUppercase: /[A-Z]/,
  ExcludeNumbers: /[0-9]/,
  ExcludePunctuation: /[!-/:-@[-`{-~]/,
} as const

test('a password has 32 characters of every kind, and no space', () => {
  const password = randomPassword({})
  assert.equal(password.length, 32)
  for (const kind of Object.values(kinds)) assert.match(password, kind)
  assert.doesNotMatch(password, / /)
})

test('each switch does what it says, for any of their combinations', () => {
  let ran = 0
  const switches = fc.record({
    PasswordLength: fc.integer({ min: 4, max: 64 }),
    ExcludeLowercase: fc.boolean(),
    ExcludeUppercase: fc.boolean(),
    ExcludeNumbers: fc.boolean(),
    ExcludePunctuation: fc.boolean(),
    IncludeSpace: fc.boolean(),
    ExcludeCharacters: fc.string({ maxLength: 20 }),
  })
  fc.assert(
    fc.property(switches, (input) => {
      const isNothing =
        Object.entries(input).filter(([name, on]) => name in kinds && on).length === 4
      fc.pre(!isNothing)
      const password = randomPassword(input)
      ran += 1
      assert.equal([...password].length, input.PasswordLength)
      for (const [name, kind] of Object.entries(kinds)) {
        const isExcluded = input[name as keyof typeof kinds]
        assert.equal(kind.test(password) && isExcluded, false)
        if (!isExcluded && input.ExcludeCharacters === '') assert.match(password, kind)
      }
      for (const character of input.ExcludeCharacters) assert.ok(!password.includes(character))
      if (!input.IncludeSpace) assert.ok(!password.includes(' '))
    }),
    { numRuns: runs },
  )
  assert.ok(ran >= runs)
})

test('a password too short for its kinds, or with nothing to be made of, is refused', () => {
  assert.throws(() => randomPassword({ PasswordLength: 3 }), {
    message: 'Password length is too short based on the required types.',
  })
  assert.equal(randomPassword({ PasswordLength: 1, RequireEachIncludedType: false }).length, 1)
  const nothing = {
    ExcludeLowercase: true,
    ExcludeUppercase: true,
    ExcludeNumbers: true,
    ExcludePunctuation: true,
  }
  assert.throws(() => randomPassword(nothing), { name: 'InvalidRequestException' })
  assert.equal(randomPassword({ ...nothing, IncludeSpace: true, PasswordLength: 2 }), '  ')
})
