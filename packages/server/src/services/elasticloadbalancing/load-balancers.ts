import {
  CreateLoadBalancer$,
  DeleteLoadBalancer$,
  DescribeLoadBalancers$,
  type CreateLoadBalancerInput,
  type CreateLoadBalancerOutput,
  type DeleteLoadBalancerInput,
  type DescribeLoadBalancersInput,
  type DescribeLoadBalancersOutput,
  type LoadBalancer,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { hash } from 'node:crypto'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { startUps } from '../../kernel/start-ups.ts'
import { accessTo, accessToMake } from './access.ts'
import { arnOf } from './arns.ts'
import { attributeOf, loadBalancerAttributes } from './attributes.ts'
import {
  invalid,
  loadBalancerExists,
  noLoadBalancer,
  notPermitted,
  wrongConfiguration,
} from './errors.ts'
import { allOf, rowsOf, sliceOf } from './listing.ts'
import { removeListener } from './listener-removal.ts'
import { networkOf } from './network.ts'
import { changed } from './plane.ts'
import { listeners, loadBalancers, places, type LoadBalancerRow } from './store.ts'
import { mergeTags } from './tagging.ts'

/** The hosted zone that the names of load balancers are said to be in; there is no Route 53. */
const hostedZoneId = 'Z35SXDOTRQ7X7K'

/** A load balancer as the API shows it. */
export function loadBalancerOut(row: LoadBalancerRow): LoadBalancer {
  return {
    LoadBalancerArn: row.arn,
    DNSName: row.dnsName,
    CanonicalHostedZoneId: hostedZoneId,
    CreatedTime: new Date(row.createdAt),
    LoadBalancerName: row.name,
    Scheme: row.scheme,
    VpcId: row.vpcId,
    State: { Code: 'active' },
    Type: 'application',
    AvailabilityZones: row.subnets.map(({ id, zone }) => ({
      ZoneName: zone,
      SubnetId: id,
      LoadBalancerAddresses: [],
    })),
    SecurityGroups: [...row.securityGroups],
    IpAddressType: row.ipAddressType as LoadBalancer['IpAddressType'],
  }
}

const nameForm = /^(?!internal-)[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/

function checkName({ Name = '', Type = 'application' }: CreateLoadBalancerInput): void {
  if (Type !== 'application') {
    throw wrongConfiguration(`Load balancers of type '${Type}' are not supported`)
  }
  if (Name.length > 32) {
    throw invalid(`The load balancer name '${Name}' cannot be longer than '32' characters`)
  }
  if (!nameForm.test(Name)) {
    throw invalid(
      'The load balancer name can only contain characters that are alphanumeric characters and hyphens(-)' +
        ', must not begin or end with a hyphen, and must not begin with internal-',
    )
  }
}

/** CreateLoadBalancer: asked again in the same way, it gives what there is. */
export const CreateLoadBalancer = operation<CreateLoadBalancerInput, CreateLoadBalancerOutput>(
  CreateLoadBalancer$,
  {
    check: checkName,
    access: (input, ctx) =>
      accessToMake(
        'CreateLoadBalancer',
        arnOf(ctx, `loadbalancer/app/${input.Name}/*`),
        input.Tags,
        {
          'elasticloadbalancing:scheme': input.Scheme ?? 'internet-facing',
          'elasticloadbalancing:securitygroup': input.SecurityGroups ?? [],
          'elasticloadbalancing:subnet': subnetsOf(input),
        },
      ),
    async handle(input, ctx) {
      const { Name: name = '', Scheme: scheme = 'internet-facing', IpAddressType = 'ipv4' } = input
      const network = await networkOf(ctx, subnetsOf(input), input.SecurityGroups)
      const [existing] = await allOf(ctx, loadBalancers, { index: 'name', equals: name })
      if (existing) {
        const isSame = existing.scheme === scheme && existing.vpcId === network.vpcId
        if (!isSame) throw loadBalancerExists(name)
        return { LoadBalancers: [loadBalancerOut(existing)] }
      }
      const id = ctx.ids.hex(16)
      const arn = arnOf(ctx, `loadbalancer/app/${name}/${id}`)
      const row: LoadBalancerRow = {
        arn,
        name,
        account: ctx.account,
        region: ctx.region,
        dnsName: dnsNameOf(ctx, scheme, name, id),
        scheme,
        createdAt: ctx.now.toISOString(),
        ...network,
        ipAddressType: IpAddressType,
        attributes: {},
        tags: mergeTags({}, input.Tags),
      }
      ctx.store.table(loadBalancers).put(arn, row)
      await takenUpAtStart(ctx)
      changed(ctx)
      return { LoadBalancers: [loadBalancerOut(row)] }
    },
  },
)

function subnetsOf({ Subnets, SubnetMappings }: CreateLoadBalancerInput): string[] {
  return [...(Subnets ?? []), ...(SubnetMappings ?? []).map(({ SubnetId = '' }) => SubnetId)]
}

/** Names under `localhost` lead to this machine everywhere (RFC 6761 section 6.3). */
function dnsNameOf(ctx: Context, scheme: string, name: string, id: string): string {
  const number = Number.parseInt(hash('sha256', id).slice(0, 8), 16)
  const prefix = scheme === 'internal' ? 'internal-' : ''
  return `${prefix}${name}-${number}.${ctx.region}.elb.localhost`
}

/** Has the server open the listeners of this place again at its next start. */
async function takenUpAtStart(ctx: Context): Promise<void> {
  const { account, region } = ctx
  const starts = ctx.store.table(startUps)
  if (!(await starts.get('elasticloadbalancing'))) starts.put('elasticloadbalancing', {})
  const table = ctx.store.table(places)
  const key = `${account}/${region}`
  if (!(await table.get(key))) table.put(key, { account, region })
}

/** DescribeLoadBalancers. */
export const DescribeLoadBalancers = operation<
  DescribeLoadBalancersInput,
  DescribeLoadBalancersOutput
>(DescribeLoadBalancers$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const found = await soughtLoadBalancers(ctx, input)
    const { items, marker } = sliceOf(ctx, 'load-balancers', input, found)
    return { LoadBalancers: items.map(loadBalancerOut), ...marker }
  },
})

