import { flushCompileCache } from 'node:module'
import { Command } from 'commander'
import { examples } from './place-options.ts'

interface UpOptions {
  readonly host?: string
  readonly port?: string
  readonly dataDir?: string
  readonly production?: boolean
}

/** `bartizan up`: runs the server until SIGTERM or SIGINT. */
export function upCommand(): Command {
  return new Command('up')
    .description('run the server')
    .option('--host <address>', 'address to listen on (BARTIZAN_HOST, default 127.0.0.1)')
    .option('--port <port>', 'port for every service (BARTIZAN_PORT, default 4566)')
    .option(
      '--data-dir <dir>',
      'state, root key and credentials (BARTIZAN_DATA_DIR, default .bartizan)',
    )
    .option('--production', 'refuse to move the clock and to reset (BARTIZAN_MODE=production)')
    .addHelpText(
      'after',
      examples('bartizan up', 'bartizan up --port 4567 --data-dir /var/lib/bartizan --production'),
    )
    .action((options: UpOptions) => up(options))
}

async function up({ production, ...explicit }: UpOptions): Promise<void> {
  const { readConfig, startServer } = await import('@bartizan/server')
  const config = readConfig({ ...explicit, ...(production && { mode: 'production' }) }, process.env)
  const server = await startServer(config)
  // Also a server that is killed leaves the compiled code for its next start.
  flushCompileCache()
  process.stdout.write(
    `\nBartizan answers at ${server.endpoint}\n` +
      `Credentials file:   ${server.credentialsFile}\n` +
      `Try:                eval "$(npx bartizan env)" && aws kms create-key\n\n`,
  )
  let stopping = false
  const stop = (): void => {
    if (stopping) return
    stopping = true
    server.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`bartizan: could not stop cleanly: ${String(error)}\n`)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}
