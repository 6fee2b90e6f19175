import { hash } from 'node:crypto'
import { partitionOf } from './partition.ts'

/** A subnet of the network that every account has in every Region. */
export interface DefaultSubnet {
  readonly id: string
  readonly zone: string
  readonly zoneId: string
  readonly cidr: string
  readonly arn: string
}

/** The network that an account finds in a Region: its ids are the same each time they are asked for. */
export interface DefaultNetwork {
  readonly vpcId: string
  readonly cidr: string
  readonly subnets: readonly DefaultSubnet[]
  readonly securityGroupId: string
  readonly internetGatewayId: string
  readonly routeTableId: string
  readonly networkAclId: string
  readonly dhcpOptionsId: string
}

const zoneLetters = ['a', 'b', 'c'] as const

/** The default VPC with a subnet for each Availability Zone (https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html). */
export function defaultNetwork(account: string, region: string): DefaultNetwork {
  const id = (prefix: string, part: string): string =>
    `${prefix}-0${hash('sha256', `${account}/${region}/${part}`).slice(0, 16)}`
  const short = region.replace(/^(..)-(.).*?(?:-(.).*?)?-(\d)$/, '$1$2$3$4')
  return {
    vpcId: id('vpc', 'vpc'),
    cidr: '172.31.0.0/16',
    subnets: zoneLetters.map((letter, index) => {
      const subnet = id('subnet', `subnet ${letter}`)
      return {
        id: subnet,
        zone: `${region}${letter}`,
        zoneId: `${short}-az${index + 1}`,
        cidr: `172.31.${index * 16}.0/20`,
        arn: `arn:${partitionOf(region)}:ec2:${region}:${account}:subnet/${subnet}`,
      }
    }),
    securityGroupId: id('sg', 'security group'),
    internetGatewayId: id('igw', 'internet gateway'),
    routeTableId: id('rtb', 'route table'),
    networkAclId: id('acl', 'network acl'),
    dhcpOptionsId: id('dopt', 'dhcp options'),
  }
}
