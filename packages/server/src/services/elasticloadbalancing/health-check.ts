import type { CreateTargetGroupInput } from '@aws-sdk/client-elastic-load-balancing-v2'
import { invalid } from './errors.ts'
import type { HealthCheck } from './store.ts'

/** What requests say of health checks. */
type Asked = Partial<CreateTargetGroupInput>

/** The health check of a request over the one there is, else AWS's defaults. Throws ValidationError. */
export function checkedHealthCheck(asked: Asked, before: HealthCheck | undefined): HealthCheck {
  const isFunction = asked.TargetType === 'lambda'
  const base: HealthCheck = before ?? {
    enabled: !isFunction,
    protocol: 'HTTP',
    port: 'traffic-port',
    path: '/',
    intervalSeconds: isFunction ? 35 : 30,
    timeoutSeconds: isFunction ? 30 : 5,
    healthyThreshold: 5,
    unhealthyThreshold: 2,
    matcher: '200',
  }
  const protocol = asked.HealthCheckProtocol || base.protocol
  if (protocol !== 'HTTP' && protocol !== 'HTTPS') {
    throw invalid(`Health check protocol '${protocol}' is not supported`)
  }
  if (asked.Matcher?.GrpcCode !== undefined)
    throw invalid('A gRPC matcher needs a gRPC target group')
  const check: HealthCheck = {
    enabled: asked.HealthCheckEnabled ?? base.enabled,
    protocol,
    port: asked.HealthCheckPort || base.port,
    path: asked.HealthCheckPath || base.path,
    intervalSeconds: asked.HealthCheckIntervalSeconds ?? base.intervalSeconds,
    timeoutSeconds: asked.HealthCheckTimeoutSeconds ?? base.timeoutSeconds,
    healthyThreshold: asked.HealthyThresholdCount ?? base.healthyThreshold,
    unhealthyThreshold: asked.UnhealthyThresholdCount ?? base.unhealthyThreshold,
    matcher: asked.Matcher?.HttpCode || base.matcher,
  }
  checkValues(check, isFunction)
  return check
}

function checkValues(check: HealthCheck, isFunction: boolean): void {
  if (!isFunction && !check.enabled) {
    throw invalid(
      'Health check enabled must be true for target groups with target type instance and ip',
    )
  }
  if (check.timeoutSeconds >= check.intervalSeconds) {
    throw invalid(
      `Health check timeout '${check.timeoutSeconds}' must be smaller than the interval '${check.intervalSeconds}'`,
    )
  }
  if (!/^(?:traffic-port|[1-9]\d{0,4})$/.test(check.port)) {
    throw invalid(
      `Health check port '${check.port}' must be either 'traffic-port' or a port between 1 and 65535`,
    )
  }
  if (!/^\/[\x21-\x7E]*$/.test(check.path)) {
    throw invalid(
      `Health check path '${check.path}' must begin with a '/' character and consist of printable characters`,
    )
  }
  if (!isMatcher(check.matcher))
    throw invalid(`Health check matcher HTTP code '${check.matcher}' is not valid`)
}

function isMatcher(text: string): boolean {
  return text.split(',').every((part) => {
    const [, from, to = from] = /^(\d{3})(?:-(\d{3}))?$/.exec(part.trim()) ?? []
    return (
      from !== undefined && Number(from) >= 200 && Number(to) <= 499 && Number(to) >= Number(from)
    )
  })
}

/** Whether a status is one that a healthy target answers. */
export function isHealthyStatus(matcher: string, status: number): boolean {
  return matcher.split(',').some((part) => {
    const [from = 0, to = from] = part.split('-').map(Number)
    return status >= from && status <= to
  })
}

/** Whether two health checks are the same. */
export function sameHealthCheck(a: HealthCheck, b: HealthCheck): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
