import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request that a receiver got. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A web server on this machine that remembers what it is sent. */
export interface Receiver {
  readonly url: string
  /** Everything so far. */
  readonly received: Received[]
  /** Resolves with the next `count` requests that were not waited for yet. */
  next(count?: number): Promise<readonly Received[]>
  close(): Promise<void>
}

/** What a receiver answers. */
export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Starts a receiver that answers 200, or as `answer` says; a promise keeps the caller waiting. */
export async function startReceiver(
  answer: (request: Received, index: number) => Answer | Promise<Answer> = () => ({}),
): Promise<Receiver> {
  const received: Received[] = []
  let taken = 0
  let wake = (): void => {}
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const { method = '', url: path = '', headers } = request
      const entry = { method, path, headers, body: Buffer.concat(chunks).toString() }
      received.push(entry)
      wake()
      const {
        status = 200,
        headers: sent = {},
        body = '',
      } = await answer(entry, received.length - 1)
      response.writeHead(status, sent).end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    async next(count = 1) {
      while (received.length < taken + count) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      taken += count
      return received.slice(taken - count, taken)
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
