import type { PolicyType } from '@aws-sdk/client-organizations'
import type { PolicyRow } from './store.ts'

/** What is particular to a type of policy; sizes are in characters. */
export interface PolicyTypeFacts {
  readonly maxContent: number
  readonly maxAttached: number
  /** The policy of AWS's that is attached everywhere while the type is enabled. */
  readonly fullAccess?: string
  /** Management policies merge along the tree into an effective policy. */
  readonly merges: boolean
  /** The element that a management policy has at its top. */
  readonly top?: string
}

/**
 * The policy types that are offered, with AWS's quotas
 * (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html).
 */
export const policyTypes: Partial<Readonly<Record<PolicyType, PolicyTypeFacts>>> = {
  SERVICE_CONTROL_POLICY: {
    maxContent: 5120,
    maxAttached: 5,
    fullAccess: 'p-FullAWSAccess',
    merges: false,
  },
  RESOURCE_CONTROL_POLICY: {
    maxContent: 5120,
    maxAttached: 5,
    fullAccess: 'p-RCPFullAWSAccess',
    merges: false,
  },
  TAG_POLICY: { maxContent: 10_000, maxAttached: 10, merges: true, top: 'tags' },
  BACKUP_POLICY: { maxContent: 10_000, maxAttached: 10, merges: true, top: 'plans' },
  AISERVICES_OPT_OUT_POLICY: { maxContent: 2500, maxAttached: 5, merges: true, top: 'services' },
}

const fullAccess = (type: PolicyType, id: string, statement: object): PolicyRow => ({
  id,
  arn: `arn:aws:organizations::aws:policy/${type.toLowerCase()}/${id}`,
  type,
  name: id.slice('p-'.length),
  description: 'Allows access to every operation',
  content: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }, undefined, 2),
  updatedAt: '2017-01-01T00:00:00.000Z',
  tags: [],
})

const managed: readonly PolicyRow[] = [
  fullAccess('SERVICE_CONTROL_POLICY', 'p-FullAWSAccess', {
    Effect: 'Allow',
    Action: '*',
    Resource: '*',
  }),
  fullAccess('RESOURCE_CONTROL_POLICY', 'p-RCPFullAWSAccess', {
    Effect: 'Allow',
    Principal: '*',
    Action: '*',
    Resource: '*',
  }),
]

/** A policy that AWS manages, by id. */
export function awsManaged(id: string): PolicyRow | undefined {
  return managed.find((policy) => policy.id === id)
}

/** The policies that AWS manages of a type. */
export function awsManagedOf(type: PolicyType): readonly PolicyRow[] {
  return managed.filter((policy) => policy.type === type)
}
