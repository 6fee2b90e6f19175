import { Decrypt$, Encrypt$, ReEncrypt$ } from '@aws-sdk/client-kms'
import type {
  DecryptRequest,
  DecryptResponse,
  DryRunModifierType,
  EncryptRequest,
  EncryptResponse,
  ReEncryptRequest,
  ReEncryptResponse,
} from '@aws-sdk/client-kms'
import { operation } from '../../kernel/service.ts'
import { auditMaterial, contextConditions, keyAccess, noteUse } from './authorisation.ts'
import { checkEncryption, openCiphertext, resolveCiphertext, sealPlaintext } from './ciphertext.ts'
import type { CiphertextSubject } from './ciphertext.ts'
import { keySpecs } from './crypto/key-specs.ts'
import { refuseDryRun, validation } from './errors.ts'
import type { KeySubject } from './key-reference.ts'
import { requireUse } from './key-use.ts'
import { anyKey } from './keys.ts'
import { checkRecipient, forRecipient, recipientConditions } from './recipients.ts'

const defaultAlgorithm = { encryptionAlgorithm: 'SYMMETRIC_DEFAULT' }

/** Encrypt. */
export const Encrypt = operation<EncryptRequest, EncryptResponse, KeySubject>(Encrypt$, {
  readOnly: true,
  resolve: (input, ctx) => anyKey(ctx, input.KeyId, 'Encrypt'),
  access: (input, ctx, subject) =>
    keyAccess(ctx, subject, {
      conditions: {
        'kms:encryptionalgorithm': input.EncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT',
        ...contextConditions(input.EncryptionContext),
      },
      grant: { operation: 'Encrypt', context: input.EncryptionContext ?? {} },
      grantTokens: input.GrantTokens,
    }),
  async handle(input, ctx, subject) {
    ctx.audit.defaultParameters(defaultAlgorithm)
    const { EncryptionAlgorithm: algorithm, EncryptionContext: context } = input
    checkEncryption(subject, { operation: 'Encrypt', algorithm, context })
    const plaintext = input.Plaintext ?? new Uint8Array()
    const { blob, materialId } = await sealPlaintext(ctx, subject, {
      operation: 'Encrypt',
      algorithm,
      context,
      plaintext,
    })
    refuseDryRun(input.DryRun)
    auditMaterial(ctx, materialId)
    noteUse(ctx, subject, 'Encrypt')
    return {
      CiphertextBlob: blob,
      KeyId: subject.key.arn,
      EncryptionAlgorithm: algorithm ?? 'SYMMETRIC_DEFAULT',
    }
  },
})

/** What the dry run of a decryption leaves out. */
interface DryRunInput {
  readonly CiphertextBlob?: Uint8Array | undefined
  readonly DryRun?: boolean | undefined
  readonly DryRunModifiers?: readonly DryRunModifierType[] | undefined
}

function ignoresCiphertext({ DryRun, DryRunModifiers }: DryRunInput): boolean {
  return DryRun === true && DryRunModifiers?.includes('IGNORE_CIPHERTEXT') === true
}

function checkCiphertextInput(input: DryRunInput): void {
  if (input.DryRunModifiers?.length && !input.DryRun) {
    throw validation('DryRunModifiers is valid only when DryRun is true.')
  }
  if (input.CiphertextBlob === undefined && !ignoresCiphertext(input)) {
    throw validation(
      "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null",
    )
  }
}

function algorithmOf(subject: KeySubject, given: string | undefined): string {
  if (given !== undefined) return given
  return keySpecs[subject.key.spec].encryption[0] ?? 'SYMMETRIC_DEFAULT'
}

/** How AWS calls a key that only a ciphertext names, to those who may not know it. */
const ofCiphertext = 'the resource associated with this ciphertext'

