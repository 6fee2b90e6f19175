import { randomBytes } from 'node:crypto'
import {
  GenerateDataKey$,
  GenerateDataKeyPair$,
  GenerateDataKeyPairWithoutPlaintext$,
  GenerateDataKeyWithoutPlaintext$,
} from '@aws-sdk/client-kms'
import type {
  DataKeyPairSpec,
  GenerateDataKeyPairRequest,
  GenerateDataKeyPairResponse,
  GenerateDataKeyPairWithoutPlaintextRequest,
  GenerateDataKeyPairWithoutPlaintextResponse,
  GenerateDataKeyRequest,
  GenerateDataKeyResponse,
  GenerateDataKeyWithoutPlaintextRequest,
  GenerateDataKeyWithoutPlaintextResponse,
  GrantOperation,
  RecipientInfo,
} from '@aws-sdk/client-kms'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import type { Access } from '../../kernel/service.ts'
import { auditMaterial, contextConditions, keyAccess, noteUse } from './authorisation.ts'
import { checkEncryption, sealPlaintext } from './ciphertext.ts'
import type { Sealed } from './ciphertext.ts'
import { isDataKeyPairSpec, keySpecs } from './crypto/key-specs.ts'
import { generateMaterial, publicKeyOf } from './crypto/material.ts'
import { refuseDryRun, unsupported, validation } from './errors.ts'
import type { KeySubject } from './key-reference.ts'
import { anyKey } from './keys.ts'
import { checkRecipient, forRecipient, recipientConditions } from './recipients.ts'

/** What the four operations have in common. */
interface DataKeyInput {
  readonly EncryptionContext?: Readonly<Record<string, string>> | undefined
  readonly DryRun?: boolean | undefined
  readonly Recipient?: RecipientInfo | undefined
  readonly KeyPairSpec?: DataKeyPairSpec | undefined
  readonly GrantTokens?: readonly string[] | undefined
}

function dataKeyAccess(
  name: GrantOperation,
): (input: DataKeyInput, ctx: Context, subject: KeySubject) => Promise<Access> {
  return async (input, ctx, subject) =>
    keyAccess(ctx, subject, {
      conditions: {
        'kms:encryptionalgorithm': 'SYMMETRIC_DEFAULT',
        'kms:datakeypairspec': input.KeyPairSpec,
        ...contextConditions(input.EncryptionContext),
        ...(await recipientConditions(ctx, input.Recipient)),
      },
      grant: { operation: name, context: input.EncryptionContext ?? {} },
      grantTokens: input.GrantTokens,
    })
}

/** A data key's size in the two ways that requests give it. */
interface Size {
  readonly KeySpec?: 'AES_128' | 'AES_256' | undefined
  readonly NumberOfBytes?: number | undefined
}

function checkSize({ KeySpec, NumberOfBytes }: Size): void {
  if ((KeySpec === undefined) === (NumberOfBytes === undefined)) {
    throw validation('Please specify either number of bytes or key spec.')
  }
}

function newDataKey({ KeySpec, NumberOfBytes }: Size): Uint8Array {
  return randomBytes(NumberOfBytes ?? (KeySpec === 'AES_128' ? 16 : 32))
}

/** The work of the four operations: checks, encrypts what `make` made, remembers the use. */
async function protect(
  ctx: Context,
  subject: KeySubject,
  request: { name: string; input: DataKeyInput; make: () => Uint8Array | Promise<Uint8Array> },
): Promise<{ secret: Uint8Array; sealed: Sealed }> {
  const { name, input, make } = request
  const how = { operation: name, algorithm: undefined, context: input.EncryptionContext }
  checkEncryption(subject, how)
  refuseDryRun(input.DryRun)
  const secret = await make()
  const sealed = await sealPlaintext(ctx, subject, { ...how, plaintext: secret })
  auditMaterial(ctx, sealed.materialId)
  noteUse(ctx, subject, name)
  return { secret, sealed }
}

function materialIdOf({ materialId }: Sealed): { KeyMaterialId?: string } {
  return materialId === undefined ? {} : { KeyMaterialId: materialId }
}

/** GenerateDataKey. */
export const GenerateDataKey = operation<
  GenerateDataKeyRequest,
  GenerateDataKeyResponse,
  KeySubject
