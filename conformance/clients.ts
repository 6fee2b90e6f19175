import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { environmentWithoutAws, run } from './process.ts'

/** A client that is on this machine, or the reason why its tests are skipped. */
export type Found<Client> = Client | { readonly missing: string }

/** The `skip` option of a test that needs these clients: false when all are here. */
export function skipWithout(...found: readonly Found<object>[]): string | false {
  const missing = found.flatMap((client) => ('missing' in client ? [client.missing] : []))
  return missing.length === 0 ? false : missing.join('; ')
}

/** The client itself, in a test that `skipWithout` would have skipped. */
export function present<Client extends object>(found: Found<Client>): Client {
  if ('missing' in found) throw new Error(found.missing)
  return found
}

/** A program by its path, with what it says of its version. */
export interface Program {
  readonly path: string
  readonly version: string
}

/** The AWS CLI. */
export function findAwsCli(): Promise<Found<Program>> {
  return findProgram('aws', ['--version'], 'the AWS CLI (aws) is not installed')
}

/** OpenSSL's command. */
export function findOpenssl(): Promise<Found<Program>> {
  return findProgram('openssl', ['version'], 'openssl is not installed')
}

/** sqlmap, which finds SQL injections and reads databases through them. */
export function findSqlmap(): Promise<Found<Program>> {
  return findProgram('sqlmap', ['--version'], 'sqlmap is not installed')
}

/** A Python that has boto3. */
export function findBoto3(): Promise<Found<Program>> {
  const script = 'import boto3; print(boto3.__version__)'
  return findProgram('python3', ['-c', script], 'python3 with boto3 is not installed')
}

/** Terraform with an AWS provider that it can take from this machine. */
export interface Terraform extends Program {
  /** A folder in the layout of a filesystem mirror; none when Terraform's own folders have the provider. */
  readonly mirror?: string
}

const provider = join('registry.terraform.io', 'hashicorp', 'aws')

/** Terraform, and the AWS provider in BARTIZAN_TERRAFORM_MIRROR or where mirrors usually are. */
export async function findTerraform(): Promise<Found<Terraform>> {
  const found = await findProgram('terraform', ['version'], 'terraform is not installed')
  if ('missing' in found) return found
  const mirror = mirrorFolders().find(holdsProvider)
  if (mirror !== undefined) return { ...found, mirror }
  return {
    missing:
      'Terraform’s AWS provider is in no local mirror (set BARTIZAN_TERRAFORM_MIRROR to one)',
  }
}

function mirrorFolders(): string[] {
  const { env } = process
  const told = env['BARTIZAN_TERRAFORM_MIRROR']
  if (told) return [told]
  const dataHome = env['XDG_DATA_HOME'] ?? join(homedir(), '.local/share')
  const dataDirs = (env['XDG_DATA_DIRS'] ?? '/usr/local/share:/usr/share').split(delimiter)
  return [
    ...[join(homedir(), '.terraform.d'), join(dataHome, 'terraform')].map(withPlugins),
    ...dataDirs.map((folder) => join(folder, 'terraform', 'plugins')),
    ...['tf-plugins', 'terraform/plugins', 'terraform-plugins'].map((name) => join('/opt', name)),
    ...(env['TF_PLUGIN_CACHE_DIR'] ? [env['TF_PLUGIN_CACHE_DIR']] : []),
  ]
}

function withPlugins(folder: string): string {
  return join(folder, 'plugins')
}

function holdsProvider(mirror: string): boolean {
  const folder = join(mirror, provider)
  return existsSync(folder) && readdirSync(folder).length > 0
}

async function findProgram(
  name: string,
  args: readonly string[],
  missing: string,
): Promise<Found<Program>> {
  const outcome = await run(name, args, { env: environmentWithoutAws() }).catch(() => undefined)
  if (outcome?.code !== 0) return { missing }
  return { path: name, version: (outcome.stdout + outcome.stderr).trim().split('\n')[0] ?? '' }
}
