import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import { startTestServer, type TestServer } from '@bartizan/testkit'

let bartizan: TestServer
before(async () => {
  bartizan = await startTestServer()
})
after(() => bartizan.close())

test('a name with a blank is refused in the words that IAM has for it', async () => {
  await assert.rejects(bartizan.client(IAM).createUser({ UserName: 'a b' }), {
    name: 'ValidationError',
    message:
      'The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
  })
})

test('a path without its slashes is refused in the words that IAM has for it', async () => {
  await assert.rejects(bartizan.client(IAM).createUser({ UserName: 'a', Path: 'team' }), {
    name: 'ValidationError',
    message:
      'The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.',
  })
})

test('a name that is too long is refused without being repeated', async () => {
  const UserName = 'a'.repeat(65)
  await assert.rejects(bartizan.client(IAM).createUser({ UserName }), {
    message:
      "1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must have length less than or equal to 64",
  })
})

test('a tag key that is too long is refused with all the rules of tag keys', async () => {
  await assert.rejects(
    bartizan.client(IAM).untagUser({ UserName: 'admin', TagKeys: ['k'.repeat(129)] }),
    {
      message:
        "1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+, Member must not be null]",
    },
  )
})
