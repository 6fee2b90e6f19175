import { Decapsulate$, DeriveSharedSecret$, Encapsulate$ } from '@aws-sdk/client-kms'
import type {
  DecapsulateRequest,
  DecapsulateResponse,
  DeriveSharedSecretRequest,
  DeriveSharedSecretResponse,
  EncapsulateRequest,
  EncapsulateResponse,
} from '@aws-sdk/client-kms'
import { decapsulate, deriveSharedSecret, encapsulate } from './crypto/shared-secret.ts'
import { refuseDryRun, translated } from './errors.ts'
import { keyOperation } from './key-operation.ts'
import type { KeySubject } from './key-reference.ts'
import { fittingMaterial } from './key-use.ts'
import { forRecipient } from './recipients.ts'

/** DeriveSharedSecret: raw ECDH with a peer's public key. */
export const DeriveSharedSecret = keyOperation<
  DeriveSharedSecretRequest,
  DeriveSharedSecretResponse
>(DeriveSharedSecret$, {
  conditions: (input) => ({ 'kms:keyagreementalgorithm': input.KeyAgreementAlgorithm }),
  async use(input, ctx, subject) {
    const material = await fittingMaterial(subject, {
      operation: 'DeriveSharedSecret',
      usage: 'KEY_AGREEMENT',
      family: 'agreement',
      algorithm: input.KeyAgreementAlgorithm ?? '',
    })
    const peer = input.PublicKey ?? new Uint8Array()
    const secret = translated(() => deriveSharedSecret(material, peer))
    refuseDryRun(input.DryRun)
    return {
      KeyId: subject.key.arn,
      KeyAgreementAlgorithm: input.KeyAgreementAlgorithm,
      KeyOrigin: subject.key.origin,
      ...(input.Recipient
        ? { CiphertextForRecipient: await forRecipient(ctx, input.Recipient, secret) }
        : { SharedSecret: secret }),
    }
  },
})

type Encapsulation = Pick<EncapsulateRequest, 'EncapsulationAlgorithm'>

function encapsulationConditions(input: Encapsulation) {
  return { 'kms:encapsulationalgorithm': input.EncapsulationAlgorithm }
}

function kemMaterial(subject: KeySubject, operation: string, input: Encapsulation) {
  return fittingMaterial(subject, {
    operation,
    usage: 'ENCAPSULATE_DECAPSULATE',
    family: 'encapsulation',
    algorithm: input.EncapsulationAlgorithm ?? '',
  })
}

/** Encapsulate: a fresh secret for the holder of an ML-KEM key. */
export const Encapsulate = keyOperation<EncapsulateRequest, EncapsulateResponse>(Encapsulate$, {
  conditions: encapsulationConditions,
  async use(input, _ctx, subject) {
    const material = await kemMaterial(subject, 'Encapsulate', input)
    refuseDryRun(input.DryRun)
    const { sharedSecret, ciphertext } = translated(() => encapsulate(material))
    return {
      KeyId: subject.key.arn,
      SharedSecret: sharedSecret,
      SharedSecretCiphertextBlob: ciphertext,
      EncapsulationAlgorithm: input.EncapsulationAlgorithm,
    }
  },
})

/** Decapsulate: altered ciphertext yields another secret, not an error (implicit rejection). */
export const Decapsulate = keyOperation<DecapsulateRequest, DecapsulateResponse>(Decapsulate$, {
  conditions: encapsulationConditions,
  async use(input, _ctx, subject) {
    const material = await kemMaterial(subject, 'Decapsulate', input)
    const blob = input.SharedSecretCiphertextBlob ?? new Uint8Array()
    const secret = translated(() => decapsulate(material, blob))
    refuseDryRun(input.DryRun)
    return {
      KeyId: subject.key.arn,
      SharedSecret: secret,
      EncapsulationAlgorithm: input.EncapsulationAlgorithm,
    }
  },
})
