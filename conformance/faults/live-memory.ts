import type { ServerProcess } from './server-process.ts'

/** A connection to the inspector of a server that was started with `--inspect`. */
export interface MemoryProbe {
  /** Bytes that are still reachable after a full garbage collection, buffers outside the heap included. */
  liveBytes(): Promise<number>
  close(): void
}

/** What a server process is started with so that `connectMemoryProbe` finds its inspector. */
export const inspectorArguments = ['--inspect=127.0.0.1:0']

/** Full collections before a reading: finalizers of one free what the next one collects. */
const collections = 3

/** Connects to the inspector whose address the server wrote to stderr (Chrome DevTools protocol). */
export async function connectMemoryProbe(server: ServerProcess): Promise<MemoryProbe> {
  const address = /Debugger listening on (ws:\S+)/.exec(server.output())?.[1]
  if (address === undefined) throw new Error(`no inspector: ${server.output()}`)
  const socket = new WebSocket(address)
  const waiting = new Map<number, PromiseWithResolvers<Record<string, number>>>()
  const failAll = () => {
    for (const each of waiting.values()) each.reject(new Error('the inspector went away'))
    waiting.clear()
  }
  await new Promise((opened, failed) => {
    socket.addEventListener('open', opened)
    socket.addEventListener('error', () => failed(new Error(`no connection to ${address}`)))
  })
  socket.addEventListener('close', failAll)
  socket.addEventListener('message', ({ data }) => {
    const { id, result, error } = JSON.parse(String(data))
    const each = waiting.get(id)
    waiting.delete(id)
    if (error) each?.reject(new Error(error.message))
    else each?.resolve(result)
  })
  let sent = 0
  const call = (method: string): Promise<Record<string, number>> => {
    const answer = Promise.withResolvers<Record<string, number>>()
    waiting.set(++sent, answer)
    socket.send(JSON.stringify({ id: sent, method }))
    return answer.promise
  }
  return {
    async liveBytes() {
      for (let round = 0; round < collections; round++) await call('HeapProfiler.collectGarbage')
      const { usedSize = NaN, backingStorageSize = NaN } = await call('Runtime.getHeapUsage')
      return usedSize + backingStorageSize
    },
    close: () => socket.close(),
  }
}
