import type { OperationSchema, ServerProtocol } from '@bartizan/wire'
import { awsQuery } from '@bartizan/wire'
import { commonError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { certificateAt } from './signer.ts'

const path = /^\/SimpleNotificationService-[0-9a-f]+\.pem$/

/** No operation of the API: the page with the certificate, which AWS serves at the SigningCertURL. */
export const GetSigningCertificate$: OperationSchema = [
  9,
  'bartizan',
  'GetSigningCertificate',
  0,
  () => [3, 'bartizan', 'GetSigningCertificateRequest', 0, ['Path'], [0]],
  () => [3, 'bartizan', 'GetSigningCertificateResponse', 0, ['Certificate'], [0]],
]

/** Serves the certificate that messages are signed with to whoever asks. */
export const GetSigningCertificate = operation<{ Path: string }, { Certificate: string }>(
  GetSigningCertificate$,
  {
    unrecorded: true,
    access: () => 'anyone',
    async handle(input, ctx) {
      const Certificate = await certificateAt(ctx, input.Path)
      if (Certificate === undefined) throw commonError('NotFound', 'Not Found', 404)
      return { Certificate }
    },
  },
)

/** The way in which the certificate is asked for: a plain GET of its path. */
export function certificatePage(): ServerProtocol {
  return {
    ...awsQuery({ version: '', xmlNamespace: '' }),
    operationName: (request) =>
      request.method === 'GET' && path.test(request.path) ? 'GetSigningCertificate' : undefined,
    decode: (_operation, request) => ({ Path: request.path }),
    encode: (_operation, output) => ({
      status: 200,
      headers: { 'content-type': 'application/x-pem-file' },
      body: String(output['Certificate']),
    }),
  }
}
