import { dumpFile, dumpPrograms, runDump, withAuthorities } from './dumps.ts'
import { EngineError, type Contact, type Dumps } from './engine.ts'

const programs = () => dumpPrograms(['pg_dump', 'pg_restore'], '/usr/lib/postgresql')

function environmentOf(contact: Contact, authorities: string | undefined): Record<string, string> {
  return {
    PGPASSWORD: contact.adminPassword,
    PGSSLMODE: authorities === undefined ? 'disable' : 'verify-full',
    PGCONNECT_TIMEOUT: '10',
    ...(authorities !== undefined && { PGSSLROOTCERT: authorities }),
  }
}

function addressOf({ host, port, administrator }: Contact): string[] {
  return [`--host=${host}`, `--port=${port}`, `--username=${administrator}`, '--no-password']
}

/** PostgreSQL's pg_dump and pg_restore: one database, without its users and what they may do. */
export const postgresDumps: Dumps = {
  isAvailable: () => programs() !== undefined,
  async write(contact, target) {
    const program = programs()?.write
    if (program === undefined) throw new EngineError('pg_dump is not installed')
    const what = ['--format=custom', '--no-owner', '--no-privileges', `--file=${dumpFile(target)}`]
    await withAuthorities(contact, target, (authorities) =>
      runDump({
        program,
        args: [...addressOf(contact), ...what, `--dbname=${contact.database}`],
        environment: environmentOf(contact, authorities),
      }),
    )
  },
  async load(contact, source, masterUsername) {
    const program = programs()?.load
    if (program === undefined) throw new EngineError('pg_restore is not installed')
    const how = ['--no-owner', '--no-privileges', '--clean', '--if-exists', '--exit-on-error']
    await withAuthorities(contact, source, (authorities) =>
      runDump({
        program,
        args: [
          ...addressOf(contact),
          ...how,
          `--role=${masterUsername}`,
          `--dbname=${contact.database}`,
          dumpFile(source),
        ],
        environment: environmentOf(contact, authorities),
      }),
    )
  },
}
