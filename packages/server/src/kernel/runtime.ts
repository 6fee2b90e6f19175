import type { Kernel } from './kernel.ts'

/** What lives beside the store for as long as the server runs: a pool, a waiting room, a file store. */
export interface Runtime<Instance> {
  /** Unique over the installation, `<service id>.<noun>`: `lambda.pool`. */
  readonly name: string
  readonly start: (host: RuntimeHost) => Instance
  readonly stop: (instance: Instance) => Promise<void> | void
}

/** What a runtime may know of the server it lives in. */
export interface RuntimeHost {
  readonly kernel: Kernel
  /** A folder of its own under the data directory, made on demand; temporary where the store is in memory. */
  readonly folder: () => string
  /** Has a callback run when the server begins to stop and waits for the calls under way, long polls among them. */
  readonly onStopping: (callback: () => void) => void
}

/** Declares a runtime; there is one instance a server, made when it is first asked for. */
export function defineRuntime<Instance>(
  name: string,
  start: (host: RuntimeHost) => Instance,
  stop: (instance: Instance) => Promise<void> | void = () => {},
): Runtime<Instance> {
  return { name, start, stop }
}

/** The runtimes of one server. */
export class Runtimes {
  readonly #hostOf: (name: string) => Omit<RuntimeHost, 'onStopping'>
  readonly #stops: (() => Promise<void> | void)[] = []
  readonly #stopping: (() => void)[] = []
  #isStopping = false
  readonly #instances = new Map<Runtime<never>, unknown>()

  constructor(hostOf: (name: string) => Omit<RuntimeHost, 'onStopping'>) {
    this.#hostOf = hostOf
  }

  of<Instance>(runtime: Runtime<Instance>): Instance {
    const key = runtime as unknown as Runtime<never>
    if (!this.#instances.has(key)) {
      const onStopping = (callback: () => void): void => {
        if (this.#isStopping) callback()
        else this.#stopping.push(callback)
      }
      const instance = runtime.start({ ...this.#hostOf(runtime.name), onStopping })
      this.#instances.set(key, instance)
      this.#stops.push(() => runtime.stop(instance))
    }
    return this.#instances.get(key) as Instance
  }

  /** Tells those who want to know that the server is about to stop. */
  prepareStop(): void {
    this.#isStopping = true
    for (const callback of this.#stopping.splice(0)) callback()
  }

  /** Stops them all, the latest first; they are made anew when asked for again. */
  async stop(): Promise<void> {
    const stops = this.#stops.splice(0).reverse()
    this.#instances.clear()
    for (const stop of stops) await stop()
  }
}
