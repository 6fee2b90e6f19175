import { Command } from 'commander'
import { administer } from '../administration.ts'
import { findInstallation, type PlaceOptions } from '../installation.ts'
import { examples, withPlace } from './place-options.ts'

/** `bartizan reset`: back to a first start, with the same administrator credentials. */
export function resetCommand(): Command {
  return withPlace(
    new Command('reset').description('drop everything and start afresh (development mode)'),
  )
    .addHelpText('after', examples('bartizan reset'))
    .action(async (options: PlaceOptions) => {
      await administer(findInstallation(options), 'reset', {})
      process.stdout.write('reset; the credentials are the same\n')
    })
}
