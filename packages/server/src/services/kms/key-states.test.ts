import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-kms'
import { startTestServer } from '@bartizan/testkit'
import { keyPolicy, newKey, refusal } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const kms = bartizan.client(sdk.KMSClient)
const Plaintext = Buffer.from('x')

/** What AWS's table says of an operation: `.` works, else the error, by the table's note. */
type Cell = '.' | 1 | 3 | 4 | 5 | 6 | 9
const states = ['Enabled', 'Disabled', 'PendingImport', 'PendingDeletion'] as const

const errors: Readonly<Record<Exclude<Cell, '.'>, readonly [string, string]>> = {
  1: ['DisabledException', 'ARN is disabled.'],
  3: ['KMSInvalidStateException', 'ARN is pending deletion.'],
  4: ['KMSInvalidStateException', 'ARN is not pending deletion.'],
  5: ['KMSInvalidStateException', 'ARN is pending import.'],
  6: [
    'UnsupportedOperationException',
    'ARN origin is EXTERNAL which is not valid for this operation.',
  ],
  9: [
    'UnsupportedOperationException',
    'ARN origin is AWS_KMS which is not valid for this operation.',
  ],
}

type Call = (KeyId: string, blob: Uint8Array | undefined) => Promise<unknown>
const send = (command: unknown): Promise<unknown> => kms.send(command as sdk.DescribeKeyCommand)
let aliasNumber = 0

