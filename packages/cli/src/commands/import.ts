import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { findInstallation, type Installation, type PlaceOptions } from '../installation.ts'
import { readAws, type AwsClients, type AwsSelection } from '../transfer/aws-source.ts'
import type { Source } from '../transfer/entry.ts'
import { runImport } from '../transfer/import-run.ts'
import { entriesOf, matching } from '../transfer/variables.ts'
import { readVault } from '../transfer/vault-source.ts'
import { examples, withPlace } from './place-options.ts'

interface ImportOptions extends PlaceOptions {
  readonly region?: string
  readonly apply?: true
  readonly overwrite?: true
  readonly keyId?: string
}

interface AwsOptions extends ImportOptions, AwsSelection {
  readonly sourceEndpoint?: string
  readonly sourceProfile?: string
  readonly sourceRegion?: string
}

interface VariableOptions extends ImportOptions {
  readonly prefix: string
  readonly plain?: true
  readonly secret?: string
}

interface VaultOptions extends ImportOptions {
  readonly prefix: string
  readonly parameters?: true
  readonly kvVersion?: string
}

/** `bartizan import`: takes parameters and secrets over from elsewhere; a dry run until told to apply. */
export function importCommand(): Command {
  return new Command('import')
    .description('take parameters and secrets over (a dry run; --apply writes)')
    .addCommand(awsCommand())
    .addCommand(envCommand())
    .addCommand(dotenvCommand())
    .addCommand(vaultCommand())
}

function importer(name: string, description: string): Command {
  return withPlace(new Command(name).description(description))
    .option('--region <region>', 'the Region to write to (default: AWS_REGION, or us-east-1)')
    .option('--key-id <key>', 'the KMS key for what is new (default: AWS’s own for the service)')
    .option('--overwrite', 'replace what is there and differs')
    .option('--apply', 'write; without it nothing is written')
}

function awsCommand(): Command {
  return importer('aws', 'from AWS, or any endpoint that speaks its API')
    .option('--path <path>', 'only parameters below this path')
    .option('--secrets <prefix>', 'only secrets whose names begin so')
    .option('--source-endpoint <url>', 'where to read (default: AWS itself)')
    .option('--source-profile <profile>', 'with the credentials of this profile')
    .option('--source-region <region>', 'in this Region (default: as --region)')
    .addHelpText(
      'after',
      examples(
        'bartizan import aws --source-profile prod --source-region eu-central-1',
        'bartizan import aws --source-profile prod --path /app --apply',
      ),
    )
    .action(async (options: AwsOptions) => {
      const place = placeOf(options)
      await perform(place, options, readAws(await sourceClients(place, options), options))
    })
}

function envCommand(): Command {
  return withForm(importer('env', 'from variables of this shell'))
    .argument('<names...>', 'names of variables; * stands for any text')
    .addHelpText(
      'after',
      examples(
        "bartizan import env DATABASE_URL 'APP_*' --prefix /app/",
        "bartizan import env 'APP_*' --secret app --apply",
      ),
    )
    .action((names: readonly string[], options: VariableOptions) =>
      perform(placeOf(options), options, variables(matching(process.env, names), options)),
    )
}

function dotenvCommand(): Command {
  return withForm(importer('dotenv', 'from a .env file'))
    .argument('[file]', 'the file', '.env')
    .addHelpText('after', examples('bartizan import dotenv prod.env --prefix /app/ --apply'))
    .action(async (file: string, options: VariableOptions) => {
      const { parse } = await import('dotenv')
      await perform(placeOf(options), options, variables(parse(readFileSync(file)), options))
    })
}

function withForm(command: Command): Command {
  return command
    .option('--prefix <prefix>', 'what stands before the names of parameters', '')
    .option('--plain', 'as parameters of type String (default: SecureString)')
    .option('--secret <name>', 'all of them as one JSON secret of this name')
}

function variables(found: Readonly<Record<string, string>>, options: VariableOptions): Source {
  const { prefix, secret, plain = false } = options
  return entriesOf(found, { prefix, plain, ...(secret !== undefined && { secret }) })
}

function vaultCommand(): Command {
  return importer('vault', 'from a HashiCorp Vault (VAULT_ADDR, VAULT_TOKEN, VAULT_NAMESPACE)')
    .argument('<mount>', 'the mount path of a KV secrets engine')
    .argument('[path]', 'only what lies below this path', '')
    .option('--kv-version <version>', 'of the engine, 1 or 2 (default: as Vault says)')
    .option('--prefix <prefix>', 'what stands before the names', '')
    .option('--parameters', 'each key as a SecureString (default: each secret as a JSON secret)')
    .addHelpText(
      'after',
      examples('bartizan import vault secret', 'bartizan import vault kv app/prod --apply'),
    )
    .action((mount: string, path: string, options: VaultOptions) =>
      perform(placeOf(options), options, vault(mount, path, options)),
    )
}

function vault(mount: string, path: string, options: VaultOptions): Source {
  const { VAULT_ADDR: address, VAULT_TOKEN: token, VAULT_NAMESPACE: namespace } = process.env
  if (!address || !token) throw new Error('VAULT_ADDR and VAULT_TOKEN must be set')
  const { kvVersion, prefix, parameters = false } = options
  if (kvVersion !== undefined && !/^[12]$/.test(kvVersion)) {
    throw new Error('--kv-version is 1 or 2')
  }
  const folder = path === '' || path.endsWith('/') ? path : `${path}/`
  const place = { address, token, mount: mount.replaceAll(/^\/|\/$/g, ''), path: folder }
  return readVault(
    {
      ...place,
      ...(namespace && { namespace }),
      ...(kvVersion !== undefined && { version: Number(kvVersion) }),
    },
    { prefix, parameters },
  )
}

function placeOf(options: ImportOptions): Installation {
  const installation = findInstallation(options)
  return { ...installation, region: options.region ?? installation.region }
}

/** Clients of an installation, as its administrator. */
export async function clientsOf(place: Installation): Promise<AwsClients> {
  const { endpoint, region } = place
  return makeClients({ endpoint, region, credentials: place.credentials() })
}

/** The SDK finds credentials as it always does: variables, profiles, roles. */
async function sourceClients(place: Installation, options: AwsOptions): Promise<AwsClients> {
  const endpoint = options.sourceEndpoint ?? process.env['AWS_ENDPOINT_URL']
  const region = options.sourceRegion ?? place.region
  const isSame = endpoint?.replace(/\/$/, '') === place.endpoint && region === place.region
  if (isSame) {
    throw new Error(
      'the source would be this very installation and Region (is AWS_ENDPOINT_URL set?)',
    )
  }
  const { sourceProfile: profile } = options
  return makeClients({ region, ...(endpoint && { endpoint }), ...(profile && { profile }) })
}

async function makeClients(config: {
  readonly region: string
  readonly endpoint?: string
  readonly profile?: string
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string }
}): Promise<AwsClients> {
  const { SecretsManager } = await import('@aws-sdk/client-secrets-manager')
  const { SSM } = await import('@aws-sdk/client-ssm')
  return { ssm: new SSM(config), secretsManager: new SecretsManager(config) }
}

async function perform(place: Installation, options: ImportOptions, source: Source): Promise<void> {
  const { apply = false, overwrite = false, keyId } = options
  const wanted = { apply, overwrite, ...(keyId !== undefined && { keyId }) }
  const tell = (line: string): void => void process.stdout.write(`${line}\n`)
  if (!(await runImport(await clientsOf(place), source, wanted, tell))) process.exitCode = 1
}
