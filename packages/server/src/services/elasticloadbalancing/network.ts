import {
  InvalidSecurityGroupException$,
  InvalidSubnetException$,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { networkIn } from '../../kernel/network.ts'
import { invalid, noSubnet } from './errors.ts'

/** Where a load balancer is, by what EC2 says; it needs subnets in two Availability Zones at least. */
export async function networkOf(
  ctx: Context,
  subnets: readonly string[],
  securityGroups: readonly string[] | undefined,
) {
  const network = await networkIn(ctx)
  if (subnets.length === 0)
    throw invalid('At least two subnets in two different Availability Zones must be specified')
  const placed = subnets.map((id) => {
    const subnet = network.subnets.find((each) => each.id === id)
    if (!subnet) throw noSubnet(id)
    return { id, zone: subnet.zone, vpcId: subnet.vpcId }
  })
  if (new Set(placed.map(({ zone }) => zone)).size !== placed.length) {
    throw awsError(
      InvalidSubnetException$,
      'A load balancer cannot be attached to multiple subnets in the same Availability Zone',
    )
  }
  if (placed.length < 2) {
    throw invalid('At least two subnets in two different Availability Zones must be specified')
  }
  const vpcIds = new Set(placed.map(({ vpcId }) => vpcId))
  const [vpcId = ''] = vpcIds
  if (vpcIds.size > 1) throw invalid('The subnets must be in the same VPC')
  const byDefault = network.vpcs.find(({ id }) => id === vpcId)?.securityGroupId ?? ''
  const groups = securityGroups?.length ? securityGroups : [byDefault]
  for (const group of groups) {
    const known = network.securityGroups.find(({ id }) => id === group)
    if (!known || known.vpcId !== vpcId) {
      throw awsError(InvalidSecurityGroupException$, `The security group '${group}' does not exist`)
    }
  }
  const shown = placed.map(({ id, zone }) => ({ id, zone }))
  return { vpcId, subnets: shown, securityGroups: groups }
}
