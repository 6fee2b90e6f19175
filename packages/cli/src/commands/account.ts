import { Command } from 'commander'
import { administer } from '../administration.ts'
import { findInstallation, type PlaceOptions } from '../installation.ts'
import { examples, withPlace } from './place-options.ts'

interface CreateOptions extends PlaceOptions {
  readonly name?: string
  readonly email?: string
  readonly accountId?: string
}

/** `bartizan account create`: another tenant; its credentials are printed once. */
export function accountCommand(): Command {
  const create = withPlace(new Command('create').description('create another account'))
    .option('--name <name>', 'what the account is called (default: account)')
    .option('--email <address>', "its root user's address (default: one of the installation's own)")
    .option('--account-id <id>', '12 digits (default: chosen at random)')
    .addHelpText(
      'after',
      examples(
        'bartizan account create',
        'bartizan account create --name dev --email dev@example.com --account-id 222222222222',
      ),
    )
    .action(async ({ name, email, accountId, ...place }: CreateOptions) => {
      const body = {
        ...(name && { name }),
        ...(email && { email }),
        ...(accountId && { accountId }),
      }
      const created = await administer(findInstallation(place), 'accounts', body)
      process.stdout.write(`${JSON.stringify(created, null, 2)}\n`)
    })
  return new Command('account').description('accounts of this installation').addCommand(create)
}
