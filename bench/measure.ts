import { drive } from './load.ts'
import { processorMicros } from './peers.ts'
import type { Peer } from './peers.ts'

/** One workload on one server over so many connections. */
export interface Contender {
  readonly peer: Pick<Peer, 'name' | 'pid' | 'port'>
  readonly requests: readonly Buffer[]
}

/** What a server did; CPU in microseconds a request, latencies in milliseconds. */
export interface Measurement {
  readonly perSecond: number
  readonly cpu: number
  readonly p50: number
  readonly p99: number
}

/** How long and how often each contender is measured. */
export interface Pace {
  /** How many calls come before the first round. */
  readonly warmUpCalls: number
  readonly rounds: number
  readonly milliseconds: number
}

const warmUpConnections = 64

/**
 * Measures contenders turn by turn, so that what disturbs the machine disturbs all of them, and returns
 * the median of each contender's rounds. A round that only warms up comes first, so long that V8 has
 * compiled what a call runs through.
 */
export async function contest(
  contenders: readonly Contender[],
  connections: number,
  { warmUpCalls, rounds, milliseconds }: Pace,
): Promise<Measurement[]> {
  const taken: Measurement[][] = contenders.map(() => [])
  for (let round = 0; round <= rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      if (round === 0) await warmUp(contender, warmUpCalls)
      else taken[index]?.push(await measure(contender, connections, milliseconds))
    }
  }
  return taken.map((each) => ({
    perSecond: median(each.map(({ perSecond }) => perSecond)),
    cpu: median(each.map(({ cpu }) => cpu)),
    p50: median(each.map(({ p50 }) => p50)),
    p99: median(each.map(({ p99 }) => p99)),
  }))
}

async function warmUp({ peer, requests }: Contender, count: number): Promise<void> {
  await drive({ port: peer.port, connections: warmUpConnections, requests, count })
}

async function measure(
  { peer, requests }: Contender,
  connections: number,
  milliseconds: number,
): Promise<Measurement> {
  const before = processorMicros(peer.pid)
  const result = await drive({ port: peer.port, connections, requests, milliseconds })
  const cpu = (processorMicros(peer.pid) - before) / result.requests
  const { perSecond, p50, p99 } = result
  return { perSecond, cpu, p50, p99 }
}

/** The middle of some numbers; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}
