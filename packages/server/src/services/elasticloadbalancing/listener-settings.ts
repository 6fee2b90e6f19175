import { X509Certificate } from 'node:crypto'
import { traceSource } from '../../dataplane/trace-source.ts'
import type { EntranceSettings, TlsCertificate, TlsSettings } from '../../dataplane/settings.ts'
import { certificates } from '../../kernel/certificates.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { WebAclGuard } from '../../kernel/web-acl.ts'
import { attributeOf, loadBalancerAttributes } from './attributes.ts'
import { routerOf, type RoutingSurroundings } from './routing.ts'
import { tlsOptions } from './ssl-policies.ts'
import type { ListenerRow, LoadBalancerRow, RuleRow } from './store.ts'

/** A listener with what belongs to it. */
export interface ListenerParts {
  readonly loadBalancer: LoadBalancerRow
  readonly listener: ListenerRow
  readonly rules: readonly RuleRow[]
}

/** What an entrance is told of a listener. */
export async function settingsOf(
  kernel: Kernel,
  { loadBalancer, listener, rules }: ListenerParts,
  parts: {
    readonly routing: RoutingSurroundings
    readonly observe: NonNullable<EntranceSettings['observe']>
    readonly guard: WebAclGuard
  },
): Promise<EntranceSettings> {
  const attribute = (name: string): string =>
    attributeOf(loadBalancerAttributes, loadBalancer.attributes, name)
  const tls = listener.protocol === 'HTTPS' ? await tlsOf(kernel, listener) : undefined
  return {
    protocol: listener.protocol,
    port: listener.port,
    ...(tls && { tls }),
    offersHttp2: attribute('routing.http2.enabled') === 'true',
    idleTimeoutMs: Number(attribute('idle_timeout.timeout_seconds')) * 1000,
    keepAliveMs: Number(attribute('client_keep_alive.seconds')) * 1000,
    dropsInvalidFields: attribute('routing.http.drop_invalid_header_fields.enabled') === 'true',
    isStrict: attribute('routing.http.desync_mitigation_mode') === 'strictest',
    forwardedFor: attribute('routing.http.xff_header_processing.mode') as 'append',
    forwardsClientPort: attribute('routing.http.xff_client_port.enabled') === 'true',
    forwardsTls: attribute('routing.http.x_amzn_tls_version_and_cipher_suite.enabled') === 'true',
    answerFields: answerFields(listener),
    inspection: {
      guard: parts.guard,
      failsOpen: attribute('waf.fail_open.enabled') === 'true',
    },
    route: routerOf(listener, rules, parts.routing),
    trace: traceSource(kernel),
    observe: parts.observe,
  }
}

/** Header fields that the listener's attributes put into answers. */
function answerFields({ attributes }: ListenerRow): [string, string | undefined][] {
  const fields: [string, string | undefined][] = []
  for (const [key, value] of Object.entries(attributes)) {
    const [, name] = /^routing\.http\.response\.(\w+)\.header_value$/.exec(key) ?? []
    if (name !== undefined && value !== '') fields.push([name.replaceAll('_', '-'), value])
  }
  if (attributes['routing.http.response.server.enabled'] === 'false') {
    fields.push(['Server', undefined])
  }
  return fields
}

async function tlsOf({ store }: Kernel, listener: ListenerRow): Promise<TlsSettings> {
  const found: TlsCertificate[] = []
  for (const arn of listener.certificates) {
    const row = (await store.get(certificates, '-', arn))?.value
    if (!row) continue
    const cert =
      row.chain === undefined ? row.certificate : `${row.certificate.trim()}\n${row.chain}`
    found.push({ cert, key: row.privateKey, names: namesOf(row.certificate) })
  }
  return { certificates: found, options: tlsOptions(listener.sslPolicy ?? '') }
}

function namesOf(pem: string): string[] {
  const { subjectAltName = '', subject } = new X509Certificate(pem)
  const names = [...subjectAltName.matchAll(/DNS:([^,\s"]+)/g)].map(([, name = '']) => name)
  const [, common] = /(?:^|\n)CN=([^\n]+)/.exec(subject) ?? []
  return (names.length > 0 || common === undefined ? names : [common]).map((name) =>
    name.toLowerCase(),
  )
}
