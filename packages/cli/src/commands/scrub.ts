import { Command } from 'commander'
import { administer } from '../administration.ts'
import { findInstallation, type PlaceOptions } from '../installation.ts'
import { examples, withPlace } from './place-options.ts'

/** `bartizan scrub`: reads everything back from disk; ends with 1 when something is damaged. */
export function scrubCommand(): Command {
  return withPlace(
    new Command('scrub').description('read everything back from disk and say what is damaged'),
  )
    .addHelpText('after', examples('bartizan scrub', 'bartizan scrub || bartizan status'))
    .action(async (options: PlaceOptions) => {
      const report = await administer(findInstallation(options), 'scrub', {})
      const { rows, records, damaged } = report
      for (const place of Array.isArray(report['damage']) ? report['damage'] : []) {
        process.stdout.write(`damaged: ${String(place)}\n`)
      }
      process.stdout.write(
        `${String(rows)} rows and ${String(records)} audit records read, ${String(damaged)} damaged\n`,
      )
      if (damaged !== 0) process.exitCode = 1
    })
}
