import type { RecipientInfo } from '@aws-sdk/client-kms'
import type { Context } from '../../kernel/context.ts'
import type { Conditions } from './authorisation.ts'
import { defaultNitroRoots, readAttestation } from './crypto/attestation.ts'
import type { Attestation } from './crypto/attestation.ts'
import { encryptForRecipient } from './crypto/recipient.ts'
import { translated, validation } from './errors.ts'

/** Checks that a Recipient is complete. */
export function checkRecipient(recipient: RecipientInfo | undefined): void {
  if (!recipient) return
  if (recipient.AttestationDocument === undefined || !recipient.KeyEncryptionAlgorithm) {
    throw validation('Recipient needs an AttestationDocument and a KeyEncryptionAlgorithm.')
  }
}

const verified = new WeakMap<RecipientInfo, Attestation>()

/** The verified attestation of a request: verified once, for its policies and for its answer. */
function attestationOf(ctx: Context, recipient: RecipientInfo): Attestation {
  let attestation = verified.get(recipient)
  if (!attestation) {
    const document = recipient.AttestationDocument ?? new Uint8Array()
    const input = { document, roots: defaultNitroRoots, now: ctx.now }
    attestation = translated(() => readAttestation(input))
    verified.set(recipient, attestation)
  }
  return attestation
}

/** The `kms:RecipientAttestation` condition keys of an attested request (KMS Developer Guide). */
export function recipientConditions(
  ctx: Context,
  recipient: RecipientInfo | undefined,
): Conditions {
  if (!recipient) return {}
  const { pcrs } = attestationOf(ctx, recipient)
  return {
    'kms:recipientattestation:imagesha384': pcrs.get(0),
    ...Object.fromEntries(
      [...pcrs].map(([index, value]) => [`kms:recipientattestation:pcr${index}`, value]),
    ),
  }
}

/** Encrypts a secret to the attested environment: CMS, so that only it can read the answer. */
export function forRecipient(
  ctx: Context,
  recipient: RecipientInfo,
  secret: Uint8Array,
): Uint8Array {
  return encryptForRecipient(attestationOf(ctx, recipient).publicKey, secret)
}
