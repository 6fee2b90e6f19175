import { writevSync, writeSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import type { FromWorker, ToWorker } from './body-messages.ts'
import { spend } from '../../../kernel/spent-bytes.ts'
import { PayloadSums } from './payload-sums.ts'
import { SegmentSealer } from './segments.ts'

// A thread that does with bodies what would keep the server's own from its calls: sums, encryption, writing.

interface Body {
  readonly sums: PayloadSums
  readonly sealer: SegmentSealer | undefined
  readonly fd: number
}

const bodies = new Map<number, Body>()

function answer(message: FromWorker): void {
  parentPort?.postMessage(message)
}

function writeAll(fd: number, pieces: readonly Buffer[]): void {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  let done = length === 0 ? 0 : writevSync(fd, pieces)
  if (done < length) {
    const all = Buffer.concat(pieces)
    while (done < length) done += writeSync(fd, all, done)
  }
  pieces.forEach(spend)
}

function take(message: ToWorker): void {
  const { id } = message
  if (message.kind === 'begin') {
    const { sums, seal } = message
    const sealer = seal && new SegmentSealer(seal.key)
    bodies.set(id, { sums: new PayloadSums(sums), sealer, fd: seal?.fd ?? -1 })
    return
  }
  const body = bodies.get(id)
  if (message.kind === 'cancel' || !body) {
    bodies.delete(id)
    if (message.kind !== 'block') answer({ id, kind: 'ended', sums: new Map() })
    return
  }
  const { sums, sealer, fd } = body
  if (message.kind === 'block') {
    const bytes = new Uint8Array(message.block, 0, message.length)
    sums.update(bytes)
    if (sealer) writeAll(fd, sealer.push(bytes))
    answer({ id, kind: 'taken' })
    return
  }
  if (sealer) writeAll(fd, sealer.end())
  bodies.delete(id)
  answer({ id, kind: 'ended', sums: sums.finish() })
}

parentPort?.on('message', (message: ToWorker) => {
  try {
    take(message)
  } catch (error) {
    bodies.delete(message.id)
    answer({ id: message.id, kind: 'failed', error })
  }
})
