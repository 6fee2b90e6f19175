import { writeFileSync } from 'node:fs'
import { dumpFile, dumpPrograms, runDump, withAuthorities } from './dumps.ts'
import { EngineError, type Contact, type Dumps } from './engine.ts'

const programs = () => dumpPrograms(['mariadb-dump', 'mariadb'], undefined)

function optionsOf(contact: Contact, authorities: string | undefined): string[] {
  const { host, port, administrator } = contact
  const address = [`--host=${host}`, `--port=${port}`, '--protocol=tcp', `--user=${administrator}`]
  const tls =
    authorities === undefined
      ? ['--skip-ssl']
      : ['--ssl', `--ssl-ca=${authorities}`, '--ssl-verify-server-cert']
  return ['--no-defaults', ...address, ...tls]
}

/** MariaDB's mariadb-dump and client: every database but the engine's own, without users. */
export function mariadbDumps(databasesOf: (contact: Contact) => Promise<readonly string[]>): Dumps {
  return {
    isAvailable: () => programs() !== undefined,
    async write(contact, target) {
      const program = programs()?.write
      if (program === undefined) throw new EngineError('mariadb-dump is not installed')
      const names = await databasesOf(contact)
      if (names.length === 0) {
        writeFileSync(dumpFile(target), '', { mode: 0o600 })
        return
      }
      const what = ['--single-transaction', '--routines', '--events', '--triggers', '--hex-blob']
      const file = `--result-file=${dumpFile(target)}`
      await withAuthorities(contact, target, (authorities) =>
        runDump({
          program,
          args: [...optionsOf(contact, authorities), ...what, file, '--databases', ...names],
          environment: { MYSQL_PWD: contact.adminPassword },
        }),
      )
    },
    async load(contact, source) {
      const program = programs()?.load
      if (program === undefined) throw new EngineError('the client mariadb is not installed')
      await withAuthorities(contact, source, (authorities) =>
        runDump({
          program,
          args: optionsOf(contact, authorities),
          environment: { MYSQL_PWD: contact.adminPassword },
          input: dumpFile(source),
        }),
      )
    },
  }
}
