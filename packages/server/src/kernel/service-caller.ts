import type { Caller } from './call-context.ts'
import type { Kernel } from './kernel.ts'

/** A service itself as a caller, by its principal (`events.amazonaws.com`), in an account and Region. */
export function serviceCaller(
  kernel: Kernel,
  place: {
    readonly account: string
    readonly region: string
    readonly service: string
    readonly now: Date
  },
): Caller {
  const { account, region, service, now } = place
  return {
    principal: { kind: 'service', accountId: account, arn: '', principalId: service, service },
    region,
    sourceIp: service,
    userAgent: service,
    secureTransport: true,
    now,
    endpoint: kernel.endpoint(),
  }
}
