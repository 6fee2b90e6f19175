import {
  CreateVpc$,
  DeleteVpc$,
  DescribeVpcAttribute$,
  DescribeVpcs$,
  ModifyVpcAttribute$,
  type CreateVpcRequest,
  type CreateVpcResult,
  type DeleteVpcRequest,
  type DescribeVpcAttributeRequest,
  type DescribeVpcAttributeResult,
  type DescribeVpcsRequest,
  type DescribeVpcsResult,
  type ModifyVpcAttributeRequest,
  type Tag,
  type Vpc,
} from '@aws-sdk/client-ec2'
import type { Context } from '../../kernel/context.ts'
import { defaultNetwork } from '../../kernel/default-network.ts'
import { defaultGroup, networkIn, securityGroups, vpcs, type VpcRow } from '../../kernel/network.ts'
import { operation } from '../../kernel/service.ts'
import { checkedCidr } from './cidr.ts'
import { dependency, notFound } from './errors.ts'
import { allTags, arnOf, matches, tagNew, untag } from './tagging.ts'

function vpcOut(ctx: Context, row: VpcRow, tags: readonly Tag[] = []): Vpc {
  const cidr = { CidrBlock: row.cidr, CidrBlockState: { State: 'associated' as const } }
  return {
    VpcId: row.id,
    CidrBlock: row.cidr,
    CidrBlockAssociationSet: [
      { AssociationId: row.id.replace('vpc-', 'vpc-cidr-assoc-'), ...cidr },
    ],
    DhcpOptionsId: defaultNetwork(ctx.account, ctx.region).dhcpOptionsId,
    InstanceTenancy: 'default',
    IsDefault: row.isDefault,
    OwnerId: ctx.account,
    State: 'available',
    Tags: [...tags],
  }
}

/** The network of an id. Throws InvalidVpcID.NotFound. */
export async function vpcOf(ctx: Context, id: string | undefined): Promise<VpcRow> {
  const row = (await networkIn(ctx)).vpcs.find((each) => each.id === id)
  if (!row) throw notFound('VpcID', id ?? '')
  return row
}

/** DescribeVpcs: the default one is there from the beginning. */
export const DescribeVpcs = operation<DescribeVpcsRequest, DescribeVpcsResult>(DescribeVpcs$, {
  access: () => ({ resource: '*' }),
  async handle({ VpcIds, Filters }, ctx) {
    const tags = await allTags(ctx)
    const all = VpcIds?.length
      ? await Promise.all(VpcIds.map((id) => vpcOf(ctx, id)))
      : (await networkIn(ctx)).vpcs
    const found = all.filter((row) => {
      const { id, cidr, isDefault } = row
      const flag = String(isDefault)
      const values = {
        'vpc-id': id,
        cidr,
        'cidr-block': cidr,
        'is-default': flag,
        isDefault: flag,
        state: 'available',
        'owner-id': ctx.account,
      }
      return matches(Filters, values, tags.get(id) ?? [])
    })
    return { Vpcs: found.map((row) => vpcOut(ctx, row, tags.get(row.id))) }
  },
})

/** CreateVpc: with its default security group, main route table and network ACL. */
export const CreateVpc = operation<CreateVpcRequest, CreateVpcResult>(CreateVpc$, {
  access: (_input, ctx) => ({ resource: arnOf(ctx, 'vpc', '*') }),
  handle({ CidrBlock, TagSpecifications }, ctx) {
    const row: VpcRow = {
      id: `vpc-0${ctx.ids.hex(16)}`,
      cidr: checkedCidr(CidrBlock, 16, 28),
      isDefault: false,
      attributes: { enableDnsSupport: true, enableDnsHostnames: false },
      securityGroupId: `sg-0${ctx.ids.hex(16)}`,
      routeTableId: `rtb-0${ctx.ids.hex(16)}`,
      networkAclId: `acl-0${ctx.ids.hex(16)}`,
    }
    ctx.store.table(vpcs).put(row.id, row)
    const group = defaultGroup(row.securityGroupId, row.id)
    ctx.store.table(securityGroups).put(group.id, group)
    return { Vpc: vpcOut(ctx, row, tagNew(ctx, row.id, 'vpc', TagSpecifications)) }
  },
})

/** DeleteVpc: once its subnets and security groups are gone. */
export const DeleteVpc = operation<DeleteVpcRequest, object>(DeleteVpc$, {
  access: ({ VpcId = '*' }, ctx) => ({ resource: arnOf(ctx, 'vpc', VpcId) }),
  async handle({ VpcId }, ctx) {
    const row = await vpcOf(ctx, VpcId)
    const network = await networkIn(ctx)
    const isUsed =
      row.isDefault ||
      network.subnets.some(({ vpcId }) => vpcId === row.id) ||
      network.securityGroups.some(({ vpcId, id }) => vpcId === row.id && id !== row.securityGroupId)
    if (isUsed) throw dependency('vpc', row.id)
    ctx.store.table(vpcs).delete(row.id)
    ctx.store.table(securityGroups).delete(row.securityGroupId)
    untag(ctx, row.id)
    return {}
  },
})

/** DescribeVpcAttribute. */
export const DescribeVpcAttribute = operation<
  DescribeVpcAttributeRequest,
  DescribeVpcAttributeResult
>(DescribeVpcAttribute$, {
  access: ({ VpcId = '*' }, ctx) => ({ resource: arnOf(ctx, 'vpc', VpcId) }),
  async handle({ VpcId, Attribute = '' }, ctx) {
    const { attributes, id } = await vpcOf(ctx, VpcId)
    const name = `${Attribute.charAt(0).toUpperCase()}${Attribute.slice(1)}`
    return { VpcId: id, [name]: { Value: attributes[Attribute] ?? false } }
  },
})

/** ModifyVpcAttribute: of networks beside the default one. */
export const ModifyVpcAttribute = operation<ModifyVpcAttributeRequest, object>(
  ModifyVpcAttribute$,
  {
    access: ({ VpcId = '*' }, ctx) => ({ resource: arnOf(ctx, 'vpc', VpcId) }),
    async handle(input, ctx) {
      const row = await vpcOf(ctx, input.VpcId)
      if (row.isDefault) throw dependency('default vpc', row.id)
      const attributes = { ...row.attributes }
      for (const [name, given] of Object.entries({
        enableDnsSupport: input.EnableDnsSupport,
        enableDnsHostnames: input.EnableDnsHostnames,
        enableNetworkAddressUsageMetrics: input.EnableNetworkAddressUsageMetrics,
      })) {
        if (given?.Value !== undefined) attributes[name] = given.Value
      }
      ctx.store.table(vpcs).put(row.id, { ...row, attributes })
      return {}
    },
  },
)
