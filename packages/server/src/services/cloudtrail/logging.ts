import { GetTrailStatus$, StartLogging$, StopLogging$ } from '@aws-sdk/client-cloudtrail'
import type {
  GetTrailStatusRequest,
  GetTrailStatusResponse,
  StartLoggingRequest,
  StopLoggingRequest,
} from '@aws-sdk/client-cloudtrail'
import { operation } from '../../kernel/service.ts'
import { accountsOf, deliverJob, lastSequence } from './delivery.ts'
import { digestJob } from './digests.ts'
import { findTrail, ownTrail, tablesOf, trailAccess } from './trail-lookup.ts'
import { deliveries, notStarted, trailKey } from './trail-store.ts'
import type { Attempt, DeliveryRow, TrailRow } from './trail-store.ts'

const deliverEveryMs = 5 * 60_000
const digestEveryMs = 60 * 60_000

/** StartLogging: the trail records what happens from now on. */
export const StartLogging = operation<StartLoggingRequest, object, TrailRow>(StartLogging$, {
  resolve: (input, ctx) => ownTrail(ctx, input.Name),
  access: (_input, ctx, trail) => trailAccess(ctx, trail),
  async handle(_input, ctx, trail) {
    const key = trailKey(trail)
    const view = ctx.store.table(deliveries)
    const state = (await view.get(key)) ?? notStarted
    if (state.isLogging) return {}
    const cursors: Record<string, number> = {}
    for (const account of await accountsOf(ctx, trail)) {
      cursors[account] = await lastSequence(ctx, account)
    }
    const now = ctx.now.toISOString()
    const { isDraining: _drained, ...rest } = state
    const started: DeliveryRow = {
      ...rest,
      isLogging: true,
      startedAt: now,
      cursors,
      undigested: [],
      lastDigests: {},
      digestFrom: now,
    }
    view.put(key, started)
    ctx.schedule.at(deliverJob, key, new Date(ctx.now.getTime() + deliverEveryMs))
    if (trail.validatesFiles) {
      ctx.schedule.at(digestJob, key, new Date(ctx.now.getTime() + digestEveryMs))
    }
    return {}
  },
})

/** StopLogging: what happened before is still delivered, once. */
export const StopLogging = operation<StopLoggingRequest, object, TrailRow>(StopLogging$, {
  resolve: (input, ctx) => ownTrail(ctx, input.Name),
  access: (_input, ctx, trail) => trailAccess(ctx, trail),
  async handle(_input, ctx, trail) {
    const key = trailKey(trail)
    const view = ctx.store.table(deliveries)
    const state = (await view.get(key)) ?? notStarted
    if (!state.isLogging) return {}
    const stoppedAt = ctx.now.toISOString()
    view.put(key, { ...state, isLogging: false, isDraining: true, stoppedAt })
    return {}
  },
})

/** GetTrailStatus. */
export const GetTrailStatus = operation<GetTrailStatusRequest, GetTrailStatusResponse, TrailRow>(
  GetTrailStatus$,
  {
    resolve: (input, ctx) => findTrail(ctx, input.Name),
    access: (_input, ctx, trail) => trailAccess(ctx, trail),
    async handle(_input, ctx, trail) {
      const rows = tablesOf(ctx, trail).table(deliveries)
      return statusOut((await rows.get(trailKey(trail))) ?? notStarted)
    },
  },
)

function statusOut(state: DeliveryRow): GetTrailStatusResponse {
  const { delivery, notification, logs, digest } = state
  return {
    IsLogging: state.isLogging,
    ...(delivery?.error !== undefined && { LatestDeliveryError: delivery.error }),
    ...(notification?.error !== undefined && { LatestNotificationError: notification.error }),
    ...(logs?.error !== undefined && { LatestCloudWatchLogsDeliveryError: logs.error }),
    ...(digest?.error !== undefined && { LatestDigestDeliveryError: digest.error }),
    ...time('LatestDeliveryTime', delivery),
    ...time('LatestNotificationTime', notification),
    ...time('LatestCloudWatchLogsDeliveryTime', logs),
    ...time('LatestDigestDeliveryTime', digest),
    ...(state.startedAt !== undefined && { StartLoggingTime: new Date(state.startedAt) }),
    ...(state.stoppedAt !== undefined && { StopLoggingTime: new Date(state.stoppedAt) }),
    LatestDeliveryAttemptTime: seconds(delivery?.at),
    LatestNotificationAttemptTime: seconds(notification?.at),
    LatestNotificationAttemptSucceeded: seconds(notification?.succeededAt),
    LatestDeliveryAttemptSucceeded: seconds(delivery?.succeededAt),
    TimeLoggingStarted: seconds(state.startedAt),
    TimeLoggingStopped: seconds(state.stoppedAt),
  }
}

function time<Name extends string>(
  name: Name,
  attempt: Attempt | undefined,
): Partial<Record<Name, Date>> {
  const at = attempt?.succeededAt
  return at === undefined ? {} : ({ [name]: new Date(at) } as Record<Name, Date>)
}

function seconds(iso: string | undefined): string {
  return iso === undefined ? '' : `${iso.slice(0, 19)}Z`
}
