import type { CertificateDetails } from '@aws-sdk/client-rds'

/** The identifier under which the installation's authority is shown: AWS's own name for one with RSA 2048. */
export const authorityIdentifier = 'rds-ca-rsa2048-g1'

const renewedAfterDays = 825
const dayMs = 86_400_000

/** What an instance tells of its server certificate. */
export function serverCertificateDetails(since: string): CertificateDetails {
  return {
    CAIdentifier: authorityIdentifier,
    ValidTill: new Date(Date.parse(since) + renewedAfterDays * dayMs),
  }
}