async function soughtLoadBalancers(
  ctx: Context,
  { LoadBalancerArns, Names }: DescribeLoadBalancersInput,
): Promise<readonly LoadBalancerRow[]> {
  if (LoadBalancerArns?.length) {
    return rowsOf(ctx, loadBalancers, LoadBalancerArns, noLoadBalancer)
  }
  if (!Names?.length) return allOf(ctx, loadBalancers)
  const found = await Promise.all(
    Names.map((name) => allOf(ctx, loadBalancers, { index: 'name', equals: name })),
  )
  const missing = Names.find((_, index) => found[index]?.length === 0)
  if (missing !== undefined) throw noLoadBalancers(missing)
  return found.flat()
}

const noLoadBalancers = (name: string) => noLoadBalancer(`[${name}]`)

/** DeleteLoadBalancer: with its listeners and their rules; one that is not there is deleted. */
export const DeleteLoadBalancer = operation<
  DeleteLoadBalancerInput,
  object,
  LoadBalancerRow | undefined
>(DeleteLoadBalancer$, {
  resolve: ({ LoadBalancerArn = '' }, ctx) => ctx.store.table(loadBalancers).get(LoadBalancerArn),
  access: ({ LoadBalancerArn = '' }, _ctx, row) =>
    row ? accessTo(row) : { resource: LoadBalancerArn },
  async handle(_input, ctx, row) {
    if (!row) return {}
    const isProtected = attributeOf(
      loadBalancerAttributes,
      row.attributes,
      'deletion_protection.enabled',
    )
    if (isProtected === 'true') {
      throw notPermitted(
        `Load balancer '${row.arn}' cannot be deleted because deletion protection is enabled`,
      )
    }
    const by = { index: 'loadBalancer', equals: row.arn }
    for (const listener of await allOf(ctx, listeners, by)) await removeListener(ctx, listener)
    ctx.store.table(loadBalancers).delete(row.arn)
    changed(ctx)
    return {}
  },
})
