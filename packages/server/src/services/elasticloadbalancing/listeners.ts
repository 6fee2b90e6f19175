import {
  CreateListener$,
  DeleteListener$,
  DescribeListeners$,
  ModifyListener$,
  type CreateListenerInput,
  type CreateListenerOutput,
  type DeleteListenerInput,
  type DescribeListenersInput,
  type DescribeListenersOutput,
  type Listener,
  type ModifyListenerInput,
  type ModifyListenerOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { certificates } from '../../kernel/certificates.ts'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { accessTo, accessToMake } from './access.ts'
import { checkedActions } from './actions.ts'
import { listenerArn } from './arns.ts'
import {
  invalid,
  listenerExists,
  noCertificate,
  noListener,
  noLoadBalancer,
  noPolicy,
  unsupportedProtocol,
} from './errors.ts'
import { removeListener } from './listener-removal.ts'
import { allOf, rowOf, rowsOf, sliceOf } from './listing.ts'
import { changed, plane } from './plane.ts'
import { defaultPolicy, policies } from './ssl-policies.ts'
import { listeners, loadBalancers, type ListenerRow, type LoadBalancerRow } from './store.ts'
import { mergeTags } from './tagging.ts'

/** A listener as the API shows it. */
export function listenerOut(row: ListenerRow): Listener {
  const [certificate] = row.certificates
  return {
    ListenerArn: row.arn,
    LoadBalancerArn: row.loadBalancer,
    Port: row.port,
    Protocol: row.protocol,
    ...(row.sslPolicy !== undefined && { SslPolicy: row.sslPolicy }),
    ...(certificate !== undefined && { Certificates: [{ CertificateArn: certificate }] }),
    DefaultActions: [...row.defaultActions],
    ...(row.protocol === 'HTTPS' && { MutualAuthentication: { Mode: 'off' } }),
  }
}

/** What a request says of a listener's protocol and of what TLS needs. */
async function protocolOf(
  ctx: Context,
  { Protocol, SslPolicy, Certificates, MutualAuthentication }: Partial<CreateListenerInput>,
): Promise<Pick<ListenerRow, 'protocol' | 'sslPolicy' | 'certificates'>> {
  if (Protocol !== 'HTTP' && Protocol !== 'HTTPS') {
    throw Protocol === undefined
      ? invalid('A listener protocol must be specified')
      : unsupportedProtocol(`Protocol '${Protocol}' is not supported by application load balancers`)
  }
  if (MutualAuthentication?.Mode !== undefined && MutualAuthentication.Mode !== 'off') {
    throw unsupportedProtocol('Mutual authentication is not supported')
  }
  if (Protocol === 'HTTP') {
    if (Certificates?.length) throw invalid('A certificate cannot be specified for HTTP listeners')
    return { protocol: Protocol, certificates: [] }
  }
  if (Certificates?.length !== 1) {
    throw invalid('A certificate must be specified for HTTPS listeners')
  }
  const { CertificateArn = '' } = Certificates[0] ?? {}
  await checkCertificate(ctx, CertificateArn)
  const sslPolicy = SslPolicy ?? defaultPolicy
  if (!Object.hasOwn(policies, sslPolicy)) throw noPolicy(sslPolicy)
  return { protocol: Protocol, sslPolicy, certificates: [CertificateArn] }
}

/** Throws CertificateNotFound unless the caller's account has the certificate. */
export async function checkCertificate(ctx: Context, arn: string): Promise<void> {
  const row = await ctx.store.table(certificates).get(arn)
  if (row?.account !== ctx.account) throw noCertificate(arn)
}

/** CreateListener: it listens when this is answered. */
export const CreateListener = operation<CreateListenerInput, CreateListenerOutput, LoadBalancerRow>(
  CreateListener$,
  {
    resolve: ({ LoadBalancerArn }, ctx) =>
      rowOf(ctx, loadBalancers, LoadBalancerArn, noLoadBalancer),
    access: (input, _ctx, row) => [
      accessTo(row, {
        'elasticloadbalancing:listenerprotocol': input.Protocol,
        'elasticloadbalancing:securitypolicy': input.SslPolicy,
      }),
      ...accessToMake('CreateListener', listenerArn(row.arn, '*'), input.Tags).slice(1),
    ],
    async handle(input, ctx, { arn: loadBalancer }) {
      const port = checkedPort(input.Port)
      const others = await allOf(ctx, listeners, { index: 'loadBalancer', equals: loadBalancer })
      if (others.some((each) => each.port === port)) throw listenerExists()
      const protocol = await protocolOf(ctx, input)
      const arn = listenerArn(loadBalancer, ctx.ids.hex(16))
      const row: ListenerRow = {
        arn,
        loadBalancer,
        port,
        ...protocol,
        defaultActions: await checkedActions(ctx, input.DefaultActions),
        boundPort: await ctx.runtime(plane).reserve(arn, port),
        attributes: {},
        tags: mergeTags({}, input.Tags),
      }
      ctx.store.table(listeners).put(arn, row)
      changed(ctx)
      return { Listeners: [listenerOut(row)] }
    },
  },
)

function checkedPort(port: number | undefined): number {
  if (port === undefined) throw invalid('A listener port must be specified')
  return port
}

/** DescribeListeners: of a load balancer, or by ARN. */
export const DescribeListeners = operation<DescribeListenersInput, DescribeListenersOutput>(
  DescribeListeners$,
  {
    access: () => ({ resource: '*' }),
    async handle(input, ctx) {
      const { LoadBalancerArn, ListenerArns } = input
      if (LoadBalancerArn === undefined && !ListenerArns?.length) {
        throw invalid('You must specify either listener ARNs or a load balancer ARN')
      }
      let found: readonly ListenerRow[]
      if (LoadBalancerArn === undefined) {
        found = await rowsOf(ctx, listeners, ListenerArns ?? [], noListener)
      } else {
        const { arn } = await rowOf(ctx, loadBalancers, LoadBalancerArn, noLoadBalancer)
        found = await allOf(ctx, listeners, { index: 'loadBalancer', equals: arn })
      }
      const { items, marker } = sliceOf(ctx, 'listeners', input, found)
      return { Listeners: items.map(listenerOut), ...marker }
    },
  },
)

/** ModifyListener: what is not mentioned stays; requests under way are not disturbed. */
export const ModifyListener = operation<ModifyListenerInput, ModifyListenerOutput, ListenerRow>(
  ModifyListener$,
  {
    resolve: ({ ListenerArn }, ctx) => rowOf(ctx, listeners, ListenerArn, noListener),
    access: (input, _ctx, row) =>
      accessTo(row, {
        'elasticloadbalancing:listenerprotocol': input.Protocol,
        'elasticloadbalancing:securitypolicy': input.SslPolicy,
      }),
    async handle(input, ctx, row) {
      const { certificates: _c, sslPolicy: _s, ...rest } = row
      const port = input.Port ?? row.port
      const by = { index: 'loadBalancer', equals: row.loadBalancer }
      const others = await allOf(ctx, listeners, by)
      if (others.some((each) => each.arn !== row.arn && each.port === port)) throw listenerExists()
      const { DefaultActions } = input
      const isMoved = port !== row.port
      const next: ListenerRow = {
        ...rest,
        port,
        ...(await changedProtocol(ctx, row, input)),
        ...(DefaultActions && { defaultActions: await checkedActions(ctx, DefaultActions) }),
        ...(isMoved && { boundPort: await ctx.runtime(plane).reserve(row.arn, port) }),
      }
      ctx.store.table(listeners).put(row.arn, next)
      changed(ctx)
      return { Listeners: [listenerOut(next)] }
    },
  },
)

async function changedProtocol(ctx: Context, row: ListenerRow, input: ModifyListenerInput) {
  const [certificate] = row.certificates
  const Protocol = input.Protocol ?? row.protocol
  const kept = certificate === undefined ? undefined : [{ CertificateArn: certificate }]
  const Certificates = input.Certificates ?? (Protocol === 'HTTPS' ? kept : undefined)
  const SslPolicy = input.SslPolicy ?? row.sslPolicy
  const asked = { ...input, Protocol, Certificates, SslPolicy }
  const next = await protocolOf(ctx, asked)
  if (Protocol !== 'HTTPS') return next
  return {
    ...next,
    certificates: [...new Set([...next.certificates, ...row.certificates.slice(1)])],
  }
}

/** DeleteListener: with its rules; one that is not there is an error. */
export const DeleteListener = operation<DeleteListenerInput, object, ListenerRow>(DeleteListener$, {
  resolve: ({ ListenerArn }, ctx) => rowOf(ctx, listeners, ListenerArn, noListener),
  access: (_input, _ctx, row) => accessTo(row),
  async handle(_input, ctx, row) {
    await removeListener(ctx, row)
    changed(ctx)
    return {}
  },
})
