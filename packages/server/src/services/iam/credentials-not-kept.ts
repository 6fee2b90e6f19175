import {
  ListSAMLProviders$,
  ListServiceSpecificCredentials$,
  ListSigningCertificates$,
  ListSSHPublicKeys$,
  type ListSAMLProvidersResponse,
  type ListServiceSpecificCredentialsRequest,
  type ListServiceSpecificCredentialsResponse,
  type ListSigningCertificatesRequest,
  type ListSigningCertificatesResponse,
  type ListSSHPublicKeysRequest,
  type ListSSHPublicKeysResponse,
} from '@aws-sdk/client-iam'
import { operation } from '../../kernel/service.ts'
import { accessToAll, accessToUserOrRoot, existingUser, seekUserOrCaller } from './entities.ts'
import type { UserOrRoot } from './entities.ts'

// Kinds of credentials that cannot be made here: that there are none is the whole truth, and
// clients that clean up after a user (Terraform's force_destroy) ask before they delete.

/** Lists a user's SSH public keys: none. */
export const ListSSHPublicKeys = operation<
  ListSSHPublicKeysRequest,
  ListSSHPublicKeysResponse,
  UserOrRoot
>(ListSSHPublicKeys$, {
  resolve: seekUserOrCaller,
  access: accessToUserOrRoot,
  handle(_input, _ctx, sought) {
    if (!sought.root) existingUser(sought)
    return { SSHPublicKeys: [], IsTruncated: false }
  },
})

/** Lists a user's signing certificates: none. */
export const ListSigningCertificates = operation<
  ListSigningCertificatesRequest,
  ListSigningCertificatesResponse,
  UserOrRoot
>(ListSigningCertificates$, {
  resolve: seekUserOrCaller,
  access: accessToUserOrRoot,
  handle(_input, _ctx, sought) {
    if (!sought.root) existingUser(sought)
    return { Certificates: [], IsTruncated: false }
  },
})

/** Lists a user's credentials for single services: none. */
export const ListServiceSpecificCredentials = operation<
  ListServiceSpecificCredentialsRequest,
  ListServiceSpecificCredentialsResponse,
  UserOrRoot
>(ListServiceSpecificCredentials$, {
  resolve: seekUserOrCaller,
  access: accessToUserOrRoot,
  handle(_input, _ctx, sought) {
    if (!sought.root) existingUser(sought)
    return { ServiceSpecificCredentials: [], IsTruncated: false }
  },
})

/** Lists the account's SAML providers: none. */
export const ListSAMLProviders = operation<object, ListSAMLProvidersResponse>(ListSAMLProviders$, {
  access: accessToAll,
  handle: () => ({ SAMLProviderList: [] }),
})
