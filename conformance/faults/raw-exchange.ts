import { connect } from 'node:net'

/** What came back on one connection. */
export interface RawAnswer {
  /** The status of the first answer; undefined when the connection was closed without one. */
  readonly status: number | undefined
  /** Everything received, as Latin-1 text. */
  readonly text: string
  /** Neither an answer came nor was the connection closed for ten seconds. */
  readonly hung: boolean
}

const patienceMs = 10_000

/** How the sender ends its side after the bytes. */
export type Farewell = 'wait' | 'end' | 'destroy'

/**
 * Sends bytes over a connection of its own and resolves at the first answer's head, or when the connection
 * is closed. `end` closes the sending side after the bytes, `destroy` the whole connection.
 */
export function exchange(
  port: number,
  bytes: Uint8Array | string,
  farewell: Farewell = 'wait',
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    let text = ''
    let hung = false
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const finish = () => {
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]
      resolve({ status: status === undefined ? undefined : Number(status), text, hung })
      socket.destroy()
    }
    socket.on('connect', () => {
      if (farewell === 'end') socket.end(bytes)
      else socket.write(bytes, () => (farewell === 'destroy' ? socket.destroy() : undefined))
    })
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (text.includes('\r\n\r\n') && !text.startsWith('HTTP/1.1 100')) finish()
    })
    socket.setTimeout(patienceMs, () => {
      hung = true
      finish()
    })
    // A reset is one way of being closed.
    socket.on('error', finish)
    socket.on('close', finish)
  })
}
