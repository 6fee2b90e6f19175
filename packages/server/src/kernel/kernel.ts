import type { ServerProtocol, SigningKeyCache } from '@bartizan/wire'
import type { Logger } from 'pino'
import type { Clock } from './clock.ts'
import type { LastUsed, SecretBox } from './context.ts'
import type { ids } from './ids.ts'
import type { ErrorFamily } from './identity/identify.ts'
import type { Router } from './router.ts'
import type { Operation, Service } from './service.ts'
import type { Store } from './store/store.ts'

/** What every request and job shares; made once by the composition root. */
export interface Kernel {
  readonly store: Store
  readonly box: SecretBox
  readonly clock: Clock
  readonly signingKeys: SigningKeyCache
  readonly ids: typeof ids
  readonly log: Logger
  readonly services: readonly Service[]
  readonly router: Router
  readonly lastUsed: LastUsed
  readonly development: boolean
  /** Operations that need no signature. */
  readonly open: ReadonlySet<Operation | undefined>
  readonly isConflict: (error: unknown) => boolean
  /** The protocol that errors speak before a route is known. */
  protocolOf(family: ErrorFamily): ServerProtocol
}
