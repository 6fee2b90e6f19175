import { createServer } from 'node:net'

/** Whether nobody listens on a port, on any address of this machine. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ port, exclusive: true }, () => probe.close(() => resolve(true)))
  })
}

/** Chooses ports for servers that do not listen yet: no two of them get the same. */
export class PortChoice {
  readonly #chosen = new Set<number>()

  /** The preferred port if it is free, else one that the system chooses; nobody else gets it until it is released. */
  async choose(preferred: number): Promise<number> {
    const isGood = await isFree(preferred)
    let port = preferred
    while (port === preferred ? !isGood || this.#chosen.has(port) : this.#chosen.has(port)) {
      port = await systemPort()
    }
    this.#chosen.add(port)
    return port
  }

  release(port: number): void {
    this.#chosen.delete(port)
  }
}

function systemPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen({ port: 0, exclusive: true }, () => {
      const address = probe.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      probe.close(() => resolve(port))
    })
  })
}
