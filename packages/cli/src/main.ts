import { Command } from 'commander'
import { accountCommand } from './commands/account.ts'
import { backupCommand, restoreCommand } from './commands/backup.ts'
import { clockCommand } from './commands/clock.ts'
import { decryptCommand, encryptCommand } from './commands/encrypt.ts'
import { envCommand } from './commands/env.ts'
import { exportCommand } from './commands/export.ts'
import { importCommand } from './commands/import.ts'
import { resetCommand } from './commands/reset.ts'
import { scrubCommand } from './commands/scrub.ts'
import { statusCommand } from './commands/status.ts'
import { upCommand } from './commands/up.ts'
import { wafCommand } from './commands/waf.ts'

const program = new Command('bartizan')
  .description('The AWS security services, self-hosted, with real behaviour')
  .version('0.1.0')
  .showHelpAfterError()
  .addHelpText(
    'after',
    `
Examples:
  $ bartizan up --port 4566 --data-dir ./data
  $ eval "$(bartizan env)" && aws kms create-key
  $ bartizan clock advance 365d

Every command finds the server by BARTIZAN_ENDPOINT (or BARTIZAN_HOST and BARTIZAN_PORT) and its
credentials by BARTIZAN_DATA_DIR, or BARTIZAN_ADMIN_ACCESS_KEY_ID and BARTIZAN_ADMIN_SECRET_ACCESS_KEY.`,
  )

const commands = [
  upCommand,
  statusCommand,
  envCommand,
  accountCommand,
  clockCommand,
  resetCommand,
  backupCommand,
  restoreCommand,
  scrubCommand,
  importCommand,
  exportCommand,
  encryptCommand,
  decryptCommand,
  wafCommand,
]
for (const command of commands) program.addCommand(command())

try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`bartizan: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