/** Decrypt; the key is the one that the ciphertext names. */
export const Decrypt = operation<DecryptRequest, DecryptResponse, CiphertextSubject>(Decrypt$, {
  readOnly: true,
  check(input) {
    checkCiphertextInput(input)
    checkRecipient(input.Recipient)
  },
  resolve: (input, ctx) =>
    resolveCiphertext(ctx, {
      operation: 'Decrypt',
      blob: input.CiphertextBlob,
      keyId: input.KeyId,
      algorithm: input.EncryptionAlgorithm,
      ignoreCiphertext: ignoresCiphertext(input),
    }),
  access: async (input, ctx, subject) =>
    keyAccess(ctx, subject, {
      ...(input.KeyId === undefined && { unseen: ofCiphertext }),
      conditions: {
        'kms:encryptionalgorithm': algorithmOf(subject, input.EncryptionAlgorithm),
        ...contextConditions(input.EncryptionContext),
        ...(await recipientConditions(ctx, input.Recipient)),
      },
      grant: { operation: 'Decrypt', context: input.EncryptionContext ?? {} },
      grantTokens: input.GrantTokens,
    }),
  async handle(input, ctx, subject) {
    ctx.audit.defaultParameters(defaultAlgorithm)
    if (ignoresCiphertext(input)) {
      requireUse(subject.key, 'Decrypt', 'ENCRYPT_DECRYPT')
      refuseDryRun(true)
    }
    const { plaintext, materialId } = await openCiphertext(subject, {
      operation: 'Decrypt',
      blob: input.CiphertextBlob ?? new Uint8Array(),
      algorithm: input.EncryptionAlgorithm,
      context: input.EncryptionContext,
    })
    refuseDryRun(input.DryRun)
    auditMaterial(ctx, materialId)
    noteUse(ctx, subject, 'Decrypt')
    const answer = {
      KeyId: subject.key.arn,
      EncryptionAlgorithm: input.EncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT',
      ...(materialId !== undefined && { KeyMaterialId: materialId }),
    }
    if (!input.Recipient) return { ...answer, Plaintext: plaintext }
    return {
      ...answer,
      CiphertextForRecipient: await forRecipient(ctx, input.Recipient, plaintext),
    }
  },
})

/** Both keys of a re-encryption; they may be one. */
interface ReEncryptSubject {
  readonly from: CiphertextSubject
  readonly to: KeySubject
}

/** ReEncrypt: from one key, context or algorithm to another; the plaintext stays inside. */
export const ReEncrypt = operation<ReEncryptRequest, ReEncryptResponse, ReEncryptSubject>(
  ReEncrypt$,
  {
    readOnly: true,
    check: checkCiphertextInput,
    resolve: async (input, ctx) => ({
      from: await resolveCiphertext(ctx, {
        operation: 'ReEncryptFrom',
        blob: input.CiphertextBlob,
        keyId: input.SourceKeyId,
        algorithm: input.SourceEncryptionAlgorithm,
        ignoreCiphertext: ignoresCiphertext(input),
      }),
      to: await anyKey(ctx, input.DestinationKeyId, 'ReEncryptTo'),
    }),
    access(input, ctx, { from, to }) {
      const same = { 'kms:reencryptonsamekey': String(from.key.arn === to.key.arn) }
      return [
        keyAccess(ctx, from, {
          action: 'ReEncryptFrom',
          ...(input.SourceKeyId === undefined && { unseen: ofCiphertext }),
          conditions: {
            ...same,
            'kms:encryptionalgorithm': algorithmOf(from, input.SourceEncryptionAlgorithm),
            ...contextConditions(input.SourceEncryptionContext),
          },
          grant: { operation: 'ReEncryptFrom', context: input.SourceEncryptionContext ?? {} },
          grantTokens: input.GrantTokens,
        }),
        keyAccess(ctx, to, {
          action: 'ReEncryptTo',
          conditions: {
            ...same,
            'kms:encryptionalgorithm': input.DestinationEncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT',
            ...contextConditions(input.DestinationEncryptionContext),
          },
          grant: { operation: 'ReEncryptTo', context: input.DestinationEncryptionContext ?? {} },
          grantTokens: input.GrantTokens,
        }),
      ]
    },
    async handle(input, ctx, { from, to }) {
      const target = {
        operation: 'ReEncrypt',
        algorithm: input.DestinationEncryptionAlgorithm,
        context: input.DestinationEncryptionContext,
      }
      if (ignoresCiphertext(input)) {
        requireUse(from.key, 'ReEncrypt', 'ENCRYPT_DECRYPT')
        checkEncryption(to, target)
        refuseDryRun(true)
      }
      const opened = await openCiphertext(from, {
        operation: 'ReEncrypt',
        blob: input.CiphertextBlob ?? new Uint8Array(),
        algorithm: input.SourceEncryptionAlgorithm,
        context: input.SourceEncryptionContext,
      })
      checkEncryption(to, target)
      const sealed = await sealPlaintext(ctx, to, { ...target, plaintext: opened.plaintext })
      refuseDryRun(input.DryRun)
      noteUse(ctx, from, 'ReEncrypt')
      noteUse(ctx, to, 'ReEncrypt')
      return {
        CiphertextBlob: sealed.blob,
        SourceKeyId: from.key.arn,
        KeyId: to.key.arn,
        SourceEncryptionAlgorithm: input.SourceEncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT',
        DestinationEncryptionAlgorithm: input.DestinationEncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT',
        ...(opened.materialId !== undefined && { SourceKeyMaterialId: opened.materialId }),
        ...(sealed.materialId !== undefined && { DestinationKeyMaterialId: sealed.materialId }),
      }
    },
  },
)
