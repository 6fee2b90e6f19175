import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemorySecrets, runSteps, stepNames } from './memory-secrets.fixture.ts'
import { passwordRules } from './password-rules.ts'
import { runStep, type RotationTarget } from './steps.ts'

const secretId = 'app'

function setUp() {
  const secrets = new MemorySecrets()
  secrets.create(secretId, { password: 'one', other: 'kept' })
  secrets.begin(secretId, 'second')
  const done: string[] = []
  const target: RotationTarget = {
    next: async (rotation, current) => {
      done.push('next')
      const password = await rotation.secrets.randomPassword()
      return JSON.stringify({ ...(JSON.parse(current) as object), password })
    },
    set: (_rotation, { pending, current, previous }) => {
      done.push(`set ${[pending, current, previous].map((text) => text !== undefined)}`)
      return Promise.resolve()
    },
    test: () => {
      done.push('test')
      return Promise.resolve()
    },
  }
  const event = (Step: string, ClientRequestToken = 'second') => ({
    Step,
    SecretId: secretId,
    ClientRequestToken,
  })
  return { secrets, target, done, event }
}

test('four steps bring a new version in force and keep the former one', async () => {
  const { secrets, target, done } = setUp()
  await runSteps(target, secrets, { secretId, token: 'second' })
  assert.deepEqual(done, ['next', 'set true,true,false', 'test'])
  assert.deepEqual(secrets.object(secretId, 'AWSPREVIOUS'), { password: 'one', other: 'kept' })
  assert.equal(secrets.object(secretId)['other'], 'kept')
  assert.notEqual(secrets.object(secretId)['password'], 'one')
})

test('a step that is repeated changes nothing more', async () => {
  const { secrets, target, event, done } = setUp()
  await runStep(event('createSecret'), target, secrets)
  const made = secrets.object(secretId, 'AWSPENDING')
  await runStep(event('createSecret'), target, secrets)
  assert.deepEqual(secrets.object(secretId, 'AWSPENDING'), made)
  await runSteps(target, secrets, { secretId, token: 'second' }, stepNames.slice(1))
  const before = done.length
  await runSteps(target, secrets, { secretId, token: 'second' })
  assert.equal(done.length, before)
  assert.deepEqual(secrets.object(secretId), made)
})

test('what is no rotation under way is refused in the words of AWS’s templates', async () => {
  const { secrets, target, event } = setUp()
  const refusals = [
    [
      event('createSecret', 'stranger'),
      /^Secret version stranger has no stage for rotation of secret app\.$/,
    ],
    [event('dance'), /^Invalid step parameter dance for secret app$/],
    [
      { ...event('setSecret'), SecretId: 'unrotated' },
      /^Secret unrotated is not enabled for rotation$/,
    ],
    [event('setSecret'), /^Secret app has no AWSPENDING version second$/],
  ] as const
  for (const [refused, message] of refusals) {
    await assert.rejects(runStep(refused, target, secrets), { message })
  }
})

test('an error shows no secret and none of what a driver hangs on it', async () => {
  const { secrets, target, event } = setUp()
  secrets.nextPassword = () => 'planted-new'
  await runStep(event('createSecret'), target, secrets)
  const set = () =>
    Promise.reject(
      Object.assign(new Error(`near 'planted-new' and one`), {
        sql: `SET PASSWORD = 'planted-new'`,
      }),
    )
  await assert.rejects(runStep(event('setSecret'), { ...target, set }, secrets), (error: Error) => {
    assert.equal(error.message, `near '***' and ***`)
    assert.doesNotMatch(JSON.stringify({ ...error, stack: error.stack }), /planted/)
    return true
  })
})

test('passwords are made by the environment variables of AWS’s templates', () => {
  assert.deepEqual(passwordRules({}), {
    ExcludeCharacters: `:/@"'\\`,
    PasswordLength: 32,
    ExcludeNumbers: false,
    ExcludePunctuation: false,
    ExcludeUppercase: false,
    ExcludeLowercase: false,
    RequireEachIncludedType: true,
  })
  const env = {
    EXCLUDE_CHARACTERS: 'abc',
    PASSWORD_LENGTH: '20',
    EXCLUDE_NUMBERS: 'True',
    EXCLUDE_PUNCTUATION: 'true',
    EXCLUDE_UPPERCASE: 'false',
    EXCLUDE_LOWERCASE: '',
    REQUIRE_EACH_INCLUDED_TYPE: 'false',
  }
  assert.deepEqual(passwordRules(env), {
    ExcludeCharacters: 'abc',
    PasswordLength: 20,
    ExcludeNumbers: true,
    ExcludePunctuation: true,
    ExcludeUppercase: false,
    ExcludeLowercase: false,
    RequireEachIncludedType: false,
  })
})
