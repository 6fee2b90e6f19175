import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { findInstallation, type PlaceOptions } from '../installation.ts'
import { readAws, type AwsSelection } from '../transfer/aws-source.ts'
import { dotenvText, variablesOf } from '../transfer/dotenv-text.ts'
import { isUnreadable, type Entry } from '../transfer/entry.ts'
import { clientsOf } from './import.ts'
import { examples, withPlace } from './place-options.ts'

interface ExportOptions extends PlaceOptions, AwsSelection {
  readonly region?: string
  readonly format?: 'dotenv' | 'json'
  readonly apply?: true
}

/** `bartizan export`: writes parameters and secrets to a file that only its owner reads; a dry run until told to apply. */
export function exportCommand(): Command {
  return withPlace(
    new Command('export').description(
      'write parameters and secrets to a file (a dry run; --apply writes)',
    ),
  )
    .argument('<file>', 'the file to write (mode 0600); it must not exist')
    .option('--region <region>', 'the Region to read (default: AWS_REGION, or us-east-1)')
    .option('--path <path>', 'only parameters below this path')
    .option('--secrets <prefix>', 'only secrets whose names begin so')
    .addOption(
      new Option('--format <format>', 'how (default: json for names that end so)').choices([
        'dotenv',
        'json',
      ]),
    )
    .option('--apply', 'write; without it names are listed and nothing is written')
    .addHelpText(
      'after',
      examples('bartizan export app.env --path /app --apply', 'bartizan export all.json --apply'),
    )
    .action((file: string, options: ExportOptions) => perform(file, options))
}

async function perform(file: string, options: ExportOptions): Promise<void> {
  if (existsSync(file)) throw new Error(`${file} exists already`)
  const installation = findInstallation(options)
  const region = options.region ?? installation.region
  const entries = await entriesIn(await clientsOf({ ...installation, region }), options)
  const format = options.format ?? (file.endsWith('.json') ? 'json' : 'dotenv')
  const text = format === 'json' ? jsonText(entries) : dotenvOf(entries, options)
  for (const { kind, name } of entries) process.stdout.write(`${kind.padEnd(11)}${name}\n`)
  if (options.apply) writeWhole(file, text)
  process.stdout.write(
    options.apply
      ? `${entries.length} written to ${file}\n`
      : `${entries.length} would be written to ${file}; --apply writes them\n`,
  )
}

async function entriesIn(
  clients: Awaited<ReturnType<typeof clientsOf>>,
  selection: AwsSelection,
): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  for await (const item of readAws(clients, selection)) {
    if (!isUnreadable(item)) {
      entries.push(item)
      continue
    }
    process.stderr.write(`left out: ${item.kind} ${item.name} (${item.reason})\n`)
    process.exitCode = 1
  }
  return entries
}

function dotenvOf(entries: readonly Entry[], { path = '' }: ExportOptions): string {
  return dotenvText(variablesOf(entries, path))
}

function jsonText(entries: readonly Entry[]): string {
  const shown = (kind: Entry['kind']) =>
    entries
      .filter((entry) => entry.kind === kind)
      .map(({ kind: _kind, value, ...rest }) => ({
        ...rest,
        ...(typeof value === 'string'
          ? { value }
          : { binary: Buffer.from(value).toString('base64') }),
      }))
  return `${JSON.stringify({ parameters: shown('parameter'), secrets: shown('secret') }, null, 2)}\n`
}

/** The file appears whole or not at all, and was never readable by others. */
function writeWhole(file: string, text: string): void {
  const partial = `${file}.partial`
  try {
    writeFileSync(partial, text, { flag: 'wx', mode: 0o600 })
    renameSync(partial, file)
  } catch (error) {
    rmSync(partial, { force: true })
    throw error
  }
}
