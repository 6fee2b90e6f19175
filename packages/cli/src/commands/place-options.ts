import type { Command } from 'commander'

/** Adds the options by which every command finds the server. */
export function withPlace(command: Command): Command {
  return command
    .option('--endpoint <url>', 'the server (default: BARTIZAN_ENDPOINT, or host and port)')
    .option('--data-dir <dir>', 'where its credentials file is (default: BARTIZAN_DATA_DIR)')
}

/** Help text with examples, one a line. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`
}
