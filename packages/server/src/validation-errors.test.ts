import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { SSM } from '@aws-sdk/client-ssm'
import { STS } from '@aws-sdk/client-sts'
import { startTestServer } from '@bartizan/testkit'

const bartizan = await startTestServer()
after(() => bartizan.close())
const [iam, kms, sts] = [bartizan.client(IAM), bartizan.client(KMS), bartizan.client(STS)]
const [ssm, secrets] = [bartizan.client(SSM), bartizan.client(SecretsManager)]

/** A call that breaks several constraints, and what of them the message is to name, in this order. */
const calls: readonly [call: () => Promise<unknown>, names: readonly string[]][] = [
  // Members in the order of the operation's shape, required ones first; the rules of one as max, min, pattern, enum.
  [
    () => kms.generateDataKey({ NumberOfBytes: 0, KeyId: '', KeySpec: 'AES_1' as 'AES_128' }),
    [
      "Value '' at 'keyId' failed to satisfy constraint: Member must have length greater",
      "Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater",
      "Value 'AES_1' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set",
    ],
  ],
  [
    () => kms.createAlias({ AliasName: '', TargetKeyId: '' }),
    [
      "Value '' at 'aliasName' failed to satisfy constraint: Member must have length greater",
      "Value '' at 'aliasName' failed to satisfy constraint: Member must satisfy regular expression",
      "Value '' at 'targetKeyId' failed to satisfy constraint: Member must have length greater",
    ],
  ],
  [
    () => kms.tagResource({ KeyId: '', Tags: [{ TagKey: '', TagValue: 'v'.repeat(257) }] }),
    ["Value '' at 'keyId'", "Value '' at 'tags.1.member.tagKey'", "at 'tags.1.member.tagValue'"],
  ],
  [
    () => iam.createUser({ Path: 'p', UserName: '' }),
    ["Value at 'userName'", "Value at 'userName'", "Value at 'path'"],
  ],
  [
    () => sts.assumeRole({ RoleArn: 'r', RoleSessionName: '!!', DurationSeconds: 1 }),
    ["Value 'r' at 'roleArn'", "Value '!!' at 'roleSessionName'", "'1' at 'durationSeconds'"],
  ],
  [
    () => ssm.putParameter({ Name: '', Value: 'v', Type: 'Text' as 'String', KeyId: '' }),
    ["Value '' at 'name'", "Value 'Text' at 'type'", "Value '' at 'keyId'", "'' at 'keyId'"],
  ],
  [
    () => secrets.getSecretValue({ SecretId: '', VersionStage: '', VersionId: 'short' }),
    ["Value '' at 'secretId'", "Value 'short' at 'versionId'", "Value '' at 'versionStage'"],
  ],
]

test('a message names every constraint that a call breaks, in the order of the shape', async () => {
  for (const [call, names] of calls) {
    const message = await call().then(
      () => 'no error',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
    const [head = '', rest = ''] = message.split(' validation errors detected: ')
    const parts = rest.split('; ')
    assert.deepEqual([Number(head), parts.length], [names.length, names.length], message)
    for (const [at, name] of names.entries()) assert.ok(parts[at]?.includes(name), message)
  }
  assert.equal(calls.length, 7)
})
