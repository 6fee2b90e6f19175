import { join } from 'node:path'
import { startPostgres } from '../packages/testkit/src/postgres.ts'
import { drive } from './load.ts'
import { median } from './measure.ts'
import type { Pace } from './measure.ts'
import { startBartizan } from './peers.ts'
import type { Peer } from './peers.ts'
import { figure } from './table.ts'
import { createKeys, encryptionOf } from './workloads.ts'

/** Throughput of Encrypt on one node and on two that share a PostgreSQL database. */
export interface NodesMeasurement {
  readonly onePerSecond: number
  readonly twoPerSecond: number
  readonly text: string
}

const connections = 64

/**
 * Measures one node and two nodes in turn. Nodes, database and load share this machine, so the ratio says
 * something about scaling only where there are processors to spare.
 */
export async function measureNodes(scratch: string, pace: Pace): Promise<NodesMeasurement> {
  const postgres = await startPostgres()
  const nodes: Peer[] = []
  try {
    const environment = {
      BARTIZAN_DATABASE_URL: postgres.url,
      BARTIZAN_ROOT_KEY_DIR: join(scratch, 'shared-root-key'),
    }
    for (const name of ['node 1', 'node 2']) {
      const dataDir = join(scratch, name.replace(' ', '-'))
      nodes.push(await startBartizan(name, { dataDir, environment }))
    }
    const [first] = nodes
    if (!first) throw new Error('no node started')
    const ids = await createKeys(first, 'SYMMETRIC_DEFAULT', 10)
    const requests = new Map<Peer, readonly Buffer[]>()
    for (const node of nodes) {
      const [encrypt] = await encryptionOf(node, ids)
      requests.set(node, encrypt?.requests ?? [])
    }
    const rate = async (on: readonly Peer[]): Promise<number> => {
      const runs = on.map(({ port }, index) =>
        drive({
          port,
          connections: connections / on.length,
          requests: requests.get(on[index] ?? first) ?? [],
          milliseconds: pace.milliseconds,
        }),
      )
      return (await Promise.all(runs)).reduce((sum, each) => sum + each.perSecond, 0)
    }
    const one: number[] = []
    const two: number[] = []
    await rate(nodes)
    for (let round = 0; round < pace.rounds; round++) {
      one.push(await rate([first]))
      two.push(await rate(nodes))
    }
    const onePerSecond = median(one)
    const twoPerSecond = median(two)
    const ratio = figure(twoPerSecond / onePerSecond, 2)
    const text =
      `PostgreSQL, Encrypt, ${connections} connections: one node ${figure(onePerSecond)}/s, ` +
      `two nodes ${figure(twoPerSecond)}/s: ${ratio} times`
    return { onePerSecond, twoPerSecond, text }
  } finally {
    await Promise.allSettled(nodes.map((node) => node.stop()))
    await postgres.stop()
  }
}
