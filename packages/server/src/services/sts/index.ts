import * as sdk from '@aws-sdk/client-sts'
import { awsQuery } from '@bartizan/wire'
import { defineService, queryErrorCodes } from '../../kernel/service.ts'
import * as assumeRole from './assume-role.ts'
import * as assumeRoleWithWebIdentity from './assume-role-with-web-identity.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import * as identity from './identity.ts'
import * as sessions from './sessions.ts'

/** AWS Security Token Service (https://docs.aws.amazon.com/STS/latest/APIReference/). */
export const sts = defineService({
  id: 'sts',
  protocols: [
    awsQuery({ version: '2011-06-15', xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/' }),
  ],
  sdk,
  operations: [assumeRole, assumeRoleWithWebIdentity, identity, sessions],
  constraints,
  errorCodes: queryErrorCodes,
  open: ['AssumeRoleWithWebIdentity'],
  fidelity: {
    supported: [
      'GetCallerIdentity needs a valid signature and no permission',
      'AssumeRole: trust policies within and across accounts, session policies and policy ARNs, session tags (transitive ones through chains), external id, source identity, MFA codes, role chaining of at most an hour',
      'AssumeRoleWithWebIdentity: OpenID Connect tokens verified against the issuer’s published keys, with session tags and source identity from the token',
      'GetSessionToken and GetFederationToken; a federated user without session policies may do nothing',
      'DecodeAuthorizationMessage opens the encoded part of refusals',
    ],
    deviates: [
      'PackedPolicySize measures deflated JSON; AWS packs into a binary form of its own',
      'GetAccessKeyInfo knows the long-term keys of this installation and the caller’s own key; AWS derives the account of any key from its id',
      'thumbprints of OpenID Connect providers are kept but not compared: TLS is judged by the system’s certificate authorities',
      'session tokens hold the whole session, sealed; they are longer than AWS’s and end with their role or user',
      'five wrong MFA codes within 30 seconds block a device for the rest of them',
    ],
    absent: [
      'AssumeRoleWithSAML and SAML providers',
      'AssumeRoot, which needs Organizations',
      'GetWebIdentityToken and GetDelegatedAccessToken',
    ],
  },
})
