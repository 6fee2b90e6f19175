import {
  ListInstanceProfileTags$,
  ListMFADeviceTags$,
  ListOpenIDConnectProviderTags$,
  ListPolicyTags$,
  ListRoleTags$,
  ListServerCertificateTags$,
  ListUserTags$,
  TagInstanceProfile$,
  TagMFADevice$,
  TagOpenIDConnectProvider$,
  TagPolicy$,
  TagRole$,
  TagServerCertificate$,
  TagUser$,
  UntagInstanceProfile$,
  UntagMFADevice$,
  UntagOpenIDConnectProvider$,
  UntagPolicy$,
  UntagRole$,
  UntagServerCertificate$,
  UntagUser$,
  type ListUserTagsResponse,
  type Tag,
} from '@aws-sdk/client-iam'
import type { OperationSchema } from '@bartizan/wire'
import type { Context } from '../../kernel/context.ts'
import {
  managedPolicies,
  mfaDevices,
  oidcProviders,
  roles,
  users,
  type TagRow,
} from '../../kernel/identity/tables.ts'
import { operation, type Access, type Operation } from '../../kernel/service.ts'
import type { Table } from '../../kernel/store/store.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import {
  accessToRole,
  accessToUser,
  existingRole,
  existingUser,
  keyOf,
  seekRole,
  seekUser,
} from './entities.ts'
import { accessToProfile, existingProfile, seekProfile } from './instance-profiles.ts'
import { accessToDevice, existingDevice, seekDevice } from './mfa-devices.ts'
import { accessToProvider, existingProvider, seekProvider } from './oidc-providers.ts'
import { pageOf, type PageInput, type PageOutput } from './paging.ts'
import { accessToPolicy, customerPolicy } from './managed-policies.ts'
import { existingPolicy, seekPolicy } from './policy-lookup.ts'
import { accessToCertificate, existingCertificate, seekCertificate } from './server-certificates.ts'
import { instanceProfiles, serverCertificates } from './tables.ts'
import { caselessKeys, exactKeys, tagsOut, withoutTags, withTags, type TagKeys } from './tags.ts'

/** A kind of thing that carries tags: how a call names it, and where it lies. */
interface Tagged<Input, Subject, Row extends { readonly tags: readonly TagRow[] }> {
  readonly seek: (input: Input, ctx: Context) => Promise<Subject>
  readonly access: (input: Input, ctx: Context, subject: Subject) => Access
  /** The row, or the error of a thing that is not there or not to be changed. */
  readonly existing: (subject: Subject) => Row
  readonly table: Table<Row>
  readonly key: (row: Row) => string
  readonly tagKeys: TagKeys
}

interface TagRowHolder {
  readonly tags: readonly TagRow[]
}

function tag<Input extends object, Subject, Row extends TagRowHolder>(
  schema: OperationSchema,
  kind: Tagged<Input, Subject, Row>,
): Operation {
  return operation<Input & { Tags?: Tag[] }, object, Subject>(schema, {
    resolve: kind.seek,
    access: (input, ctx, subject) => {
      const access = kind.access(input, ctx, subject)
      const conditions = { ...access.conditions, ...requestTagConditions(input.Tags) }
      return { ...access, conditions }
    },
    handle(input, ctx, subject) {
      const row = kind.existing(subject)
      const tags = withTags(row.tags, input.Tags, kind.tagKeys)
      ctx.store.table(kind.table).put(kind.key(row), { ...row, tags })
      return {}
    },
  })
}

function untag<Input extends object, Subject, Row extends TagRowHolder>(
  schema: OperationSchema,
  kind: Tagged<Input, Subject, Row>,
): Operation {
  return operation<Input & { TagKeys?: string[] }, object, Subject>(schema, {
    resolve: kind.seek,
    access: (input, ctx, subject) => {
      const access = kind.access(input, ctx, subject)
      return { ...access, conditions: { ...access.conditions, 'aws:tagkeys': input.TagKeys } }
    },
    handle(input, ctx, subject) {
      const row = kind.existing(subject)
      const tags = withoutTags(row.tags, input.TagKeys, kind.tagKeys)
      ctx.store.table(kind.table).put(kind.key(row), { ...row, tags })
      return {}
    },
  })
}

