import assert from 'node:assert/strict'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test, type TestContext } from 'node:test'
import { findTerraform, present, skipWithout, type Terraform } from './clients.ts'
import { ProgramError, run, type Outcome } from './process.ts'
import { startServer, type Server } from './server.ts'
import { configurations, type Module, type Stage } from './terraform-modules.ts'

const terraform = await findTerraform()
const skip = skipWithout(terraform)
let server: Server

type Outputs = Readonly<Record<string, unknown>>

/** A folder with a configuration that Terraform has been initialised for. */
interface Workspace {
  /** Runs a Terraform command; exit codes other than the expected ones throw. */
  run(args: readonly string[], codes?: readonly number[]): Promise<Outcome>
  /** Writes the configuration of a stage. */
  at(stage: Stage): void
  /** The outputs of each module. */
  outputs(): Promise<Readonly<Record<string, Outputs>>>
}

async function workspace(modules: readonly Module[]): Promise<Workspace> {
  const { path, mirror } = present<Terraform>(terraform)
  const cwd = join(server.folder, modules.map(({ folder }) => folder).join('-'))
  mkdirSync(cwd, { recursive: true })
  for (const { folder } of modules) {
    cpSync(join(import.meta.dirname, 'terraform', folder), join(cwd, folder), { recursive: true })
  }
  const settings = join(cwd, 'terraform.rc')
  writeFileSync(settings, cliSettings(mirror))
  const env = {
    ...server.env(),
    TF_CLI_CONFIG_FILE: settings,
    TF_IN_AUTOMATION: '1',
    CHECKPOINT_DISABLE: '1',
  }
  const perform: Workspace['run'] = async (args, codes = [0]) => {
    const outcome = await run(path, [...args, '-no-color'], { env, cwd, timeoutMs: 300_000 })
    if (!codes.includes(outcome.code ?? -1)) {
      throw new ProgramError(`terraform ${args.join(' ')}`, outcome)
    }
    return outcome
  }
  const at = (stage: Stage) =>
    writeFileSync(join(cwd, 'main.tf.json'), JSON.stringify(configuration(modules, stage)))
  at('first')
  await perform(['init', '-input=false'])
  return {
    run: perform,
    at,
    async outputs() {
      const { stdout } = await run(path, ['output', '-json'], { env, cwd })
      const values = JSON.parse(stdout) as Record<string, { value: Outputs }>
      return Object.fromEntries(Object.entries(values).map(([key, { value }]) => [key, value]))
    },
  }
}

/** Terraform's JSON syntax: https://developer.hashicorp.com/terraform/language/syntax/json */
function configuration(modules: readonly Module[], stage: Stage): object {
  const defaults = { s3_use_path_style: true, default_tags: { tags: { Suite: 'conformance' } } }
  const isUsed = modules.some(({ providers }) => providers?.includes('replica'))
  const replica = isUsed ? [{ alias: 'replica', region: 'eu-west-1' }] : []
  const module = modules.map((each) => {
    const aliases = (each.providers ?? []).map((name) => [`aws.${name}`, `aws.${name}`])
    const given = {
      source: `./${each.folder}`,
      ...(each.variables?.(stage) ?? { stage }),
      providers: { aws: 'aws', ...Object.fromEntries(aliases) },
    }
    return [each.folder, given]
  })
  const output = modules.map(({ folder }) => [
    folder,
    { value: `\${module.${folder}}`, sensitive: true },
  ])
  return {
    terraform: { required_providers: { aws: { source: 'hashicorp/aws' } } },
    provider: { aws: [defaults, ...replica] },
    module: Object.fromEntries(module),
    output: Object.fromEntries(output),
  }
}

function cliSettings(mirror: string | undefined): string {
  const method =
    mirror === undefined ? '' : `filesystem_mirror { path = ${JSON.stringify(mirror)} }`
  return `disable_checkpoint = true\nprovider_installation {\n  ${method}\n}\n`
}

const apply = ['apply', '-auto-approve', '-input=false', '-parallelism=20']
const plan = ['plan', '-detailed-exitcode', '-input=false', '-parallelism=20']
const destroy = ['destroy', '-auto-approve', '-input=false', '-parallelism=20']

describe('Terraform', { skip, concurrency: configurations.length }, () => {
  before(async () => {
    server = await startServer()
  })
  after(() => server.stop())

  for (const modules of configurations) {
    const names = modules.map(({ about }) => about).join('; ')
    test(`applies, plans nothing, changes, plans nothing again and destroys: ${names}`, async (t) => {
      const tf = await workspace(modules)
      await tf.run(apply)
      const first = await tf.outputs()
      await judge(t, 'first', first)
      await tf.run(plan)
      tf.at('second')
      await tf.run(apply)
      await judge(t, 'second', await tf.outputs())
      await tf.run(plan)
      await tf.run(destroy)

      async function judge(t: TestContext, stage: Stage, outputs: typeof first): Promise<void> {
        for (const module of modules) {
          await t.test(`${module.about} (${stage})`, () => {
            const own = outputs[module.folder]
            assert.ok(own, `no output of ${module.folder}`)
            module.check(own, stage, server, first[module.folder] ?? {})
          })
        }
      }
    })
  }
})
