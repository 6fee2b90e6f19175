import type { Tag } from '@aws-sdk/client-rds'
import type { Access } from '../../kernel/service.ts'
import { requestTagConditions, resourceTagConditions } from '../../kernel/tag-conditions.ts'
import type { Tags } from './tagging.ts'

type Conditions = NonNullable<Access['conditions']>

/** RDS's own condition keys for the tags of each kind of resource, beside `aws:ResourceTag`. */
const tagKeys = {
  db: 'rds:db-tag',
  cluster: 'rds:cluster-tag',
  subgrp: 'rds:subgrp-tag',
  pg: 'rds:pg-tag',
  'cluster-pg': 'rds:cluster-pg-tag',
  og: 'rds:og-tag',
  snapshot: 'rds:snapshot-tag',
  'cluster-snapshot': 'rds:cluster-snapshot-tag',
}

/** Kinds of resource that have tags. */
export type TaggedKind = keyof typeof tagKeys

/** A resource with its tags. */
export interface Tagged {
  readonly arn: string
  readonly tags: Tags
}

/** The permission that a call needs on something that is there. */
export function accessTo(
  kind: TaggedKind,
  { arn, tags }: Tagged,
  further: Conditions = {},
): Access {
  const own = Object.entries(tags).map(([key, value]) => [
    `${tagKeys[kind]}/${key.toLowerCase()}`,
    value,
  ])
  return {
    resource: arn,
    conditions: { ...resourceTagConditions(tags), ...Object.fromEntries(own), ...further },
  }
}

/** The condition keys of tags in a request, RDS's own `rds:req-tag` among them. */
export function requestTags(tags: readonly Tag[] | undefined): Conditions {
  const byKey = Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))
  const own = Object.entries(byKey).map(([key, value]) => [
    `rds:req-tag/${key.toLowerCase()}`,
    value,
  ])
  return { ...requestTagConditions(byKey), ...Object.fromEntries(own) }
}

/** Condition keys of what a request asks for; what is absent is no key. */
export function requestFacts(input: {
  readonly Engine?: string | undefined
  readonly DBInstanceClass?: string | undefined
  readonly DBName?: string | undefined
  readonly DatabaseName?: string | undefined
  readonly AllocatedStorage?: number | undefined
  readonly Iops?: number | undefined
  readonly MultiAZ?: boolean | undefined
  readonly StorageEncrypted?: boolean | undefined
  readonly ManageMasterUserPassword?: boolean | undefined
}): Conditions {
  const keys = {
    'rds:databaseengine': input.Engine,
    'rds:databaseclass': input.DBInstanceClass,
    'rds:databasename': input.DBName ?? input.DatabaseName,
    'rds:storagesize': input.AllocatedStorage,
    'rds:piops': input.Iops,
    'rds:multiaz': input.MultiAZ,
    'rds:storageencrypted': input.StorageEncrypted,
    'rds:managemasteruserpassword': input.ManageMasterUserPassword,
  }
  return Object.fromEntries(
    Object.entries(keys).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, String(value)]],
    ),
  )
}
