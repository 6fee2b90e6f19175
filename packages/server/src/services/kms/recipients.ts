import { X509Certificate } from 'node:crypto'
import type { RecipientInfo } from '@aws-sdk/client-kms'
import type { Context } from '../../kernel/context.ts'
import { defineRuntime } from '../../kernel/runtime.ts'
import type { Conditions } from './authorisation.ts'
import type { Attestation } from './crypto/attestation.ts'
import { translated, validation } from './errors.ts'

/** Checks that a Recipient is complete. */
export function checkRecipient(recipient: RecipientInfo | undefined): void {
  if (!recipient) return
  if (recipient.AttestationDocument === undefined || !recipient.KeyEncryptionAlgorithm) {
    throw validation('Recipient needs an AttestationDocument and a KeyEncryptionAlgorithm.')
  }
}

/** The roots that an operator trusts beside AWS's. */
const ownRoots = defineRuntime('kms.nitro-roots', ({ kernel }) => {
  const texts = kernel.nitroRoots?.match(
    /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g,
  )
  return (texts ?? []).map((text) => new X509Certificate(text))
})

const verified = new WeakMap<RecipientInfo, Attestation>()

/** The verified attestation of a request: verified once, for its policies and for its answer. */
async function attestationOf(ctx: Context, recipient: RecipientInfo): Promise<Attestation> {
  let attestation = verified.get(recipient)
  if (!attestation) {
    // Loaded when first asked for, as its ASN.1 and CBOR libraries are a tenth of the start-up.
    const { defaultNitroRoots, readAttestation } = await import('./crypto/attestation.ts')
    const document = recipient.AttestationDocument ?? new Uint8Array()
    const roots = [...defaultNitroRoots, ...ctx.runtime(ownRoots)]
    const input = { document, roots, now: ctx.now }
    attestation = translated(() => readAttestation(input))
    verified.set(recipient, attestation)
  }
  return attestation
}

/** The `kms:RecipientAttestation` condition keys of an attested request (KMS Developer Guide). */
export async function recipientConditions(
  ctx: Context,
  recipient: RecipientInfo | undefined,
): Promise<Conditions> {
  if (!recipient) return {}
  const { pcrs } = await attestationOf(ctx, recipient)
  return {
    'kms:recipientattestation:imagesha384': pcrs.get(0),
    ...Object.fromEntries(
      [...pcrs].map(([index, value]) => [`kms:recipientattestation:pcr${index}`, value]),
    ),
  }
}

/** Encrypts a secret to the attested environment: CMS, so that only it can read the answer. */
export async function forRecipient(
  ctx: Context,
  recipient: RecipientInfo,
  secret: Uint8Array,
): Promise<Uint8Array> {
  const { encryptForRecipient } = await import('./crypto/recipient.ts')
  return encryptForRecipient((await attestationOf(ctx, recipient)).publicKey, secret)
}
