import type { Context } from './context.ts'
import { defaultNetwork } from './default-network.ts'
import { defineTable } from './store/store.ts'

/** A network of an account. */
export interface VpcRow {
  readonly id: string
  readonly cidr: string
  readonly isDefault: boolean
  readonly attributes: Readonly<Record<string, boolean>>
  readonly securityGroupId: string
  readonly routeTableId: string
  readonly networkAclId: string
}

/** A subnet of a network. */
export interface SubnetRow {
  readonly id: string
  readonly vpcId: string
  readonly cidr: string
  readonly zone: string
  readonly zoneId: string
  readonly isDefault: boolean
  readonly mapsPublicIp: boolean
}

/** One permission of a security group: one peer. */
export interface GroupRule {
  readonly id: string
  readonly isEgress: boolean
  readonly protocol: string
  readonly fromPort?: number
  readonly toPort?: number
  readonly cidr?: string
  readonly cidr6?: string
  readonly group?: string
  readonly description?: string
}

/** A security group: what is kept and shown; nothing is filtered by it on this machine. */
export interface SecurityGroupRow {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly vpcId: string
  readonly rules: readonly GroupRule[]
}

/** Networks beside the default one, by id. */
export const vpcs = defineTable<VpcRow>({ name: 'kernel.vpcs', scope: 'region' })
/** Subnets beside those of the default network, by id. */
export const subnets = defineTable<SubnetRow>({ name: 'kernel.subnets', scope: 'region' })
/** Security groups, by id; the default network's is there once it was changed. */
export const securityGroups = defineTable<SecurityGroupRow>({
  name: 'kernel.security-groups',
  scope: 'region',
})

/** Everything goes out, as in new security groups. */
export function outbound(id: string): GroupRule {
  return { id: `sgr-0${id.slice(-16)}`, isEgress: true, protocol: '-1', cidr: '0.0.0.0/0' }
}

/** The default group of a network: its members reach each other. */
export function defaultGroup(id: string, vpcId: string): SecurityGroupRow {
  const inbound: GroupRule = {
    id: `sgr-1${id.slice(-16)}`,
    isEgress: false,
    protocol: '-1',
    group: id,
  }
  const rules = [inbound, outbound(id)]
  return { id, name: 'default', description: 'default VPC security group', vpcId, rules }
}

/** The networks, subnets and security groups of the caller's account and Region. */
export async function networkIn(ctx: Context): Promise<{
  readonly vpcs: readonly VpcRow[]
  readonly subnets: readonly SubnetRow[]
  readonly securityGroups: readonly SecurityGroupRow[]
}> {
  const base = defaultNetwork(ctx.account, ctx.region)
  const own: VpcRow = {
    id: base.vpcId,
    cidr: base.cidr,
    isDefault: true,
    attributes: { enableDnsSupport: true, enableDnsHostnames: true },
    securityGroupId: base.securityGroupId,
    routeTableId: base.routeTableId,
    networkAclId: base.networkAclId,
  }
  const rowsOf = async <T extends object>(table: Parameters<typeof ctx.store.table<T>>[0]) =>
    (await ctx.store.table(table).list()).map(({ value }) => value)
  const groups = await rowsOf(securityGroups)
  const kept = groups.some(({ id }) => id === base.securityGroupId)
  return {
    vpcs: [own, ...(await rowsOf(vpcs))],
    subnets: [
      ...base.subnets.map(({ id, cidr, zone, zoneId }) => {
        const fixed = { isDefault: true, mapsPublicIp: true }
        return { id, vpcId: base.vpcId, cidr, zone, zoneId, ...fixed }
      }),
      ...(await rowsOf(subnets)),
    ],
    securityGroups: [...(kept ? [] : [defaultGroup(base.securityGroupId, base.vpcId)]), ...groups],
  }
}
