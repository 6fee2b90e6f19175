import type { Service } from './service.ts'

/** What is known of a service before its module, and its SDK client's with it, is imported. */
export interface ServiceEntry {
  readonly id: string
  readonly signingNames: readonly string[]
  /** Whether some of its operations need no signature. */
  readonly isOpen: boolean
  readonly load: () => Promise<Service>
}

/** The services of a server, each imported when it is first needed. */
export class ServiceRegistry {
  readonly entries: readonly ServiceEntry[]
  readonly #loaded = new Map<string, Service>()
  readonly #loading = new Map<string, Promise<Service>>()

  constructor(entries: readonly ServiceEntry[]) {
    this.entries = entries
  }

  /** The service if it is in memory already. */
  loaded(id: string): Service | undefined {
    return this.#loaded.get(id)
  }

  /** The service, undefined when there is none by this id. */
  load(id: string): Promise<Service | undefined> | Service | undefined {
    const known = this.#loaded.get(id)
    if (known) return known
    const entry = this.entries.find((each) => each.id === id)
    return entry && this.#import(entry)
  }

  loadAll(): Promise<readonly Service[]> {
    return Promise.all(this.entries.map((entry) => this.#import(entry)))
  }

  #import(entry: ServiceEntry): Promise<Service> {
    let loading = this.#loading.get(entry.id)
    if (!loading) {
      loading = entry.load().then((service) => {
        this.#loaded.set(entry.id, service)
        return service
      })
      this.#loading.set(entry.id, loading)
    }
    return loading
  }
}
