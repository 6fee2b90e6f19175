import type { Kernel } from '../../../kernel/kernel.ts'
import type {
  GuardedResource,
  ResourceGuard,
  WebAclGate,
  WebAclGuard,
} from '../../../kernel/web-acl.ts'
import { associations, entities, loggingConfigurations } from '../store.ts'
import { gates } from './gates.ts'

const tables = [associations, entities, loggingConfigurations]

/** Watches what stands in front of one resource: it is looked up anew whenever something of WAF's has changed. */
class StoredGuard implements WebAclGuard {
  readonly #kernel: Kernel
  readonly #resource: GuardedResource
  #changes = -1
  #own: string | undefined
  #gate: WebAclGate | undefined | Promise<WebAclGate | undefined>

  constructor(kernel: Kernel, resource: GuardedResource) {
    this.#kernel = kernel
    this.#resource = resource
  }

  gate(): WebAclGate | undefined | Promise<WebAclGate | undefined> {
    let changes = 0
    for (const table of tables) changes += this.#kernel.store.changesOf(table)
    const own = this.#resource.ownWebAcl?.()
    if (changes === this.#changes && own === this.#own) return this.#gate
    this.#changes = changes
    this.#own = own
    const loading = this.#kernel.runtimes.of(gates).load(this.#resource, own)
    this.#gate = loading
    loading.then(
      (gate) => {
        if (this.#gate === loading) this.#gate = gate
      },
      (error: unknown) => {
        const { arn } = this.#resource
        this.#kernel.log.error(
          { error, resource: arn },
          'a web ACL cannot be put before a resource',
        )
      },
    )
    return loading
  }
}

/** Guards a resource by the web ACL that is associated with it. */
export const guardResource: ResourceGuard = (kernel, resource) => new StoredGuard(kernel, resource)
