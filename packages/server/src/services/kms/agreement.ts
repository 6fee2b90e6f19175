import { Decapsulate$, DeriveSharedSecret$, Encapsulate$ } from '@aws-sdk/client-kms'
import type {
  DecapsulateRequest,
  DecapsulateResponse,
  DeriveSharedSecretRequest,
  DeriveSharedSecretResponse,
  EncapsulateRequest,
  EncapsulateResponse,
} from '@aws-sdk/client-kms'
import { operation } from '../../kernel/service.ts'
import { grantFor, keyAccess, noteUse } from './authorisation.ts'
import { keySpecs } from './crypto/key-specs.ts'
import { decapsulate, deriveSharedSecret, encapsulate } from './crypto/shared-secret.ts'
import { refuseDryRun, translated } from './errors.ts'
import type { KeySubject } from './key-reference.ts'
import { requireAlgorithm, requireUse } from './key-use.ts'
import { anyKey } from './keys.ts'
import { currentMaterial } from './material-store.ts'
import { checkRecipient, forRecipient, recipientConditions } from './recipients.ts'

/** DeriveSharedSecret: raw ECDH with a peer's public key. */
export const DeriveSharedSecret = operation<
  DeriveSharedSecretRequest,
  DeriveSharedSecretResponse,
  KeySubject
>(DeriveSharedSecret$, {
  readOnly: true,
  check: (input) => checkRecipient(input.Recipient),
  resolve: (input, ctx) => anyKey(ctx, input.KeyId, 'DeriveSharedSecret'),
  access: async (input, ctx, subject) =>
    keyAccess(ctx, subject, {
      conditions: {
        'kms:keyagreementalgorithm': input.KeyAgreementAlgorithm,
        ...(await recipientConditions(ctx, input.Recipient)),
      },
      grant: grantFor('DeriveSharedSecret'),
      grantTokens: input.GrantTokens,
    }),
  async handle(input, ctx, subject) {
    const { key, tables } = subject
    requireUse(key, 'DeriveSharedSecret', 'KEY_AGREEMENT')
    requireAlgorithm(key, input.KeyAgreementAlgorithm ?? '', keySpecs[key.spec].agreement)
    const { material } = await currentMaterial(tables, key)
    const peer = input.PublicKey ?? new Uint8Array()
    const secret = translated(() => deriveSharedSecret(material, peer))
    refuseDryRun(input.DryRun)
    noteUse(ctx, subject, 'DeriveSharedSecret')
    return {
      KeyId: key.arn,
      KeyAgreementAlgorithm: input.KeyAgreementAlgorithm,
      KeyOrigin: key.origin,
      ...(input.Recipient
        ? { CiphertextForRecipient: await forRecipient(ctx, input.Recipient, secret) }
        : { SharedSecret: secret }),
    }
  },
})

/** Encapsulate: a fresh secret for the holder of an ML-KEM key. */
export const Encapsulate = operation<EncapsulateRequest, EncapsulateResponse, KeySubject>(
  Encapsulate$,
  {
    readOnly: true,
    resolve: (input, ctx) => anyKey(ctx, input.KeyId, 'Encapsulate'),
    access: (input, ctx, subject) =>
      keyAccess(ctx, subject, {
        conditions: { 'kms:encapsulationalgorithm': input.EncapsulationAlgorithm },
        grant: grantFor('Encapsulate'),
        grantTokens: input.GrantTokens,
      }),
    async handle(input, ctx, subject) {
      const { key, tables } = subject
      requireUse(key, 'Encapsulate', 'ENCAPSULATE_DECAPSULATE')
      requireAlgorithm(key, input.EncapsulationAlgorithm ?? '', keySpecs[key.spec].encapsulation)
      const { material } = await currentMaterial(tables, key)
      refuseDryRun(input.DryRun)
      const { sharedSecret, ciphertext } = translated(() => encapsulate(material))
      noteUse(ctx, subject, 'Encapsulate')
      return {
        KeyId: key.arn,
        SharedSecret: sharedSecret,
        SharedSecretCiphertextBlob: ciphertext,
        EncapsulationAlgorithm: input.EncapsulationAlgorithm,
      }
    },
  },
)

/** Decapsulate: altered ciphertext yields another secret, not an error (implicit rejection). */
export const Decapsulate = operation<DecapsulateRequest, DecapsulateResponse, KeySubject>(
  Decapsulate$,
  {
    readOnly: true,
    resolve: (input, ctx) => anyKey(ctx, input.KeyId, 'Decapsulate'),
    access: (input, ctx, subject) =>
      keyAccess(ctx, subject, {
        conditions: { 'kms:encapsulationalgorithm': input.EncapsulationAlgorithm },
        grant: grantFor('Decapsulate'),
        grantTokens: input.GrantTokens,
      }),
    async handle(input, ctx, subject) {
      const { key, tables } = subject
      requireUse(key, 'Decapsulate', 'ENCAPSULATE_DECAPSULATE')
      requireAlgorithm(key, input.EncapsulationAlgorithm ?? '', keySpecs[key.spec].encapsulation)
      const { material } = await currentMaterial(tables, key)
      const blob = input.SharedSecretCiphertextBlob ?? new Uint8Array()
      const secret = translated(() => decapsulate(material, blob))
      refuseDryRun(input.DryRun)
      noteUse(ctx, subject, 'Decapsulate')
      return {
        KeyId: key.arn,
        SharedSecret: secret,
        EncapsulationAlgorithm: input.EncapsulationAlgorithm,
      }
    },
  },
)
