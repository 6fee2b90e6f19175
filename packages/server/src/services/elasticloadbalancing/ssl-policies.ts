import {
  DescribeSSLPolicies$,
  type DescribeSSLPoliciesInput,
  type DescribeSSLPoliciesOutput,
  type SslPolicy,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { TlsSettings } from '../../dataplane/settings.ts'
import { operation } from '../../kernel/service.ts'
import { noPolicy } from './errors.ts'
import { sliceOf } from './listing.ts'

/** What a policy allows; ciphers by OpenSSL's names, as AWS lists them. */
interface Policy {
  readonly from: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'
  readonly to: 'TLSv1.2' | 'TLSv1.3'
  readonly ciphers: readonly string[]
}

const tls13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']
const gcm = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
]
const cbcSha2 = [
  'ECDHE-ECDSA-AES128-SHA256',
  'ECDHE-RSA-AES128-SHA256',
  'ECDHE-ECDSA-AES256-SHA384',
  'ECDHE-RSA-AES256-SHA384',
]
const cbcSha1 = [
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-RSA-AES256-SHA',
  'ECDHE-ECDSA-AES256-SHA',
]
const rsaSha2 = ['AES128-GCM-SHA256', 'AES128-SHA256', 'AES256-GCM-SHA384', 'AES256-SHA256']
const rsaSha1 = ['AES128-SHA', 'AES256-SHA']
const classic = [...gcm, ...cbcSha2, ...cbcSha1, ...rsaSha2, ...rsaSha1]

/** The policy of a listener that names none. */
export const defaultPolicy = 'ELBSecurityPolicy-2016-08'

/** The policies of application load balancers (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html). */
export const policies: Readonly<Record<string, Policy>> = {
  'ELBSecurityPolicy-2016-08': { from: 'TLSv1', to: 'TLSv1.2', ciphers: classic },
  'ELBSecurityPolicy-TLS-1-1-2017-01': { from: 'TLSv1.1', to: 'TLSv1.2', ciphers: classic },
  'ELBSecurityPolicy-TLS-1-2-2017-01': {
    from: 'TLSv1.2',
    to: 'TLSv1.2',
    ciphers: [...gcm, ...cbcSha2, ...rsaSha2],
  },
  'ELBSecurityPolicy-TLS-1-2-Ext-2018-06': { from: 'TLSv1.2', to: 'TLSv1.2', ciphers: classic },
  'ELBSecurityPolicy-FS-2018-06': {
    from: 'TLSv1',
    to: 'TLSv1.2',
    ciphers: [...gcm, ...cbcSha2, ...cbcSha1],
  },
  'ELBSecurityPolicy-FS-1-1-2019-08': {
    from: 'TLSv1.1',
    to: 'TLSv1.2',
    ciphers: [...gcm, ...cbcSha2, ...cbcSha1],
  },
  'ELBSecurityPolicy-FS-1-2-2019-08': {
    from: 'TLSv1.2',
    to: 'TLSv1.2',
    ciphers: [...gcm, ...cbcSha2, ...cbcSha1],
  },
  'ELBSecurityPolicy-FS-1-2-Res-2019-08': {
    from: 'TLSv1.2',
    to: 'TLSv1.2',
    ciphers: [...gcm, ...cbcSha2],
  },
  'ELBSecurityPolicy-FS-1-2-Res-2020-10': { from: 'TLSv1.2', to: 'TLSv1.2', ciphers: gcm },
  'ELBSecurityPolicy-TLS13-1-0-2021-06': {
    from: 'TLSv1',
    to: 'TLSv1.3',
    ciphers: [...tls13, ...classic],
  },
  'ELBSecurityPolicy-TLS13-1-1-2021-06': {
    from: 'TLSv1.1',
    to: 'TLSv1.3',
    ciphers: [...tls13, ...classic],
  },
  'ELBSecurityPolicy-TLS13-1-2-2021-06': {
    from: 'TLSv1.2',
    to: 'TLSv1.3',
    ciphers: [...tls13, ...gcm, ...cbcSha2],
  },
  'ELBSecurityPolicy-TLS13-1-2-Res-2021-06': {
    from: 'TLSv1.2',
    to: 'TLSv1.3',
    ciphers: [...tls13, ...gcm],
  },
  'ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06': {
    from: 'TLSv1.2',
    to: 'TLSv1.3',
    ciphers: [...tls13, ...gcm, ...cbcSha2, ...rsaSha2],
  },
  'ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06': {
    from: 'TLSv1.2',
    to: 'TLSv1.3',
    ciphers: [...tls13, ...classic],
  },
  'ELBSecurityPolicy-TLS13-1-3-2021-06': { from: 'TLSv1.3', to: 'TLSv1.3', ciphers: tls13 },
}

const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const

/** What Node is told of a policy. Versions below 1.2 also need OpenSSL's lowest security level. */
export function tlsOptions(name: string): TlsSettings['options'] {
  const { from, to, ciphers } = policies[name] ?? { from: 'TLSv1.2', to: 'TLSv1.3', ciphers: gcm }
  const isOld = from === 'TLSv1' || from === 'TLSv1.1'
  const list = isOld ? [...ciphers, '@SECLEVEL=0'] : ciphers
  return { minVersion: from, maxVersion: to, ciphers: list.join(':') }
}

function policyOut([Name, { from, to, ciphers }]: readonly [string, Policy]): SslPolicy {
  const SslProtocols = versions.slice(versions.indexOf(from), versions.indexOf(to) + 1)
  return {
    Name,
    SslProtocols: [...SslProtocols],
    Ciphers: ciphers.map((cipher, index) => ({ Name: cipher, Priority: index + 1 })),
    SupportedLoadBalancerTypes: ['application'],
  }
}

/** DescribeSSLPolicies. */
export const DescribeSSLPolicies = operation<DescribeSSLPoliciesInput, DescribeSSLPoliciesOutput>(
  DescribeSSLPolicies$,
  {
    access: () => ({ resource: '*' }),
    handle(input, ctx) {
      const missing = input.Names?.find((name) => !Object.hasOwn(policies, name))
      if (missing !== undefined) throw noPolicy(missing)
      const wanted = Object.entries(policies).filter(
        ([name]) => !input.Names?.length || input.Names.includes(name),
      )
      const { items, marker } = sliceOf(ctx, 'ssl-policies', input, wanted)
      return { SslPolicies: items.map(policyOut), ...marker }
    },
  },
)