>(GenerateDataKey$, {
  readOnly: true,
  check(input) {
    checkSize(input)
    checkRecipient(input.Recipient)
  },
  resolve: (input, ctx) => anyKey(ctx, input.KeyId, 'GenerateDataKey'),
  access: dataKeyAccess('GenerateDataKey'),
  async handle(input, ctx, subject) {
    const make = () => newDataKey(input)
    const request = { name: 'GenerateDataKey', input, make }
    const { secret, sealed } = await protect(ctx, subject, request)
    return {
      CiphertextBlob: sealed.blob,
      KeyId: subject.key.arn,
      ...materialIdOf(sealed),
      ...(input.Recipient
        ? { CiphertextForRecipient: await forRecipient(ctx, input.Recipient, secret) }
        : { Plaintext: secret }),
    }
  },
})

/** GenerateDataKeyWithoutPlaintext. */
export const GenerateDataKeyWithoutPlaintext = operation<
  GenerateDataKeyWithoutPlaintextRequest,
  GenerateDataKeyWithoutPlaintextResponse,
  KeySubject
>(GenerateDataKeyWithoutPlaintext$, {
  readOnly: true,
  check: checkSize,
  resolve: (input, ctx) => anyKey(ctx, input.KeyId, 'GenerateDataKeyWithoutPlaintext'),
  access: dataKeyAccess('GenerateDataKeyWithoutPlaintext'),
  async handle(input, ctx, subject) {
    const make = () => newDataKey(input)
    const request = { name: 'GenerateDataKeyWithoutPlaintext', input, make }
    const { sealed } = await protect(ctx, subject, request)
    return { CiphertextBlob: sealed.blob, KeyId: subject.key.arn, ...materialIdOf(sealed) }
  },
})

function checkPairSpec({ KeyPairSpec: spec }: DataKeyInput): void {
  if (spec === undefined) return
  if (!isDataKeyPairSpec(spec) || !keySpecs[spec].available) {
    throw unsupported(`KeyPairSpec ${spec} is not supported in this Region.`)
  }
}

/** A new data key pair, its private half protected by the key. */
async function protectedPair(
  ctx: Context,
  subject: KeySubject,
  { name, input }: { name: string; input: DataKeyInput },
): Promise<{ secret: Uint8Array; sealed: Sealed; publicKey: Uint8Array }> {
  const spec = input.KeyPairSpec ?? 'RSA_2048'
  const make = () => generateMaterial(spec)
  const { secret, sealed } = await protect(ctx, subject, { name, input, make })
  return { secret, sealed, publicKey: publicKeyOf(spec, secret) }
}

/** GenerateDataKeyPair: the private key in PKCS#8, the public one in SubjectPublicKeyInfo. */
export const GenerateDataKeyPair = operation<
  GenerateDataKeyPairRequest,
  GenerateDataKeyPairResponse,
  KeySubject
>(GenerateDataKeyPair$, {
  readOnly: true,
  check(input) {
    checkPairSpec(input)
    checkRecipient(input.Recipient)
  },
  resolve: (input, ctx) => anyKey(ctx, input.KeyId, 'GenerateDataKeyPair'),
  access: dataKeyAccess('GenerateDataKeyPair'),
  async handle(input, ctx, subject) {
    const request = { name: 'GenerateDataKeyPair', input }
    const { secret, sealed, publicKey } = await protectedPair(ctx, subject, request)
    return {
      PrivateKeyCiphertextBlob: sealed.blob,
      PublicKey: publicKey,
      KeyId: subject.key.arn,
      KeyPairSpec: input.KeyPairSpec,
      ...materialIdOf(sealed),
      ...(input.Recipient
        ? { CiphertextForRecipient: await forRecipient(ctx, input.Recipient, secret) }
        : { PrivateKeyPlaintext: secret }),
    }
  },
})

/** GenerateDataKeyPairWithoutPlaintext. */
export const GenerateDataKeyPairWithoutPlaintext = operation<
  GenerateDataKeyPairWithoutPlaintextRequest,
  GenerateDataKeyPairWithoutPlaintextResponse,
  KeySubject
>(GenerateDataKeyPairWithoutPlaintext$, {
  readOnly: true,
  check: checkPairSpec,
  resolve: (input, ctx) => anyKey(ctx, input.KeyId, 'GenerateDataKeyPairWithoutPlaintext'),
  access: dataKeyAccess('GenerateDataKeyPairWithoutPlaintext'),
  async handle(input, ctx, subject) {
    const request = { name: 'GenerateDataKeyPairWithoutPlaintext', input }
    const { sealed, publicKey } = await protectedPair(ctx, subject, request)
    return {
      PrivateKeyCiphertextBlob: sealed.blob,
      PublicKey: publicKey,
      KeyId: subject.key.arn,
      KeyPairSpec: input.KeyPairSpec,
      ...materialIdOf(sealed),
    }
  },
})
