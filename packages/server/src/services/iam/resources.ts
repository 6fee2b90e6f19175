import type { ResourceType } from '../../kernel/resource-type.ts'
import { groupType, membershipType, userType } from './resource-users.ts'
import { accessKeyType, instanceProfileType, linkedRoleType, roleType } from './resource-roles.ts'
import { oidcProviderType } from './resource-oidc-provider.ts'
import { holderPolicyTypes, inlinePolicyType, managedPolicyType } from './resource-policies.ts'

/** What CloudFormation makes of IAM. */
export const iamResources: readonly ResourceType[] = [
  accessKeyType,
  ...holderPolicyTypes,
  groupType,
  inlinePolicyType,
  instanceProfileType,
  linkedRoleType,
  managedPolicyType,
  membershipType,
  oidcProviderType,
  roleType,
  userType,
]