/** The table of the KMS Developer Guide, "Key states of AWS KMS keys", for symmetric keys. */
const table: readonly (readonly [string, Call, readonly [Cell, Cell, Cell, Cell]])[] = [
  [
    'CancelKeyDeletion',
    (KeyId) => send(new sdk.CancelKeyDeletionCommand({ KeyId })),
    [4, 4, 4, '.'],
  ],
  [
    'CreateAlias',
    (TargetKeyId) =>
      send(new sdk.CreateAliasCommand({ AliasName: `alias/s${(aliasNumber += 1)}`, TargetKeyId })),
    ['.', '.', '.', 3],
  ],
  [
    'CreateGrant',
    (KeyId) =>
      send(
        new sdk.CreateGrantCommand({
          KeyId,
          GranteePrincipal: `arn:aws:iam::${bartizan.accountId}:root`,
          Operations: ['Encrypt'],
        }),
      ),
    ['.', 1, 5, 3],
  ],
  [
    'Decrypt',
    (KeyId, CiphertextBlob) =>
      CiphertextBlob
        ? send(new sdk.DecryptCommand({ CiphertextBlob }))
        : send(
            new sdk.DecryptCommand({ KeyId, DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }),
          ),
    ['.', 1, 5, 3],
  ],
  [
    'DeleteImportedKeyMaterial',
    (KeyId) => send(new sdk.DeleteImportedKeyMaterialCommand({ KeyId })),
    [9, 9, '.', 9],
  ],
  ['DescribeKey', (KeyId) => send(new sdk.DescribeKeyCommand({ KeyId })), ['.', '.', '.', '.']],
  ['DisableKey', (KeyId) => send(new sdk.DisableKeyCommand({ KeyId })), ['.', '.', 5, 3]],
  [
    'DisableKeyRotation',
    (KeyId) => send(new sdk.DisableKeyRotationCommand({ KeyId })),
    ['.', 1, 6, 3],
  ],
  ['EnableKey', (KeyId) => send(new sdk.EnableKeyCommand({ KeyId })), ['.', '.', 5, 3]],
  [
    'EnableKeyRotation',
    (KeyId) => send(new sdk.EnableKeyRotationCommand({ KeyId })),
    ['.', 1, 6, 3],
  ],
  ['Encrypt', (KeyId) => send(new sdk.EncryptCommand({ KeyId, Plaintext })), ['.', 1, 5, 3]],
  [
    'GenerateDataKey',
    (KeyId) => send(new sdk.GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })),
    ['.', 1, 5, 3],
  ],
  [
    'GenerateDataKeyWithoutPlaintext',
    (KeyId) => send(new sdk.GenerateDataKeyWithoutPlaintextCommand({ KeyId, NumberOfBytes: 9 })),
    ['.', 1, 5, 3],
  ],
  [
    'GenerateDataKeyPair',
    (KeyId) => send(new sdk.GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256' })),
    ['.', 1, 5, 3],
  ],
  [
    'GenerateDataKeyPairWithoutPlaintext',
    (KeyId) =>
      send(
        new sdk.GenerateDataKeyPairWithoutPlaintextCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }),
      ),
    ['.', 1, 5, 3],
  ],
  [
    'GetKeyLastUsage',
    (KeyId) => send(new sdk.GetKeyLastUsageCommand({ KeyId })),
    ['.', '.', '.', '.'],
  ],
  ['GetKeyPolicy', (KeyId) => send(new sdk.GetKeyPolicyCommand({ KeyId })), ['.', '.', '.', '.']],
  [
    'GetKeyRotationStatus',
    (KeyId) => send(new sdk.GetKeyRotationStatusCommand({ KeyId })),
    ['.', '.', 6, '.'],
  ],
  [
    'GetParametersForImport',
    (KeyId) =>
      send(
        new sdk.GetParametersForImportCommand({
          KeyId,
          WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
          WrappingKeySpec: 'RSA_2048',
        }),
      ),
    [9, 9, '.', 9],
  ],
  ['ListAliases', (KeyId) => send(new sdk.ListAliasesCommand({ KeyId })), ['.', '.', '.', '.']],
  ['ListGrants', (KeyId) => send(new sdk.ListGrantsCommand({ KeyId })), ['.', '.', '.', '.']],
  [
    'ListKeyPolicies',
    (KeyId) => send(new sdk.ListKeyPoliciesCommand({ KeyId })),
    ['.', '.', '.', '.'],
  ],
  [
    'ListKeyRotations',
    (KeyId) => send(new sdk.ListKeyRotationsCommand({ KeyId })),
    ['.', '.', '.', '.'],
  ],
  [
    'ListResourceTags',
    (KeyId) => send(new sdk.ListResourceTagsCommand({ KeyId })),
    ['.', '.', '.', '.'],
  ],
  [
    'PutKeyPolicy',
    (KeyId) => send(new sdk.PutKeyPolicyCommand({ KeyId, Policy: keyPolicy(bartizan.accountId) })),
    ['.', '.', '.', '.'],
  ],
  [
    'ReEncrypt',
    (KeyId, CiphertextBlob) =>
      CiphertextBlob
        ? send(new sdk.ReEncryptCommand({ CiphertextBlob, DestinationKeyId: KeyId }))
        : send(
            new sdk.ReEncryptCommand({
              SourceKeyId: KeyId,
              DestinationKeyId: KeyId,
              DryRun: true,
              DryRunModifiers: ['IGNORE_CIPHERTEXT'],
            }),
          ),
    ['.', 1, 5, 3],
  ],
  [
    'RotateKeyOnDemand',
    (KeyId) => send(new sdk.RotateKeyOnDemandCommand({ KeyId })),
    ['.', 1, 5, 3],
  ],
  [
    'ScheduleKeyDeletion',
    (KeyId) => send(new sdk.ScheduleKeyDeletionCommand({ KeyId })),
    ['.', '.', '.', 3],
  ],
  [
    'TagResource',
    (KeyId) => send(new sdk.TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] })),
    ['.', '.', '.', 3],
  ],
  [
    'UntagResource',
    (KeyId) => send(new sdk.UntagResourceCommand({ KeyId, TagKeys: ['a'] })),
    ['.', '.', '.', 3],
  ],
  [
    'UpdateKeyDescription',
    (KeyId) => send(new sdk.UpdateKeyDescriptionCommand({ KeyId, Description: 'd' })),
    ['.', '.', '.', 3],
  ],
]

