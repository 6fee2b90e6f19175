import { Command } from 'commander'
import { findInstallation, type PlaceOptions } from '../installation.ts'
import { examples, withPlace } from './place-options.ts'

/** `bartizan env`: the exports by which AWS clients reach the server as its administrator. */
export function envCommand(): Command {
  return withPlace(new Command('env').description('print the exports that point AWS clients here'))
    .addHelpText('after', examples('eval "$(bartizan env)"', 'bartizan env > .env.sh'))
    .action((options: PlaceOptions) => {
      const { endpoint, region, credentials } = findInstallation(options)
      const { accessKeyId, secretAccessKey } = credentials()
      const variables = {
        AWS_ENDPOINT_URL: endpoint,
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      }
      for (const [name, value] of Object.entries(variables)) {
        process.stdout.write(`export ${name}='${value.replaceAll("'", `'\\''`)}'\n`)
      }
      process.stdout.write('unset AWS_SESSION_TOKEN AWS_PROFILE\n')
    })
}
