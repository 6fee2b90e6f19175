import { spawn } from 'node:child_process'
import { createReadStream, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { EngineError, type Contact } from './engine.ts'
import { hasPrograms, systemFolders } from './installations.ts'

/** Programs of an engine that write a database as statements and read it again. */
export interface DumpPrograms {
  readonly write: string
  readonly load: string
}

/** Those programs on this machine; undefined when one is missing. */
export function dumpPrograms(
  [writer, loader]: readonly [string, string],
  versioned: string | undefined,
): DumpPrograms | undefined {
  const folders = systemFolders(versioned).toReversed()
  const folder = folders.find((each) => hasPrograms(each, [writer, loader]))
  return folder === undefined
    ? undefined
    : { write: join(folder, writer), load: join(folder, loader) }
}

/** A program's run; passwords go through its environment, which only its user reads. */
export interface DumpRun {
  readonly program: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** A file for its standard input. */
  readonly input?: string
}

const mostComplaints = 2_000

/** Runs a program to its end. Rejects with EngineError when it fails. */
export async function runDump({ program, args, environment, input }: DumpRun): Promise<void> {
  const child = spawn(program, args, {
    env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent', ...environment },
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  let complaints = ''
  child.stderr.on('data', (bytes: Buffer) => {
    complaints = (complaints + bytes.toString()).slice(-mostComplaints)
  })
  // A program that ends early leaves its input unread, and says why by itself.
  child.stdin.on('error', () => undefined)
  if (input === undefined) child.stdin.end()
  else createReadStream(input).pipe(child.stdin)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new EngineError(`${program.split('/').at(-1)} failed: ${complaints.trim()}`)
}

/** Has work done with a file of the authorities by which a server is known; undefined without TLS. */
export async function withAuthorities<T>(
  { tls }: Contact,
  folder: string,
  work: (file: string | undefined) => Promise<T>,
): Promise<T> {
  if (!tls) return work(undefined)
  const file = join(folder, 'authorities.pem')
  writeFileSync(file, tls.ca ?? rootCertificates.join('\n'), { mode: 0o600 })
  try {
    return await work(file)
  } finally {
    rmSync(file, { force: true })
  }
}

/** Where a snapshot has what was dumped; other snapshots have files of a server. */
export function dumpFile(folder: string): string {
  return join(folder, 'dump')
}
