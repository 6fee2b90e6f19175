import type { EngineName } from '../store.ts'
import type { EngineDriver } from './engine.ts'
import { mariadb } from './mariadb.ts'
import { postgres } from './postgres.ts'

const drivers: Readonly<Record<EngineDriver['id'], EngineDriver>> = { postgres, mariadb }

/** Which driver serves an engine of the API. */
const driverIds: Readonly<Record<EngineName, EngineDriver['id']>> = {
  postgres: 'postgres',
  'aurora-postgresql': 'postgres',
  mariadb: 'mariadb',
  mysql: 'mariadb',
  'aurora-mysql': 'mariadb',
}

/** The driver of a database. */
export function driverOf({ driver }: { readonly driver: EngineDriver['id'] }): EngineDriver {
  return drivers[driver]
}

/** The driver that serves an engine of the API. */
export function driverFor(engine: EngineName): EngineDriver {
  return drivers[driverIds[engine]]
}
