import * as sdk from '@aws-sdk/client-iam'
import { awsQuery } from '@bartizan/wire'
import { defineService, queryErrorCodes } from '../../kernel/service.ts'
import * as accessKeys from './access-keys.ts'
import * as accountAlias from './account-alias.ts'
import * as accountSummary from './account-summary.ts'
import * as authorizationDetails from './authorization-details.ts'
import * as contextKeys from './context-keys.ts'
import * as credentialReport from './credential-report.ts'
import * as credentialsNotKept from './credentials-not-kept.ts'
import * as loginProfiles from './login-profiles.ts'
import * as passwordPolicy from './password-policy.ts'
import * as serviceLinkedRoles from './service-linked-roles.ts'
import * as simulation from './simulation.ts'
import * as attachments from './attachments.ts'
import * as boundaries from './boundaries.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import * as groups from './groups.ts'
import * as inlinePolicies from './inline-policies.ts'
import * as instanceProfiles from './instance-profiles.ts'
import * as managedPolicies from './managed-policies.ts'
import * as mfaDevices from './mfa-devices.ts'
import * as oidcProviders from './oidc-providers.ts'
import * as policyVersions from './policy-versions.ts'
import { iamResources } from './resources.ts'
import * as roles from './roles.ts'
import * as serverCertificates from './server-certificates.ts'
import * as tagOperations from './tag-operations.ts'
import * as users from './users.ts'
import { withoutBareSessions } from './bare-sessions.ts'
import { iamWording } from './validation-wording.ts'

/** AWS Identity and Access Management (https://docs.aws.amazon.com/IAM/latest/APIReference/). */
export const iam = defineService({
  id: 'iam',
  global: true,
  withholdsValues: true,
  rewordValidation: iamWording,
  protocols: [
    awsQuery({ version: '2010-05-08', xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/' }),
  ],
  sdk,
  operations: [
    accessKeys,
    accountAlias,
    accountSummary,
    authorizationDetails,
    contextKeys,
    credentialReport,
    credentialsNotKept,
    loginProfiles,
    passwordPolicy,
    serviceLinkedRoles,
    simulation,
    attachments,
    boundaries,
    groups,
    inlinePolicies,
    instanceProfiles,
    managedPolicies,
    mfaDevices,
    oidcProviders,
    policyVersions,
    roles,
    serverCertificates,
    tagOperations,
    users,
  ].map(withoutBareSessions),
  constraints,
  errorCodes: queryErrorCodes,
  resources: iamResources,
  fidelity: {
    supported: [
      'users, groups, roles, instance profiles and their tags, renames and delete conflicts',
      'access keys with last-used facts; console passwords under the account’s password policy (kept as scrypt hashes)',
      'inline and managed policies with versions, size limits without whitespace, permissions boundaries, service-linked roles',
      'AWS managed policies, about 1,500 of them with the documents in force, under their ARNs',
      'virtual MFA devices whose codes are checked (RFC 6238), OpenID Connect providers, account alias',
      'credential report, GetAccountSummary, GetAccountAuthorizationDetails',
      'SimulatePrincipalPolicy and SimulateCustomPolicy by the engine that decides real calls',
      'credentials from GetSessionToken without MFA, and federated users, cannot call IAM',
    ],
    deviates: [
      'changes count at once; AWS is eventually consistent',
      'AWS managed policies are as moto’s list collected them, in their current version alone; their ids are made from their names and they have no descriptions',
      'principals of trust policies are kept by unique id and must exist where their account is one of this installation; other accounts are believed, by name',
      'service-linked roles may be made for any service principal, and deleting one succeeds at once',
      'a credential report is ready when GenerateCredentialReport returns',
      'OpenID Connect providers on the machine itself may use http; thumbprints are not fetched',
      'there is no console, so password_last_used is always no_information',
    ],
    absent: [
      'SAML providers, signing certificates, SSH public keys, service-specific credentials: they cannot be made, and their listings say that there are none',
      'last-accessed reports and ListPoliciesGrantingServiceAccess',
      'organizations features, delegation requests, outbound web identity federation',
      'MFA devices of the root user; U2F and hardware devices',
    ],
  },
})
