import { InvalidSubnetException$ } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Context } from '../../kernel/context.ts'
import { defaultNetwork } from '../../kernel/default-network.ts'
import { awsError } from '../../kernel/errors.ts'
import { invalid, noSubnet } from './errors.ts'

/** Where a load balancer is, by what EC2 says; it needs subnets in two Availability Zones at least. */
export async function networkOf(
  ctx: Context,
  subnets: readonly string[],
  securityGroups: readonly string[] | undefined,
) {
  const network = defaultNetwork(ctx.account, ctx.region)
  if (subnets.length === 0)
    throw invalid('At least two subnets in two different Availability Zones must be specified')
  const placed = subnets.map((id) => {
    const subnet = network.subnets.find((each) => each.id === id)
    if (!subnet) throw noSubnet(id)
    return { id, zone: subnet.zone }
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
  return {
    vpcId: network.vpcId,
    subnets: placed,
    securityGroups: securityGroups?.length ? securityGroups : [network.securityGroupId],
  }
}
