import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import * as sdk from '@aws-sdk/client-kms'
import { startTestServer } from '@bartizan/testkit'
import { newKey, newUser, refusal } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const kms = bartizan.client(sdk.KMSClient)

interface Seen {
  readonly eventName: string
  readonly errorCode?: string
  readonly requestParameters: Record<string, unknown> | null
  readonly responseElements: Record<string, unknown> | null
  readonly additionalEventData?: Record<string, unknown>
  readonly resources?: readonly { ARN: string }[]
}

async function eventsOf(arn: string): Promise<readonly Seen[]> {
  const trail = bartizan.client(CloudTrailClient)
  const { Events = [] } = await trail.send(
    new LookupEventsCommand({
      LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: arn }],
    }),
  )
  return Events.map(({ CloudTrailEvent = '' }) => JSON.parse(CloudTrailEvent) as Seen)
}

test('every use of a key is on record, without its secrets', async () => {
  const { id: KeyId, arn, metadata } = await newKey(kms)
  const Plaintext = Buffer.from('do-not-record-me')
  const EncryptionContext = { purpose: 'audit' }
  const made = await kms.send(new sdk.EncryptCommand({ KeyId, Plaintext, EncryptionContext }))
  const { CiphertextBlob } = made
  await kms.send(new sdk.DecryptCommand({ CiphertextBlob, EncryptionContext }))
  await refusal(kms.send(new sdk.DecryptCommand({ CiphertextBlob })))
  const events = await eventsOf(arn)
  const names = events.map((event) => `${event.eventName} ${event.errorCode ?? 'ok'}`)
  assert.deepEqual(names, [
    'Decrypt InvalidCiphertextException',
    'Decrypt ok',
    'Encrypt ok',
    'CreateKey ok',
  ])
  assert.deepEqual(events[2]?.requestParameters?.['encryptionContext'], EncryptionContext)
  assert.equal(events[2]?.requestParameters?.['encryptionAlgorithm'], 'SYMMETRIC_DEFAULT')
  assert.deepEqual(events[2]?.additionalEventData, { keyMaterialId: metadata.CurrentKeyMaterialId })
  const everything = JSON.stringify(events)
  assert.equal(everything.includes('do-not-record-me'), false)
  assert.equal(everything.includes(Plaintext.toString('base64')), false)
})

test('a refused call is on record with the key it was about', async () => {
  const { id: KeyId, arn } = await newKey(kms)
  const user = await newUser(bartizan, 'refused')
  await refusal(user.kms.send(new sdk.DisableKeyCommand({ KeyId })))
  const [event] = await eventsOf(arn)
  assert.equal(event?.eventName, 'DisableKey')
  assert.equal(event?.errorCode, 'AccessDenied')
  assert.deepEqual(
    event?.resources?.map(({ ARN }) => ARN),
    [arn],
  )
})

test('what KMS does by itself is on record as service events', async () => {
  const { id: KeyId, arn } = await newKey(kms)
  await kms.send(new sdk.EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }))
  await bartizan.advance('91d')
  await kms.send(new sdk.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
  await bartizan.advance('8d')
  const names = (await eventsOf(arn)).map((event) => event.eventName)
  // LookupEvents goes back 90 days, so the first two calls are out of its sight.
  assert.deepEqual(names, ['DeleteKey', 'ScheduleKeyDeletion', 'RotateKey'])
})

test('grant tokens stay out of the record', async () => {
  const { id: KeyId, arn } = await newKey(kms)
  const { GrantToken = '' } = await kms.send(
    new sdk.CreateGrantCommand({
      KeyId,
      GranteePrincipal: `arn:aws:iam::${bartizan.accountId}:user/admin`,
      Operations: ['Encrypt'],
    }),
  )
  const [event] = await eventsOf(arn)
  assert.equal(event?.eventName, 'CreateGrant')
  assert.equal(event?.responseElements?.['keyId'], arn)
  assert.equal(JSON.stringify(event).includes(GrantToken), false)
})

test('an attestation that does not verify gets no answer, and no plaintext either', async () => {
  const Recipient = {
    KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
    AttestationDocument: Buffer.from('not a document'),
  } as const
  const random = new sdk.GenerateRandomCommand({ NumberOfBytes: 8, Recipient })
  assert.equal((await refusal(kms.send(random))).name, 'ValidationException')
  const { id: KeyId } = await newKey(kms)
  const data = new sdk.GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', Recipient })
  assert.equal((await refusal(kms.send(data))).name, 'ValidationException')
})
