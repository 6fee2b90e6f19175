import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import type { Context } from '../../../kernel/context.ts'
import { arnParts } from '../arns.ts'
import { actorOf, eventOf } from './delivery.ts'
import type { Delivery, Event } from './delivery.ts'
import { DeliveryFailure } from './failure.ts'

/** Marks entries of PutEvents that this server made itself; no request from outside can have it. */
const forwarded = Symbol('an event that another bus forwards')

/** An entry of PutEvents that carries another bus's event as it is. */
export type ForwardedEntry = PutEventsRequestEntry & { readonly [forwarded]?: Event }

/** The event that an entry forwards; undefined for entries of callers. */
export function forwardedEvent(entry: ForwardedEntry): Event | undefined {
  return entry[forwarded]
}

/**
 * Sends an event on to another bus; one that came from another bus already goes no further
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html).
 */
export async function forwardToBus(ctx: Context, delivery: Delivery): Promise<void> {
  if (delivery.isForwarded) throw thirdHop(ctx, delivery)
  const event = eventOf(delivery)
  const entry: ForwardedEntry = {
    EventBusName: delivery.target.arn,
    Source: event.source,
    DetailType: event['detail-type'],
    Detail: '{}',
    [forwarded]: event,
  }
  await ctx.callAs(actorOf(delivery), 'events', 'PutEvents', { Entries: [entry] })
}

function thirdHop(ctx: Context, { target }: Delivery): DeliveryFailure {
  const place = arnParts(target.arn)
  const what =
    place?.account !== ctx.account ? 'ACCOUNT' : place.region !== ctx.region ? 'REGION' : 'BUS'
  return new DeliveryFailure(
    `THIRD_${what}_HOP_DETECTED`,
    'An event that was forwarded from another event bus is not forwarded again.',
  )
}
