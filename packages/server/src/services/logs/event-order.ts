/** Where an event stands among all events of its group or stream: time, then batch, then number. */
export interface Position {
  readonly timeMs: number
  /** The batch's `order`. */
  readonly batch: string
  readonly index: number
}

/** Negative when `a` stands before `b`. */
export function comparePositions(a: Position, b: Position): number {
  if (a.timeMs !== b.timeMs) return a.timeMs - b.timeMs
  if (a.batch !== b.batch) return a.batch < b.batch ? -1 : 1
  return a.index - b.index
}

/** Batches in order of their first (forwards) or last event (backwards), with the time no later one reaches beyond. */
export interface OrderedBatch<Event extends Position> {
  readonly edgeMs: number
  readonly events: readonly Event[]
}

/**
 * Merges batches whose times overlap into runs of events, one after another. Batches come by their first event's
 * time, ascending (forwards), or by their last event's time, descending (backwards).
 */
export async function* mergeBatches<Event extends Position>(
  batches: AsyncIterable<OrderedBatch<Event>>,
  way: 'forwards' | 'backwards',
): AsyncGenerator<readonly Event[]> {
  const sign = way === 'forwards' ? 1 : -1
  let waiting: readonly Event[] = []
  for await (const { edgeMs, events } of batches) {
    const ready = countBefore(waiting, (event) => sign * (event.timeMs - edgeMs) < 0)
    if (ready > 0) yield waiting.slice(0, ready)
    const left = waiting.slice(ready)
    const own = way === 'forwards' ? events : events.toReversed()
    waiting =
      left.length === 0 ? own : [...left, ...own].sort((a, b) => sign * comparePositions(a, b))
  }
  if (waiting.length > 0) yield waiting
}

function countBefore<T>(items: readonly T[], isBefore: (item: T) => boolean): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >> 1
    const item = items[middle]
    if (item !== undefined && isBefore(item)) low = middle + 1
    else high = middle
  }
  return low
}
