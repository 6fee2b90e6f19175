import type { Context } from '../../kernel/context.ts'
import { loseEvent } from './bus-dead-letter.ts'
import type { BusSubject } from './bus-reference.ts'
import type { Departures } from './delivery/departures.ts'
import type { Event } from './delivery/delivery.ts'
import { eventKey } from './encryption.ts'
import { ingest } from './ingest.ts'
import type { Arrival } from './ingest.ts'

/**
 * A custom event comes to a bus: encrypted, where the bus has a KMS key, and to the bus's dead-letter queue
 * where EventBridge may not use that key.
 * Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-dlq.html
 */
export async function arrive(
  ctx: Context,
  event: Event,
  { row, ...arrival }: Arrival & Pick<BusSubject, 'row'>,
  departures: Departures,
): Promise<void> {
  if (row?.kmsKeyIdentifier === undefined) return ingest(ctx, event, arrival, departures)
  let key
  try {
    key = await eventKey(ctx, row.arn, row.kmsKeyIdentifier)
  } catch (error) {
    loseEvent(ctx, row, event, error)
    return
  }
  await ingest(ctx, event, { ...arrival, key }, departures)
}
