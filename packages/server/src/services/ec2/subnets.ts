import {
  CreateSubnet$,
  DeleteSubnet$,
  DescribeAvailabilityZones$,
  DescribeSubnets$,
  ModifySubnetAttribute$,
  type CreateSubnetRequest,
  type CreateSubnetResult,
  type DeleteSubnetRequest,
  type DescribeAvailabilityZonesRequest,
  type DescribeAvailabilityZonesResult,
  type DescribeSubnetsRequest,
  type DescribeSubnetsResult,
  type ModifySubnetAttributeRequest,
  type Subnet,
  type Tag,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../kernel/context.ts'
import { defaultNetwork } from '../../kernel/default-network.ts'
import { commonError } from '../../kernel/errors.ts'
import { networkIn, subnets, type SubnetRow } from '../../kernel/network.ts'
import { operation } from '../../kernel/service.ts'
import { checkedCidr, isWithin } from './cidr.ts'
import { dependency, invalid, notFound } from './errors.ts'
import { allTags, arnOf, matches, tagNew, untag } from './tagging.ts'
import { vpcOf } from './vpcs.ts'

function subnetOut(ctx: Context, row: SubnetRow, tags: readonly Tag[] = []): Subnet {
  return {
    SubnetId: row.id,
    SubnetArn: arnOf(ctx, 'subnet', row.id),
    VpcId: row.vpcId,
    CidrBlock: row.cidr,
    AvailabilityZone: row.zone,
    AvailabilityZoneId: row.zoneId,
    AvailableIpAddressCount: 2 ** (32 - Number(row.cidr.split('/')[1])) - 5,
    DefaultForAz: row.isDefault,
    MapPublicIpOnLaunch: row.mapsPublicIp,
    AssignIpv6AddressOnCreation: false,
    EnableDns64: false,
    Ipv6Native: false,
    Ipv6CidrBlockAssociationSet: [],
    MapCustomerOwnedIpOnLaunch: false,
    PrivateDnsNameOptionsOnLaunch: {
      HostnameType: 'ip-name',
      EnableResourceNameDnsARecord: false,
      EnableResourceNameDnsAAAARecord: false,
    },
    OwnerId: ctx.account,
    State: 'available',
    Tags: [...tags],
  }
}

async function subnetOf(ctx: Context, id: string | undefined): Promise<SubnetRow> {
  const row = (await networkIn(ctx)).subnets.find((each) => each.id === id)
  if (!row) throw notFound('SubnetID', id ?? '')
  return row
}

/** DescribeSubnets. */
export const DescribeSubnets = operation<DescribeSubnetsRequest, DescribeSubnetsResult>(
  DescribeSubnets$,
  {
    access: () => ({ resource: '*' }),
    async handle({ SubnetIds, Filters }, ctx) {
      const tags = await allTags(ctx)
      const all = SubnetIds?.length
        ? await Promise.all(SubnetIds.map((id) => subnetOf(ctx, id)))
        : (await networkIn(ctx)).subnets
      const found = all.filter((row) => {
        const flag = String(row.isDefault)
        const values = {
          'subnet-id': row.id,
          'vpc-id': row.vpcId,
          'availability-zone': row.zone,
          'availability-zone-id': row.zoneId,
          'cidr-block': row.cidr,
          'default-for-az': flag,
          defaultForAz: flag,
          'map-public-ip-on-launch': String(row.mapsPublicIp),
          state: 'available',
        }
        return matches(Filters, values, tags.get(row.id) ?? [])
      })
      return { Subnets: found.map((row) => subnetOut(ctx, row, tags.get(row.id))) }
    },
  },
)

/** CreateSubnet: within its network and beside its other subnets. */
export const CreateSubnet = operation<CreateSubnetRequest, CreateSubnetResult>(CreateSubnet$, {
  access: (_input, ctx) => ({ resource: arnOf(ctx, 'subnet', '*') }),
  async handle(input, ctx) {
    const vpc = await vpcOf(ctx, input.VpcId)
    const cidr = checkedCidr(input.CidrBlock, 16, 28)
    if (!isWithin(cidr, vpc.cidr)) {
      throw commonError('InvalidSubnet.Range', `The CIDR '${cidr}' is invalid.`)
    }
    const others = (await networkIn(ctx)).subnets.filter(({ vpcId }) => vpcId === vpc.id)
    if (others.some((each) => isWithin(cidr, each.cidr) || isWithin(each.cidr, cidr))) {
      throw commonError(
        'InvalidSubnet.Conflict',
        `The CIDR '${cidr}' conflicts with another subnet`,
      )
    }
    const zones = defaultNetwork(ctx.account, ctx.region).subnets
    const asked = input.AvailabilityZone ?? input.AvailabilityZoneId
    const zone =
      asked === undefined
        ? zones[0]
        : zones.find((each) => each.zone === asked || each.zoneId === asked)
    if (!zone) throw invalid(`Value (${asked}) for parameter availabilityZone is invalid.`)
    const row: SubnetRow = {
      id: `subnet-0${ctx.ids.hex(16)}`,
      vpcId: vpc.id,
      cidr,
      zone: zone.zone,
      zoneId: zone.zoneId,
      isDefault: false,
      mapsPublicIp: false,
    }
    ctx.store.table(subnets).put(row.id, row)
    const tags = tagNew(ctx, row.id, 'subnet', input.TagSpecifications)
    return { Subnet: subnetOut(ctx, row, tags) }
  },
})

/** DeleteSubnet: of networks beside the default one. */
export const DeleteSubnet = operation<DeleteSubnetRequest, object>(DeleteSubnet$, {
  access: ({ SubnetId = '*' }, ctx) => ({ resource: arnOf(ctx, 'subnet', SubnetId) }),
  async handle({ SubnetId }, ctx) {
    const row = await subnetOf(ctx, SubnetId)
    if (row.isDefault) throw dependency('default subnet', row.id)
    ctx.store.table(subnets).delete(row.id)
    untag(ctx, row.id)
    return {}
  },
})

/** ModifySubnetAttribute: whether instances would get public addresses. */
export const ModifySubnetAttribute = operation<ModifySubnetAttributeRequest, object>(
  ModifySubnetAttribute$,
  {
    access: ({ SubnetId = '*' }, ctx) => ({ resource: arnOf(ctx, 'subnet', SubnetId) }),
    async handle({ SubnetId, MapPublicIpOnLaunch }, ctx) {
      const row = await subnetOf(ctx, SubnetId)
      if (MapPublicIpOnLaunch?.Value === undefined || row.isDefault) {
        throw invalid('Only MapPublicIpOnLaunch of subnets beside the default ones can be modified')
      }
      ctx.store.table(subnets).put(row.id, { ...row, mapsPublicIp: MapPublicIpOnLaunch.Value })
      return {}
    },
  },
)

/** DescribeAvailabilityZones: three in every Region. */
export const DescribeAvailabilityZones = operation<
  DescribeAvailabilityZonesRequest,
  DescribeAvailabilityZonesResult
>(DescribeAvailabilityZones$, {
  access: () => ({ resource: '*' }),
  handle({ ZoneNames, ZoneIds, Filters }, ctx) {
    const zones = defaultNetwork(ctx.account, ctx.region).subnets.filter(({ zone, zoneId }) => {
      const values = {
        'zone-name': zone,
        'zone-id': zoneId,
        'region-name': ctx.region,
        state: 'available',
        'opt-in-status': 'opt-in-not-required',
        'zone-type': 'availability-zone',
      }
      const isNamed = !ZoneNames?.length || ZoneNames.includes(zone)
      return (
        isNamed && (!ZoneIds?.length || ZoneIds.includes(zoneId)) && matches(Filters, values, [])
      )
    })
    return {
      AvailabilityZones: zones.map(({ zone, zoneId }) => ({
        ZoneName: zone,
        ZoneId: zoneId,
        RegionName: ctx.region,
        GroupName: `${ctx.region}-zg-1`,
        NetworkBorderGroup: ctx.region,
        OptInStatus: 'opt-in-not-required',
        State: 'available',
        ZoneType: 'availability-zone',
        Messages: [],
      })),
    }
  },
})
