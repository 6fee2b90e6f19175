import { X509Certificate } from 'node:crypto'
import { CertificateNotFoundFault$, DescribeCertificates$ } from '@aws-sdk/client-rds'
import type { CertificateMessage, DescribeCertificatesMessage } from '@aws-sdk/client-rds'
import type { OperationSchema, ServerProtocol } from '@bartizan/wire'
import { awsQuery } from '@bartizan/wire'
import { awsError, commonError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { authorityOf } from './authority-row.ts'
import { authorityIdentifier } from './certificate-names.ts'
import { authorities } from './store.ts'

/** DescribeCertificates: the one authority that signs the servers' certificates. */
export const DescribeCertificates = operation<DescribeCertificatesMessage, CertificateMessage>(
  DescribeCertificates$,
  {
    access: () => ({ resource: '*' }),
    readOnly: true,
    async handle(input, ctx) {
      const asked = input.CertificateIdentifier
      if (asked && asked !== authorityIdentifier) {
        throw awsError(
          CertificateNotFoundFault$,
          `Certificate not found for CertificateIdentifier: ${asked}`,
        )
      }
      const parsed = new X509Certificate((await authorityOf(ctx)).certificate)
      return {
        DefaultCertificateForNewLaunches: authorityIdentifier,
        Certificates: [
          {
            CertificateIdentifier: authorityIdentifier,
            CertificateType: 'CA',
            Thumbprint: parsed.fingerprint.replaceAll(':', '').toLowerCase(),
            ValidFrom: parsed.validFromDate,
            ValidTill: parsed.validToDate,
            CertificateArn: `arn:aws:rds:${ctx.region}::cert:${authorityIdentifier}`,
            CustomerOverride: false,
          },
        ],
      }
    },
  },
)

/** Where AWS's trust store has its bundles, below its own host name. */
const path = /^\/(global|[a-z]{2}(-[a-z]+)+-\d)\/\1-bundle\.pem$/

/** No operation of the API: the page from which clients fetch the authority's certificate. */
export const GetCertificateBundle$: OperationSchema = [
  9,
  'bartizan',
  'GetCertificateBundle',
  0,
  () => [3, 'bartizan', 'GetCertificateBundleRequest', 0, ['Path'], [0]],
  () => [3, 'bartizan', 'GetCertificateBundleResponse', 0, ['Bundle'], [0]],
]

/** Serves the authority's certificate to whoever asks. */
export const GetCertificateBundle = operation<{ Path: string }, { Bundle: string }>(
  GetCertificateBundle$,
  {
    unrecorded: true,
    access: () => 'anyone',
    async handle(input, ctx) {
      const isBundle = path.test(input.Path)
      const row = isBundle ? await ctx.store.table(authorities).get('authority') : undefined
      if (!row) throw commonError('NotFound', 'Not Found', 404)
      return { Bundle: row.certificate }
    },
  },
)

/** The way in which the bundle is asked for: a plain GET of the path that it has at truststore.pki.rds.amazonaws.com. */
export function bundlePage(): ServerProtocol {
  return {
    ...awsQuery({ version: '', xmlNamespace: '' }),
    operationName: (request) =>
      request.method === 'GET' && path.test(request.path) ? 'GetCertificateBundle' : undefined,
    decode: (_operation, request) => ({ Path: request.path }),
    encode: (_operation, output) => ({
      status: 200,
      headers: { 'content-type': 'application/x-pem-file' },
      body: String(output['Bundle']),
    }),
  }
}
