import { join } from 'node:path'
import { startPostgres } from '../packages/testkit/src/postgres.ts'
import { drive } from './load.ts'
import type { Load } from './load.ts'
import { median } from './measure.ts'
import type { Pace } from './measure.ts'
import { processorMicros, startBartizan } from './peers.ts'
import type { Peer } from './peers.ts'
import { figure } from './table.ts'
import { createKeys, encryptionOf } from './workloads.ts'

/** Encrypt on one node and on two that share a PostgreSQL database; CPU of the nodes in microseconds a call. */
export interface NodesMeasurement {
  readonly onePerSecond: number
  readonly twoPerSecond: number
  readonly oneCpu: number
  readonly twoCpu: number
  readonly text: string
}

interface Rate {
  readonly perSecond: number
  readonly cpu: number
}

const connections = 64

/**
 * Measures one node and two nodes in turn. Nodes, database and load share this machine, so the ratio of the rates
 * says something about scaling only where there are processors to spare; elsewhere the nodes' CPU a call says
 * what sharing a database costs them.
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
    const load = (node: Peer, amount: Pick<Load, 'count' | 'milliseconds'>) =>
      drive({ port: node.port, connections, requests: requests.get(node) ?? [], ...amount })
    for (const node of nodes) await load(node, { count: pace.warmUpCalls })
    const rate = async (on: readonly Peer[]): Promise<Rate> => {
      const used = () => on.reduce((sum, { pid }) => sum + processorMicros(pid), 0)
      const before = used()
      const { milliseconds } = pace
      const results = await Promise.all(on.map((node) => load(node, { milliseconds })))
      const calls = results.reduce((sum, each) => sum + each.requests, 0)
      const perSecond = results.reduce((sum, each) => sum + each.perSecond, 0)
      return { perSecond, cpu: (used() - before) / calls }
    }
    const one: Rate[] = []
    const two: Rate[] = []
    for (let round = 0; round < pace.rounds; round++) {
      one.push(await rate([first]))
      two.push(await rate(nodes))
    }
    return measured(one, two)
  } finally {
    await Promise.allSettled(nodes.map((node) => node.stop()))
    await postgres.stop()
  }
}

function measured(one: readonly Rate[], two: readonly Rate[]): NodesMeasurement {
  const onePerSecond = median(one.map(({ perSecond }) => perSecond))
  const twoPerSecond = median(two.map(({ perSecond }) => perSecond))
  const oneCpu = median(one.map(({ cpu }) => cpu))
  const twoCpu = median(two.map(({ cpu }) => cpu))
  const text =
    `PostgreSQL, Encrypt, ${connections} connections to a node: one node ${figure(onePerSecond)}/s, ` +
    `two nodes ${figure(twoPerSecond)}/s: ${figure(twoPerSecond / onePerSecond, 2)} times; ` +
    `a call costs a node ${figure(oneCpu)} us of CPU alone, ${figure(twoCpu)} us beside another`
  return { onePerSecond, twoPerSecond, oneCpu, twoCpu, text }
}