function listTags<Input extends object, Subject, Row extends TagRowHolder>(
  schema: OperationSchema,
  kind: Tagged<Input, Subject, Row>,
): Operation {
  type Output = PageOutput & Pick<ListUserTagsResponse, 'Tags'>
  return operation<Input & PageInput, Output, Subject>(schema, {
    resolve: kind.seek,
    access: kind.access,
    handle(input, _ctx, subject) {
      const sorted = kind.existing(subject).tags.toSorted((a, b) => (a.key < b.key ? -1 : 1))
      const { items, ...page } = pageOf(sorted, (row) => row.key, input)
      return { Tags: tagsOut(items), ...page }
    },
  })
}

const user = {
  seek: seekUser,
  access: accessToUser,
  existing: existingUser,
  table: users,
  key: (row: { name: string }) => keyOf(row.name),
  tagKeys: caselessKeys,
}
const role = {
  seek: seekRole,
  access: accessToRole,
  existing: existingRole,
  table: roles,
  key: (row: { name: string }) => keyOf(row.name),
  tagKeys: caselessKeys,
}
const policy = {
  seek: seekPolicy,
  access: accessToPolicy,
  existing: customerPolicy,
  table: managedPolicies,
  key: (row: { arn: string }) => row.arn,
  tagKeys: exactKeys,
}
const profile = {
  seek: seekProfile,
  access: accessToProfile,
  existing: existingProfile,
  table: instanceProfiles,
  key: (row: { name: string }) => keyOf(row.name),
  tagKeys: exactKeys,
}
const device = {
  seek: seekDevice,
  access: accessToDevice,
  existing: existingDevice,
  table: mfaDevices,
  key: (row: { serialNumber: string }) => row.serialNumber,
  tagKeys: exactKeys,
}
const provider = {
  seek: seekProvider,
  access: accessToProvider,
  existing: existingProvider,
  table: oidcProviders,
  key: (row: { arn: string }) => row.arn,
  tagKeys: exactKeys,
}

const certificate = {
  seek: seekCertificate,
  access: accessToCertificate,
  existing: existingCertificate,
  table: serverCertificates,
  key: (row: { name: string }) => keyOf(row.name),
  tagKeys: exactKeys,
}

/** Puts tags on a user. */
export const TagUser = tag(TagUser$, user)
/** Takes tags off a user. */
export const UntagUser = untag(UntagUser$, user)
/** Lists a user's tags. */
export const ListUserTags = listTags(ListUserTags$, user)

/** Puts tags on a role. */
export const TagRole = tag(TagRole$, role)
/** Takes tags off a role. */
export const UntagRole = untag(UntagRole$, role)
/** Lists a role's tags. */
export const ListRoleTags = listTags(ListRoleTags$, role)

/** Puts tags on a customer managed policy. */
export const TagPolicy = tag(TagPolicy$, policy)
/** Takes tags off a customer managed policy. */
export const UntagPolicy = untag(UntagPolicy$, policy)
/** Lists a managed policy's tags. */
export const ListPolicyTags = listTags(ListPolicyTags$, { ...policy, existing: existingPolicy })

/** Puts tags on an instance profile. */
export const TagInstanceProfile = tag(TagInstanceProfile$, profile)
/** Takes tags off an instance profile. */
export const UntagInstanceProfile = untag(UntagInstanceProfile$, profile)
/** Lists an instance profile's tags. */
export const ListInstanceProfileTags = listTags(ListInstanceProfileTags$, profile)

/** Puts tags on a virtual MFA device. */
export const TagMFADevice = tag(TagMFADevice$, device)
/** Takes tags off a virtual MFA device. */
export const UntagMFADevice = untag(UntagMFADevice$, device)
/** Lists a virtual MFA device's tags. */
export const ListMFADeviceTags = listTags(ListMFADeviceTags$, device)

/** Puts tags on an OpenID Connect provider. */
export const TagOpenIDConnectProvider = tag(TagOpenIDConnectProvider$, provider)
/** Takes tags off an OpenID Connect provider. */
export const UntagOpenIDConnectProvider = untag(UntagOpenIDConnectProvider$, provider)
/** Lists an OpenID Connect provider's tags. */
export const ListOpenIDConnectProviderTags = listTags(ListOpenIDConnectProviderTags$, provider)

/** Puts tags on a server certificate. */
export const TagServerCertificate = tag(TagServerCertificate$, certificate)
/** Takes tags off a server certificate. */
export const UntagServerCertificate = untag(UntagServerCertificate$, certificate)
/** Lists a server certificate's tags. */
export const ListServerCertificateTags = listTags(ListServerCertificateTags$, certificate)
