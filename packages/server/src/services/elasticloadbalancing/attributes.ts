import { invalid } from './errors.ts'
import type { Named } from './store.ts'

/** An attribute: what it is when it was not set, and what it may be. */
interface Attribute {
  readonly fallback: string
  readonly form: RegExp
}

const flag = (fallback: 'true' | 'false'): Attribute => ({ fallback, form: /^(?:true|false)$/ })
const free = (fallback = ''): Attribute => ({ fallback, form: /^.*$/s })
const seconds = (fallback: number, form = /^\d{1,6}$/): Attribute => ({
  fallback: String(fallback),
  form,
})

/** Attributes of application load balancers, and of which the proxy makes something. */
export const loadBalancerAttributes: Readonly<Record<string, Attribute>> = {
  'access_logs.s3.enabled': { fallback: 'false', form: /^false$/ },
  'access_logs.s3.bucket': free(),
  'access_logs.s3.prefix': free(),
  'connection_logs.s3.enabled': { fallback: 'false', form: /^false$/ },
  'connection_logs.s3.bucket': free(),
  'connection_logs.s3.prefix': free(),
  'health_check_logs.s3.enabled': { fallback: 'false', form: /^false$/ },
  'health_check_logs.s3.bucket': free(),
  'health_check_logs.s3.prefix': free(),
  'deletion_protection.enabled': flag('false'),
  'idle_timeout.timeout_seconds': seconds(60, /^(?:[1-9]\d{0,2}|[1-3]\d{3}|4000)$/),
  'client_keep_alive.seconds': seconds(3600, /^(?:[6-9]\d|[1-9]\d{2,5})$/),
  'routing.http.desync_mitigation_mode': {
    fallback: 'defensive',
    form: /^(?:monitor|defensive|strictest)$/,
  },
  'routing.http.drop_invalid_header_fields.enabled': flag('false'),
  'routing.http.preserve_host_header.enabled': flag('false'),
  'routing.http.x_amzn_tls_version_and_cipher_suite.enabled': flag('false'),
  'routing.http.xff_client_port.enabled': flag('false'),
  'routing.http.xff_header_processing.mode': {
    fallback: 'append',
    form: /^(?:append|preserve|remove)$/,
  },
  'routing.http2.enabled': flag('true'),
  'waf.fail_open.enabled': flag('false'),
  'load_balancing.cross_zone.enabled': { fallback: 'true', form: /^true$/ },
  'zonal_shift.config.enabled': { fallback: 'false', form: /^false$/ },
}

/** Attributes of target groups of instances and addresses. */
export const targetGroupAttributes: Readonly<Record<string, Attribute>> = {
  'deregistration_delay.timeout_seconds': seconds(300, /^(?:\d{1,3}|[12]\d{3}|3[0-5]\d{2}|3600)$/),
  'stickiness.enabled': flag('false'),
  'stickiness.type': { fallback: 'lb_cookie', form: /^(?:lb_cookie|app_cookie)$/ },
  'stickiness.lb_cookie.duration_seconds': seconds(86_400),
  'stickiness.app_cookie.cookie_name': free(),
  'stickiness.app_cookie.duration_seconds': seconds(86_400),
  'slow_start.duration_seconds': seconds(0, /^(?:0|[3-9]\d|[1-8]\d{2}|900)$/),
  'load_balancing.algorithm.type': {
    fallback: 'round_robin',
    form: /^(?:round_robin|least_outstanding_requests|weighted_random)$/,
  },
  'load_balancing.algorithm.anomaly_mitigation': { fallback: 'off', form: /^off$/ },
  'load_balancing.cross_zone.enabled': {
    fallback: 'use_load_balancer_configuration',
    form: /^(?:true|use_load_balancer_configuration)$/,
  },
  'target_group_health.dns_failover.minimum_healthy_targets.count': free('1'),
  'target_group_health.dns_failover.minimum_healthy_targets.percentage': free('off'),
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': {
    fallback: '1',
    form: /^\d{1,4}$/,
  },
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': {
    fallback: 'off',
    form: /^(?:off|\d{1,3})$/,
  },
}

/** Attributes of target groups of functions. */
export const functionGroupAttributes: Readonly<Record<string, Attribute>> = {
  'lambda.multi_value_headers.enabled': flag('false'),
}

/** Attributes of listeners. */
export const listenerAttributes: Readonly<Record<string, Attribute>> = {
  'routing.http.response.server.enabled': flag('true'),
  ...Object.fromEntries(
    [
      'strict_transport_security',
      'access_control_allow_origin',
      'access_control_allow_methods',
      'access_control_allow_headers',
      'access_control_allow_credentials',
      'access_control_expose_headers',
      'access_control_max_age',
      'content_security_policy',
      'x_content_type_options',
      'x_frame_options',
    ].map((name) => [`routing.http.response.${name}.header_value`, free()]),
  ),
}

/** An attribute's value, set or not. */
export function attributeOf(
  known: Readonly<Record<string, Attribute>>,
  set: Named,
  name: string,
): string {
  return set[name] ?? known[name]?.fallback ?? ''
}

/** Every attribute as the API lists them. */
export function listAttributes(known: Readonly<Record<string, Attribute>>, set: Named) {
  return Object.entries(known).map(([Key, { fallback }]) => ({ Key, Value: set[Key] ?? fallback }))
}

/** Attributes of a request, merged into those that are set. Throws ValidationError for those that cannot be. */
export function mergeAttributes(
  known: Readonly<Record<string, Attribute>>,
  set: Named,
  added: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] = [],
): Named {
  const merged: Record<string, string> = { ...set }
  for (const { Key = '', Value = '' } of added) {
    const attribute = Object.hasOwn(known, Key) ? known[Key] : undefined
    if (!attribute) throw invalid(`Load balancer attribute key '${Key}' is not recognized`)
    if (!attribute.form.test(Value)) {
      throw invalid(`'${Value}' is not a valid value for attribute '${Key}'`)
    }
    merged[Key] = Value
  }
  return merged
}
