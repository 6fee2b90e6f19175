import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-kms'
import { startTestServer } from '@bartizan/testkit'
import { execute } from '../../kernel/pipeline.ts'
import { kms as service } from './index.ts'
import { refusal } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const kms = bartizan.client(sdk.KMSClient)
const { kernel } = bartizan.server

/** Calls KMS as a service does on behalf of a principal of the account. */
async function via(
  viaService: string,
  name: string,
  input: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const operation = service.operations[name]
  if (!operation) throw new Error(`no operation ${name}`)
  const { accountId } = bartizan
  const output = await execute(kernel, {
    caller: {
      principal: {
        kind: 'user',
        accountId,
        arn: `arn:aws:iam::${accountId}:user/nobody-special`,
        principalId: 'AIDAAAAAAAAAAAAAAAAAA',
        userName: 'nobody-special',
      },
      region: 'us-east-1',
      sourceIp: '127.0.0.1',
      userAgent: 'test',
      secureTransport: false,
      now: kernel.clock.now(),
      endpoint: bartizan.endpoint,
      viaService,
    },
    service,
    operation,
    input,
    requestId: kernel.ids.uuid(),
  })
  return output as Record<string, unknown>
}

test('a service makes its managed key on first use, for principals without any KMS permission', async () => {
  const input = { KeyId: 'alias/aws/ssm', Plaintext: Buffer.from('parameter') }
  const { CiphertextBlob, KeyId } = await via('ssm.us-east-1.amazonaws.com', 'Encrypt', input)
  const opened = await via('ssm.us-east-1.amazonaws.com', 'Decrypt', { CiphertextBlob })
  assert.deepEqual(Buffer.from(opened['Plaintext'] as Uint8Array), input.Plaintext)
  const { Aliases } = await kms.send(new sdk.ListAliasesCommand({}))
  assert.equal(Aliases?.[0]?.AliasName, 'alias/aws/ssm')
  const direct = kms.send(new sdk.DecryptCommand({ CiphertextBlob: CiphertextBlob as Uint8Array }))
  assert.equal((await refusal(direct)).name, 'AccessDeniedException')
  const other = via('s3.us-east-1.amazonaws.com', 'Decrypt', { CiphertextBlob })
  assert.equal((await refusal(other)).name, 'AccessDeniedException')
  const { KeyMetadata } = await kms.send(new sdk.DescribeKeyCommand({ KeyId: String(KeyId) }))
  assert.equal(KeyMetadata?.KeyManager, 'AWS')
})

test('a service does not make the managed key of another', async () => {
  const input = { KeyId: 'alias/aws/rds', Plaintext: Buffer.from('x') }
  const call = via('ssm.us-east-1.amazonaws.com', 'Encrypt', input)
  assert.equal((await refusal(call)).name, 'NotFoundException')
})
