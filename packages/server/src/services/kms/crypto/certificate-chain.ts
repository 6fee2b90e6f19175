import type { X509Certificate } from 'node:crypto'
import { AsnConvert } from '@peculiar/asn1-schema'
import {
  BasicConstraints,
  Certificate,
  KeyUsage,
  KeyUsageFlags,
  id_ce_basicConstraints,
  id_ce_keyUsage,
} from '@peculiar/asn1-x509'

type Limits = { isAuthority: boolean; pathLength: number; usages: number }

/** The basic constraints and key usage of a certificate, which node:crypto does not tell. */
function limitsOf(certificate: X509Certificate): Limits | undefined {
  try {
    return readLimits(certificate)
  } catch {
    // OpenSSL reads certificates that are not quite DER.
    return undefined
  }
}

function readLimits(certificate: X509Certificate): Limits {
  const { tbsCertificate } = AsnConvert.parse(certificate.raw, Certificate)
  const extension = (id: string) =>
    tbsCertificate.extensions?.find((candidate) => candidate.extnID === id)?.extnValue
  const constraints = extension(id_ce_basicConstraints)
  const usage = extension(id_ce_keyUsage)
  const basic = constraints && AsnConvert.parse(constraints, BasicConstraints)
  return {
    isAuthority: basic?.cA === true,
    pathLength: basic?.pathLenConstraint ?? Infinity,
    usages: usage ? AsnConvert.parse(usage, KeyUsage).toNumber() : 0,
  }
}

function isCurrent(certificate: X509Certificate, now: Date): boolean {
  return certificate.validFromDate <= now && now <= certificate.validToDate
}

/** A chain from the root to the certificate that signed, and the time to judge it at. */
export type CertificateChain = {
  chain: readonly X509Certificate[]
  /** Trusted roots, of which the chain has to begin with one. */
  roots: readonly X509Certificate[]
  now: Date
}

/**
 * Whether a chain is valid (RFC 5280 6.1 as the Nitro attestation process applies it): a trusted
 * root first, each certificate current and issued by the one before it, authorities allowed to
 * sign certificates that deep, the last one allowed to sign documents and no authority.
 */
export function isValidChain({ chain, roots, now }: CertificateChain): boolean {
  const [first] = chain
  if (first === undefined || chain.length < 2) return false
  if (!roots.some((root) => root.raw.equals(first.raw))) return false
  return chain.every((certificate, index) => {
    const issuer = chain[index - 1] ?? certificate
    if (!isCurrent(certificate, now)) return false
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) return false
    const limits = limitsOf(certificate)
    if (limits === undefined) return false
    const { isAuthority, pathLength, usages } = limits
    if (index === chain.length - 1) {
      return !isAuthority && (usages & KeyUsageFlags.digitalSignature) !== 0
    }
    const authoritiesBelow = chain.length - 2 - index
    const signs = (usages & KeyUsageFlags.keyCertSign) !== 0
    return isAuthority && signs && authoritiesBelow <= pathLength
  })
}
