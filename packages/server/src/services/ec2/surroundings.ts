import {
  DescribeAccountAttributes$,
  DescribeInternetGateways$,
  DescribeNetworkAcls$,
  DescribeNetworkInterfaces$,
  DescribeRouteTables$,
  type DescribeAccountAttributesRequest,
  type DescribeAccountAttributesResult,
  type DescribeInternetGatewaysRequest,
  type DescribeInternetGatewaysResult,
  type DescribeNetworkAclsRequest,
  type DescribeNetworkAclsResult,
  type DescribeNetworkInterfacesResult,
  type DescribeRouteTablesRequest,
  type DescribeRouteTablesResult,
} from '@aws-sdk/client-ec2'
import { defaultNetwork } from '../../kernel/default-network.ts'
import { networkIn } from '../../kernel/network.ts'
import { operation } from '../../kernel/service.ts'
import { matches } from './tagging.ts'

/** DescribeRouteTables: the main one of each network. */
export const DescribeRouteTables = operation<DescribeRouteTablesRequest, DescribeRouteTablesResult>(
  DescribeRouteTables$,
  {
    access: () => ({ resource: '*' }),
    async handle({ RouteTableIds, Filters }, ctx) {
      const found = (await networkIn(ctx)).vpcs.filter(({ id, routeTableId }) => {
        const values = { 'vpc-id': id, 'route-table-id': routeTableId, 'association.main': 'true' }
        const isNamed = !RouteTableIds?.length || RouteTableIds.includes(routeTableId)
        return isNamed && matches(Filters, values, [])
      })
      return {
        RouteTables: found.map(({ id, routeTableId, cidr }) => ({
          RouteTableId: routeTableId,
          VpcId: id,
          OwnerId: ctx.account,
          Associations: [{ Main: true, RouteTableId: routeTableId }],
          Routes: [
            {
              DestinationCidrBlock: cidr,
              GatewayId: 'local',
              Origin: 'CreateRouteTable',
              State: 'active',
            },
          ],
          PropagatingVgws: [],
          Tags: [],
        })),
      }
    },
  },
)

/** DescribeNetworkAcls: the default one of each network, which lets everything through. */
export const DescribeNetworkAcls = operation<DescribeNetworkAclsRequest, DescribeNetworkAclsResult>(
  DescribeNetworkAcls$,
  {
    access: () => ({ resource: '*' }),
    async handle({ NetworkAclIds, Filters }, ctx) {
      const found = (await networkIn(ctx)).vpcs.filter(({ id, networkAclId }) => {
        const values = { 'vpc-id': id, 'network-acl-id': networkAclId, default: 'true' }
        const isNamed = !NetworkAclIds?.length || NetworkAclIds.includes(networkAclId)
        return isNamed && matches(Filters, values, [])
      })
      return {
        NetworkAcls: found.map(({ id, networkAclId }) => ({
          NetworkAclId: networkAclId,
          VpcId: id,
          OwnerId: ctx.account,
          IsDefault: true,
          Associations: [],
          Entries: [],
          Tags: [],
        })),
      }
    },
  },
)

/** DescribeNetworkInterfaces: load balancers have none on this machine, and nothing else is there to have one. */
export const DescribeNetworkInterfaces = operation<object, DescribeNetworkInterfacesResult>(
  DescribeNetworkInterfaces$,
  { access: () => ({ resource: '*' }), handle: () => ({ NetworkInterfaces: [] }) },
)

/** DescribeInternetGateways: that of the default network. */
export const DescribeInternetGateways = operation<
  DescribeInternetGatewaysRequest,
  DescribeInternetGatewaysResult
>(DescribeInternetGateways$, {
  access: () => ({ resource: '*' }),
  handle({ InternetGatewayIds, Filters }, ctx) {
    const { internetGatewayId: id, vpcId } = defaultNetwork(ctx.account, ctx.region)
    const values = { 'internet-gateway-id': id, 'attachment.vpc-id': vpcId }
    const isNamed = !InternetGatewayIds?.length || InternetGatewayIds.includes(id)
    if (!isNamed || !matches(Filters, values, [])) return { InternetGateways: [] }
    const Attachments = [{ VpcId: vpcId, State: 'attached' as const }]
    return {
      InternetGateways: [{ InternetGatewayId: id, OwnerId: ctx.account, Attachments, Tags: [] }],
    }
  },
})

/** DescribeAccountAttributes. */
export const DescribeAccountAttributes = operation<
  DescribeAccountAttributesRequest,
  DescribeAccountAttributesResult
>(DescribeAccountAttributes$, {
  access: () => ({ resource: '*' }),
  handle({ AttributeNames }, ctx) {
    const all = {
      'supported-platforms': 'VPC',
      'default-vpc': defaultNetwork(ctx.account, ctx.region).vpcId,
    }
    return {
      AccountAttributes: Object.entries(all)
        .filter(([name]) => !AttributeNames?.length || AttributeNames.some((each) => each === name))
        .map(([AttributeName, AttributeValue]) => ({
          AttributeName,
          AttributeValues: [{ AttributeValue }],
        })),
    }
  },
})
