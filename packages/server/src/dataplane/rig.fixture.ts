import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { systemClock } from '../kernel/clock.ts'
import { ids } from '../kernel/ids.ts'
import { Entrance } from './entrance.ts'
import { Origin } from './origin.ts'
import type { EntranceSettings } from './settings.ts'

/** What a target received. */
export interface Received {
  readonly method: string
  readonly url: string
  readonly rawHeaders: readonly string[]
  readonly body: string
  readonly rawTrailers: readonly string[]
}

/** A target that records what it gets, behind an entrance. */
export interface Rig {
  readonly port: number
  readonly entrance: Entrance
  readonly target: Server
  readonly received: Received[]
  readonly settings: EntranceSettings
  apply(change: Partial<EntranceSettings>): void
  close(): void
}

/** Opens an entrance before a target that answers `ok`. */
export async function openRig(change: Partial<EntranceSettings> = {}): Promise<Rig> {
  const received: Received[] = []
  const target = createServer((message, response) => {
    let body = ''
    message.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')))
    message.on('end', () => {
      const { method = '', url = '', rawHeaders, rawTrailers } = message
      received.push({ method, url, rawHeaders, body, rawTrailers })
      response.end('ok')
    })
    message.on('error', () => {})
  })
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve))
  const { port } = target.address() as AddressInfo
  const origin = new Origin({ host: '127.0.0.1', port, isTls: false })
  const clock = systemClock()
  const settings: EntranceSettings = {
    protocol: 'HTTP',
    port: 80,
    offersHttp2: false,
    idleTimeoutMs: 60_000,
    keepAliveMs: 3_600_000,
    dropsInvalidFields: false,
    isStrict: false,
    forwardedFor: 'append',
    forwardsClientPort: false,
    route: () => ({ kind: 'forward', origin }),
    trace: {
      seconds: () => Math.floor(clock.now().getTime() / 1000),
      hex: (digits) => ids.hex(digits),
      elapsedMs: () => clock.monotonicMs(),
    },
    ...change,
  }
  const entrance = await Entrance.open({ host: '127.0.0.1', port: 0 })
  entrance.apply(settings)
  return {
    port: entrance.port,
    entrance,
    target,
    received,
    settings,
    apply: (further) => entrance.apply({ ...settings, ...further }),
    close() {
      entrance.close()
      origin.close()
      target.closeAllConnections()
      target.close()
    },
  }
}

/** Sends parts of a request as bytes and gives everything that comes back until the connection ends. */
export function talk(port: number, ...parts: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let answer = ''
    const send = (): void => {
      const part = parts.shift()
      if (part !== undefined) socket.write(part, 'latin1', () => setImmediate(send))
    }
    socket.on('connect', send)
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
    socket.on('close', () => resolve(answer))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve(answer)
      else reject(error)
    })
  })
}
