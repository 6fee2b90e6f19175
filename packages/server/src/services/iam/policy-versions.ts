import {
  CreatePolicyVersion$,
  DeletePolicyVersion$,
  GetPolicyVersion$,
  ListPolicyVersions$,
  SetDefaultPolicyVersion$,
  type CreatePolicyVersionRequest,
  type CreatePolicyVersionResponse,
  type DeletePolicyVersionRequest,
  type GetPolicyVersionRequest,
  type GetPolicyVersionResponse,
  type ListPolicyVersionsRequest,
  type ListPolicyVersionsResponse,
  type PolicyVersion,
  type SetDefaultPolicyVersionRequest,
} from '@aws-sdk/client-iam'
import { managedPolicies, type ManagedPolicyRow } from '../../kernel/identity/tables.ts'
import { operation } from '../../kernel/service.ts'
import { deleteConflict, limitExceeded, noSuchEntity } from './errors.ts'
import { accessToPolicy, checkManagedDocument, refuseForeign } from './managed-policies.ts'
import { pageOf } from './paging.ts'
import { existingPolicy, seekPolicy, type SoughtPolicy } from './policy-lookup.ts'
import { encodeDocument, wholeSecond } from './shapes.ts'

const maxVersions = 5

/** Adds a version to a policy; numbers are never used again. */
export const CreatePolicyVersion = operation<
  CreatePolicyVersionRequest,
  CreatePolicyVersionResponse,
  SoughtPolicy
>(CreatePolicyVersion$, {
  resolve: seekPolicy,
  access: accessToPolicy,
  handle(input, ctx, sought) {
    refuseForeign(sought, 'create versions for')
    const policy = existingPolicy(sought)
    const document = input.PolicyDocument ?? ''
    checkManagedDocument(document)
    if (policy.versions.length >= maxVersions) {
      throw limitExceeded(
        'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
      )
    }
    const now = ctx.now.toISOString()
    const version = { id: `v${policy.nextVersion}`, document, createdAt: now }
    const changed: ManagedPolicyRow = {
      ...policy,
      updatedAt: now,
      nextVersion: policy.nextVersion + 1,
      versions: [...policy.versions, version],
      defaultVersion: input.SetAsDefault ? version.id : policy.defaultVersion,
    }
    ctx.store.table(managedPolicies).put(policy.arn, changed)
    return { PolicyVersion: versionOut(changed, version) }
  },
})

/** Shows a version with its document. */
export const GetPolicyVersion = operation<
  GetPolicyVersionRequest,
  GetPolicyVersionResponse,
  SoughtPolicy
>(GetPolicyVersion$, {
  resolve: seekPolicy,
  access: accessToPolicy,
  handle(input, _ctx, sought) {
    const policy = ofVersion(sought, input.VersionId)
    const version = versionOf(policy, input.VersionId)
    const Document = encodeDocument(version.document)
    return { PolicyVersion: { Document, ...versionOut(policy, version) } }
  },
})

/** Lists a policy's versions, newest first. */
export const ListPolicyVersions = operation<
  ListPolicyVersionsRequest,
  ListPolicyVersionsResponse,
  SoughtPolicy
>(ListPolicyVersions$, {
  resolve: seekPolicy,
  access: accessToPolicy,
  handle(input, _ctx, sought) {
    const policy = existingPolicy(sought)
    const newestFirst = policy.versions.toReversed()
    const { items, ...page } = pageOf(newestFirst, ({ id }) => ageOf(id), input)
    return { Versions: items.map((version) => versionOut(policy, version)), ...page }
  },
})

/** Makes a version the one in force. */
export const SetDefaultPolicyVersion = operation<
  SetDefaultPolicyVersionRequest,
  object,
  SoughtPolicy
>(SetDefaultPolicyVersion$, {
  resolve: seekPolicy,
  access: accessToPolicy,
  handle(input, ctx, sought) {
    refuseForeign(sought, 'update')
    const policy = ofVersion(sought, input.VersionId)
    const { id } = versionOf(policy, input.VersionId)
    const changed = { ...policy, defaultVersion: id, updatedAt: ctx.now.toISOString() }
    ctx.store.table(managedPolicies).put(policy.arn, changed)
    return {}
  },
})

/** Deletes a version that is not in force. */
export const DeletePolicyVersion = operation<DeletePolicyVersionRequest, object, SoughtPolicy>(
  DeletePolicyVersion$,
  {
    resolve: seekPolicy,
    access: accessToPolicy,
    handle(input, ctx, sought) {
      refuseForeign(sought, 'delete versions of')
      const policy = existingPolicy(sought)
      const { id } = versionOf(policy, input.VersionId)
      if (id === policy.defaultVersion) {
        throw deleteConflict('Cannot delete the default version of a policy.')
      }
      ctx.store.table(managedPolicies).put(policy.arn, {
        ...policy,
        versions: policy.versions.filter((version) => version.id !== id),
        updatedAt: ctx.now.toISOString(),
      })
      return {}
    },
  },
)

type Version = ManagedPolicyRow['versions'][number]

/** A version as the API shows it, without its document. */
export function versionOut(policy: ManagedPolicyRow, version: Version): PolicyVersion {
  return {
    VersionId: version.id,
    IsDefaultVersion: version.id === policy.defaultVersion,
    CreateDate: wholeSecond(version.createdAt),
  }
}

/** The policy whose version a call names; what is missing is told as the version. */
function ofVersion(sought: SoughtPolicy, id: string | undefined): ManagedPolicyRow {
  if (sought.row) return sought.row
  throw noSuchVersion(sought.arn, id)
}

function versionOf(policy: ManagedPolicyRow, id: string | undefined): Version {
  const version = policy.versions.find((candidate) => candidate.id === id)
  if (version) return version
  throw noSuchVersion(policy.arn, id)
}

function noSuchVersion(arn: string, id: string | undefined) {
  return noSuchEntity(`Policy ${arn} version ${id} does not exist or is not attachable.`)
}

/** Sorts newer versions before older ones. */
function ageOf(id: string): string {
  return String(1e9 - Number(id.slice(1))).padStart(10, '0')
}
