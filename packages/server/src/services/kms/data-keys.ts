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
} from '@aws-sdk/client-kms'
import type { Context } from '../../kernel/context.ts'
import { auditMaterial } from './authorisation.ts'
import { checkEncryption, sealPlaintext } from './ciphertext.ts'
import type { Sealed } from './ciphertext.ts'
import { isDataKeyPairSpec, keySpecs } from './crypto/key-specs.ts'
import { generateMaterial, publicKeyOf } from './crypto/material.ts'
import { refuseDryRun, unsupported, validation } from './errors.ts'
import { keyOperation } from './key-operation.ts'
import type { KeyInput } from './key-operation.ts'
import type { KeySubject } from './key-reference.ts'
import { forRecipient } from './recipients.ts'

/** What the four operations have in common. */
interface DataKeyInput extends KeyInput {
  readonly DryRun?: boolean | undefined
  readonly KeyPairSpec?: DataKeyPairSpec | undefined
}

const ofDataKeys = {
  conditions: (input: DataKeyInput) => ({
    'kms:encryptionalgorithm': 'SYMMETRIC_DEFAULT',
    'kms:datakeypairspec': input.KeyPairSpec,
  }),
  takesContext: true,
} as const

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

/** The work of the four operations: checks, and encrypts what `make` made. */
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
  return { secret, sealed }
}

function materialIdOf({ materialId }: Sealed): { KeyMaterialId?: string } {
  return materialId === undefined ? {} : { KeyMaterialId: materialId }
}

/** GenerateDataKey. */
export const GenerateDataKey = keyOperation<GenerateDataKeyRequest, GenerateDataKeyResponse>(
  GenerateDataKey$,
  {
    ...ofDataKeys,
    check: checkSize,
    async use(input, ctx, subject) {
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
  },
)

/** GenerateDataKeyWithoutPlaintext. */
export const GenerateDataKeyWithoutPlaintext = keyOperation<
  GenerateDataKeyWithoutPlaintextRequest,
  GenerateDataKeyWithoutPlaintextResponse
>(GenerateDataKeyWithoutPlaintext$, {
  ...ofDataKeys,
  check: checkSize,
  async use(input, ctx, subject) {
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
export const GenerateDataKeyPair = keyOperation<
  GenerateDataKeyPairRequest,
  GenerateDataKeyPairResponse
>(GenerateDataKeyPair$, {
  ...ofDataKeys,
  check: checkPairSpec,
  async use(input, ctx, subject) {
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
export const GenerateDataKeyPairWithoutPlaintext = keyOperation<
  GenerateDataKeyPairWithoutPlaintextRequest,
  GenerateDataKeyPairWithoutPlaintextResponse
>(GenerateDataKeyPairWithoutPlaintext$, {
  ...ofDataKeys,
  check: checkPairSpec,
  async use(input, ctx, subject) {
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
