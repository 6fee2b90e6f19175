import { Command } from 'commander'
import { health } from '../administration.ts'
import { findInstallation, type PlaceOptions } from '../installation.ts'
import { examples, withPlace } from './place-options.ts'

/** `bartizan status`: whether the server answers, its mode, time and services. */
export function statusCommand(): Command {
  return withPlace(new Command('status').description('say whether the server answers'))
    .addHelpText('after', examples('bartizan status', 'BARTIZAN_PORT=4567 bartizan status'))
    .action(async (options: PlaceOptions) => {
      const installation = findInstallation(options)
      const { status, mode, now, services } = await health(installation)
      const names = Array.isArray(services) ? services.join(', ') : ''
      process.stdout.write(
        `endpoint  ${installation.endpoint}\nstatus    ${String(status)}\nmode      ${String(mode)}\n` +
          `now       ${String(now)}\nservices  ${names}\n`,
      )
    })
}