async function keyIn(state: (typeof states)[number]) {
  const key = await newKey(kms, state === 'PendingImport' ? { Origin: 'EXTERNAL' } : {})
  const KeyId = key.id
  if (state === 'PendingImport') return { ...key, blob: undefined }
  const { CiphertextBlob: blob } = await kms.send(new sdk.EncryptCommand({ KeyId, Plaintext }))
  if (state === 'Disabled') await kms.send(new sdk.DisableKeyCommand({ KeyId }))
  if (state === 'PendingDeletion') await kms.send(new sdk.ScheduleKeyDeletionCommand({ KeyId }))
  return { ...key, blob }
}

test('every operation does in every key state what the table says', async () => {
  let cases = 0
  for (const [name, call, cells] of table) {
    for (const [index, state] of states.entries()) {
      const cell = cells[index] ?? '.'
      const { id, arn, blob } = await keyIn(state)
      cases += 1
      if (cell === '.') {
        await call(id, blob)
        continue
      }
      const [error, text] = errors[cell]
      const expected = { name: error, message: text.replace('ARN', arn) }
      const said = await call(id, blob).then(
        () => 'nothing',
        (refused: Error) => ({ name: refused.name, message: refused.message }),
      )
      assert.deepEqual(said, expected, `${name} in ${state}`)
    }
  }
  assert.equal(cases, 31 * 4)
})

const uses: readonly (readonly [sdk.CreateKeyCommandInput, (KeyId: string) => Promise<unknown>])[] =
  [
    [
      { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
      (KeyId) =>
        send(new sdk.SignCommand({ KeyId, Message: Plaintext, SigningAlgorithm: 'ECDSA_SHA_256' })),
    ],
    [
      { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
      (KeyId) =>
        send(
          new sdk.VerifyCommand({
            KeyId,
            Message: Plaintext,
            Signature: Plaintext,
            SigningAlgorithm: 'ECDSA_SHA_256',
          }),
        ),
    ],
    [
      { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
      (KeyId) => send(new sdk.GetPublicKeyCommand({ KeyId })),
    ],
    [
      { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
      (KeyId) =>
        send(
          new sdk.GenerateMacCommand({ KeyId, Message: Plaintext, MacAlgorithm: 'HMAC_SHA_256' }),
        ),
    ],
    [
      { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
      (KeyId) =>
        send(
          new sdk.VerifyMacCommand({
            KeyId,
            Message: Plaintext,
            Mac: Plaintext,
            MacAlgorithm: 'HMAC_SHA_256',
          }),
        ),
    ],
    [
      { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' },
      (KeyId) =>
        send(
          new sdk.DeriveSharedSecretCommand({
            KeyId,
            PublicKey: Plaintext,
            KeyAgreementAlgorithm: 'ECDH',
          }),
        ),
    ],
    [
      { KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' },
      (KeyId) => send(new sdk.EncapsulateCommand({ KeyId, EncapsulationAlgorithm: 'ML_KEM' })),
    ],
    [
      { KeySpec: 'ML_KEM_512', KeyUsage: 'ENCAPSULATE_DECAPSULATE' },
      (KeyId) =>
        send(
          new sdk.DecapsulateCommand({
            KeyId,
            EncapsulationAlgorithm: 'ML_KEM',
            SharedSecretCiphertextBlob: Plaintext,
          }),
        ),
    ],
  ]

test('disabled and doomed keys of every other usage are of no use either', async () => {
  let cases = 0
  for (const [input, use] of uses) {
    const { id: KeyId, arn } = await newKey(kms, input)
    await kms.send(new sdk.DisableKeyCommand({ KeyId }))
    assert.equal((await refusal(use(KeyId))).message, `${arn} is disabled.`)
    await kms.send(new sdk.ScheduleKeyDeletionCommand({ KeyId }))
    assert.equal((await refusal(use(KeyId))).message, `${arn} is pending deletion.`)
    cases += 2
  }
  assert.equal(cases, 16)
})
