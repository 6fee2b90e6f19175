import { GetAccountSummary$, type GetAccountSummaryResponse } from '@aws-sdk/client-iam'
import {
  groups,
  managedPolicies,
  mfaDevices,
  oidcProviders,
  roles,
  users,
} from '../../kernel/identity/tables.ts'
import { operation } from '../../kernel/service.ts'
import { accessToAll } from './entities.ts'
import { allRows } from './paging.ts'
import { countAllUses } from './policy-lookup.ts'
import { instanceProfiles, serverCertificates } from './tables.ts'
import { keysOf } from './users.ts'

/** IAM's quotas (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html). */
const quotas = {
  UsersQuota: 5000,
  GroupsQuota: 300,
  RolesQuota: 1000,
  PoliciesQuota: 1500,
  InstanceProfilesQuota: 1000,
  ServerCertificatesQuota: 20,
  PolicyVersionsInUseQuota: 10000,
  VersionsPerPolicyQuota: 5,
  PolicySizeQuota: 6144,
  UserPolicySizeQuota: 2048,
  GroupPolicySizeQuota: 5120,
  RolePolicySizeQuota: 10240,
  AssumeRolePolicySizeQuota: 2048,
  AttachedPoliciesPerUserQuota: 10,
  AttachedPoliciesPerGroupQuota: 10,
  AttachedPoliciesPerRoleQuota: 10,
  AccessKeysPerUserQuota: 2,
  GroupsPerUserQuota: 10,
  SigningCertificatesPerUserQuota: 2,
  GlobalEndpointTokenVersion: 1,
}

/** How many of everything the account has, and may have. */
export const GetAccountSummary = operation<object, GetAccountSummaryResponse>(GetAccountSummary$, {
  access: accessToAll,
  async handle(_input, ctx) {
    const [userRows, groupRows, roleRows, policyRows, deviceRows, profileRows, providerRows] =
      await Promise.all([
        allRows(ctx.store.table(users)),
        allRows(ctx.store.table(groups)),
        allRows(ctx.store.table(roles)),
        allRows(ctx.store.table(managedPolicies)),
        allRows(ctx.store.table(mfaDevices)),
        allRows(ctx.store.table(instanceProfiles)),
        allRows(ctx.store.table(oidcProviders)),
      ])
    const { attached, bounding } = await countAllUses(ctx)
    return {
      SummaryMap: {
        ...quotas,
        Users: userRows.length,
        Groups: groupRows.length,
        Roles: roleRows.length,
        Policies: policyRows.length,
        PolicyVersionsInUse: new Set([...attached.keys(), ...bounding.keys()]).size,
        InstanceProfiles: profileRows.length,
        Providers: providerRows.length,
        MFADevices: deviceRows.length,
        MFADevicesInUse: deviceRows.filter((device) => device.enabledAt !== undefined).length,
        ServerCertificates: await ctx.store.table(serverCertificates).count(),
        AccountMFAEnabled: 0,
        AccountPasswordPresent: 0,
        AccountSigningCertificatesPresent: 0,
        AccountAccessKeysPresent: (await keysOf(ctx, undefined)).length > 0 ? 1 : 0,
      },
    }
  },
})
