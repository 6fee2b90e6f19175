import type { ReplicaRegionType } from '@aws-sdk/client-secrets-manager'
import type { Context } from '../../kernel/context.ts'
import type { Access } from '../../kernel/service.ts'
import { invalidParameter } from './errors.ts'
import type { ReplicaFacts } from './store.ts'
import { defaultKeyId } from './values.ts'

/** How requests ask for replicas. */
interface ReplicaInput {
  readonly AddReplicaRegions?: readonly ReplicaRegionType[] | undefined
  readonly ForceOverwriteReplicaSecret?: boolean | undefined
}

/** The condition keys of replicas in a request. */
export function replicaConditions(input: ReplicaInput): NonNullable<Access['conditions']> {
  const regions = (input.AddReplicaRegions ?? []).map(({ Region = '' }) => Region)
  return {
    ...(regions.length > 0 && { 'secretsmanager:addreplicaregions': regions }),
    'secretsmanager:forceoverwritereplica': String(input.ForceOverwriteReplicaSecret ?? false),
  }
}

/** How the Regions of AWS's partitions are named, as its SDKs tell endpoints by. */
const regionForm = /^(?:us|eu|ap|sa|ca|me|af|il|mx|cn|us-gov)-[a-z]+-\d+$/

/** The replicas that a request adds to those a secret has; failed ones may be asked for again. */
export function checkReplicas(
  ctx: Context,
  input: ReplicaInput,
  has: readonly ReplicaFacts[],
): readonly ReplicaFacts[] {
  const added = input.AddReplicaRegions ?? []
  const seen = new Set<string>()
  for (const { Region = '' } of added) {
    if (!regionForm.test(Region) || Region === ctx.region || seen.has(Region)) {
      throw invalidParameter('Invalid replica region.')
    }
    seen.add(Region)
    const known = has.find(({ region }) => region === Region)
    if (known && known.status !== 'Failed') {
      throw invalidParameter(`The secret is already replicated to Region ${Region}.`)
    }
  }
  return added.map(({ Region = '', KmsKeyId = '' }) => ({
    region: Region,
    ...(KmsKeyId !== '' && KmsKeyId !== defaultKeyId && { kmsKeyId: KmsKeyId }),
    status: 'InProgress',
    message: '',
    ...(input.ForceOverwriteReplicaSecret && { overwrites: true as const }),
  }))
}
