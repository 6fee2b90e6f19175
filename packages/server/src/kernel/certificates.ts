import { defineTable } from './store/store.ts'

/** A certificate that somebody brought, for servers that speak TLS: of IAM or of Certificate Manager. */
export interface CertificateRow {
  readonly arn: string
  readonly account: string
  /** PEM: the certificate, and what leads from it to a root. */
  readonly certificate: string
  readonly chain?: string
  /** PEM, without a passphrase. */
  readonly privateKey: string
}

/** Certificates with their keys, by ARN: who listens reads them here, who manages them keeps the rest. */
export const certificates = defineTable<CertificateRow>({
  name: 'kernel.certificates',
  scope: 'system',
  sealed: ['privateKey'],
})
