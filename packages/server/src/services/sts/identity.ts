import {
  DecodeAuthorizationMessage$,
  GetAccessKeyInfo$,
  GetCallerIdentity$,
  InvalidAuthorizationMessageException$,
  type DecodeAuthorizationMessageRequest,
  type DecodeAuthorizationMessageResponse,
  type GetAccessKeyInfoRequest,
  type GetAccessKeyInfoResponse,
  type GetCallerIdentityRequest,
  type GetCallerIdentityResponse,
} from '@aws-sdk/client-sts'
import { awsError } from '../../kernel/errors.ts'
import { accessKeys } from '../../kernel/identity/tables.ts'
import { operation } from '../../kernel/service.ts'
import type { Context } from '../../kernel/context.ts'
import { accessDenied, validationError } from './errors.ts'

/** Says who calls; no policy can forbid it. */
export const GetCallerIdentity = operation<GetCallerIdentityRequest, GetCallerIdentityResponse>(
  GetCallerIdentity$,
  {
    access: () => 'authenticated',
    handle: (_input, { principal, account }) => ({
      UserId: principal.principalId,
      Account: account,
      Arn: principal.arn,
    }),
  },
)

/** Says which account a long-term access key belongs to. */
export const GetAccessKeyInfo = operation<GetAccessKeyInfoRequest, GetAccessKeyInfoResponse>(
  GetAccessKeyInfo$,
  {
    resolve: (_input, ctx) => refuseUserSessions('GetAccessKeyInfo', ctx),
    access: () => ({ resource: '*' }),
    async handle(input, ctx) {
      const key = await ctx.store.table(accessKeys).get(input.AccessKeyId ?? '')
      if (key) return { Account: key.accountId }
      if (input.AccessKeyId === ctx.principal.accessKeyId) return { Account: ctx.account }
      throw validationError('Invalid Access Key ID')
    },
  },
)

/** Opens the encoded message of a refusal. */
export const DecodeAuthorizationMessage = operation<
  DecodeAuthorizationMessageRequest,
  DecodeAuthorizationMessageResponse
>(DecodeAuthorizationMessage$, {
  resolve: (_input, ctx) => refuseUserSessions('DecodeAuthorizationMessage', ctx),
  access: () => ({ resource: '*' }),
  handle(input, ctx) {
    const DecodedMessage = ctx.secrets.open('authorization-message', input.EncodedMessage ?? '')
    if (DecodedMessage !== undefined) return { DecodedMessage }
    throw awsError(InvalidAuthorizationMessageException$, 'The encoded message is not valid.')
  },
})

/**
 * Sessions of GetSessionToken and GetFederationToken are kept from most of STS
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html).
 */
function refuseUserSessions(name: string, { principal }: Context): undefined {
  if (principal.session && principal.kind !== 'assumed-role') {
    throw accessDenied(`Cannot call ${name} with session credentials`)
  }
}
