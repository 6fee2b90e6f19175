import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { residentBytes, startServerProcess } from '../conformance/faults/server-process.ts'
import { median } from './measure.ts'

/** How a server starts, and what it needs while nobody calls. */
export interface StartMeasurement {
  /** Milliseconds from the start of the process to its first answer, with no store yet. */
  readonly firstMs: number
  /** The same on a store that exists. */
  readonly againMs: number
  /** Resident memory after some idle seconds. */
  readonly idleBytes: number
}

const repetitions = 3
const idleMs = 3_000

/** Starts a server on new stores and again on the same ones; medians. */
export async function measureStart(scratch: string): Promise<StartMeasurement> {
  const first: number[] = []
  const again: number[] = []
  let idleBytes = 0
  for (let index = 0; index < repetitions; index++) {
    const dataDir = join(scratch, `start-${index}`)
    const made = await startServerProcess({ dataDir })
    first.push(made.startMs)
    await made.stop('SIGTERM')
    const server = await startServerProcess({ dataDir })
    again.push(server.startMs)
    if (index === repetitions - 1) {
      await wait(idleMs)
      idleBytes = residentBytes(server.pid)
    }
    await server.stop('SIGTERM')
  }
  return { firstMs: median(first), againMs: median(again), idleBytes }
}
