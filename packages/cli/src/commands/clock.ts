import { Command } from 'commander'
import { administer } from '../administration.ts'
import { findInstallation, type PlaceOptions } from '../installation.ts'
import { examples, withPlace } from './place-options.ts'

/** `bartizan clock advance`: rotations, deletions and expiries up to then happen, in order. */
export function clockCommand(): Command {
  const advance = withPlace(
    new Command('advance').description('move the server’s clock forward (development mode)'),
  )
    .argument('<duration>', 'such as 90s, 15m, 12h or 365d')
    .addHelpText('after', examples('bartizan clock advance 365d', 'bartizan clock advance 12h'))
    .action(async (duration: string, options: PlaceOptions) => {
      const { now } = await administer(findInstallation(options), 'clock', { advance: duration })
      process.stdout.write(`${String(now)}\n`)
    })
  return new Command('clock').description("the server's clock").addCommand(advance)
}
