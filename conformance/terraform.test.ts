import assert from 'node:assert/strict'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { findTerraform, present, skipWithout, type Terraform } from './clients.ts'
import { ProgramError, run, type Outcome } from './process.ts'
import { startServer, type Server } from './server.ts'

const terraform = await findTerraform()
const skip = skipWithout(terraform)
const material = Buffer.alloc(32, 7).toString('base64')
let server: Server

interface Workspace {
  /** Runs a Terraform command; exit codes other than the expected ones throw. */
  run(args: readonly string[], codes?: readonly number[]): Promise<Outcome>
  outputs(): Promise<Record<string, unknown>>
}

/** A copy of a configuration, initialised, whose variables come from the environment. */
async function workspace(
  name: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Workspace> {
  const { path, mirror } = present<Terraform>(terraform)
  const cwd = join(server.folder, name)
  mkdirSync(cwd, { recursive: true })
  cpSync(join(import.meta.dirname, 'terraform', name), cwd, { recursive: true })
  const settings = join(cwd, 'terraform.rc')
  writeFileSync(settings, cliSettings(mirror))
  const given = Object.entries(variables).map(([key, value]) => [`TF_VAR_${key}`, value])
  const env = {
    ...server.env(),
    TF_CLI_CONFIG_FILE: settings,
    TF_IN_AUTOMATION: '1',
    CHECKPOINT_DISABLE: '1',
    ...Object.fromEntries(given),
  }
  const perform: Workspace['run'] = async (args, codes = [0]) => {
    const outcome = await run(path, [...args, '-no-color'], { env, cwd, timeoutMs: 180_000 })
    if (!codes.includes(outcome.code ?? -1)) {
      throw new ProgramError(`terraform ${args.join(' ')}`, outcome)
    }
    return outcome
  }
  await perform(['init', '-input=false'])
  return {
    run: perform,
    outputs: async () => {
      const { stdout } = await run(path, ['output', '-json'], { env, cwd })
      const values = JSON.parse(stdout) as Record<string, { value: unknown }>
      return Object.fromEntries(Object.entries(values).map(([key, { value }]) => [key, value]))
    },
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

describe('Terraform', { skip, concurrency: 2 }, () => {
  before(async () => {
    server = await startServer()
  })
  after(() => server.stop())

  test('KMS resources apply, plan empty, change, plan empty again and are destroyed', async () => {
    const inDays = new Date(Date.now() + 30 * 86_400_000).toISOString().replace(/\.\d+/, '')
    const { run: tf, outputs } = await workspace('kms', {
      key_material: material,
      valid_to: inDays,
    })
    await tf(apply)
    const first = await outputs()
    assert.equal(first['account'], server.accountId)
    assert.equal(first['secret'], 'a secret of Terraform\u0027s')
    assert.equal(first['key_state'], true)
    assert.equal(first['alias_target'], first['main_key_id'])
    assert.match(String(first['public_key_pem']), /^-----BEGIN PUBLIC KEY-----/)
    assert.equal(
      String(first['replica_arn']),
      String(first['primary_arn']).replace('us-east-1', 'eu-west-1'),
    )
    assert.equal(first['imported_state'], 'Enabled')
    assert.equal(first['expiration_model'], 'KEY_MATERIAL_EXPIRES')
    assert.equal(first['replica_external_state'], 'Enabled')
    assert.match(String(first['grant_id']), /^[0-9a-f]{64}$/)
    await tf(plan)
    const changes = ['-var=description=second', '-var=rotation_days=180', '-var=enabled=false']
    await tf(apply.concat(changes))
    await tf(plan.concat(changes))
    const second = await outputs()
    assert.equal(second['key_state'], false)
    assert.notEqual(second['alias_target'], first['main_key_id'])
    await tf(destroy.concat(changes))
  })

  test('SQS and SNS resources apply, plan empty, change, plan empty again and are destroyed', async () => {
    const { run: tf, outputs } = await workspace('messaging')
    await tf(apply)
    const first = await outputs()
    assert.equal(first['queue_url'], `${server.endpoint}/${server.accountId}/terraform-main`)
    assert.equal(first['found_arn'], `arn:aws:sqs:us-east-1:${server.accountId}:terraform-main`)
    assert.equal(first['topic_arn'], `arn:aws:sns:us-east-1:${server.accountId}:terraform-main`)
    assert.equal(first['subscription_confirmed'], true)
    await tf(plan)
    const changes = ['-var=stage=second']
    await tf(apply.concat(changes))
    await tf(plan.concat(changes))
    await tf(destroy.concat(changes))
  })

  test('EventBridge resources apply, plan empty, change, plan empty again and are destroyed', async () => {
    const { run: tf, outputs } = await workspace('events')
    await tf(apply)
    const first = await outputs()
    const arn = `arn:aws:events:us-east-1:${server.accountId}`
    assert.equal(first['bus_arn'], `${arn}:event-bus/terraform-orders`)
    assert.equal(first['rule_arn'], `${arn}:rule/terraform-orders/terraform-orders`)
    assert.equal(first['authorization_type'], 'BASIC')
    await tf(plan)
    const changes = ['-var=stage=second']
    await tf(apply.concat(changes))
    await tf(plan.concat(changes))
    await tf(destroy.concat(changes))
  })

  test('S3 buckets with all that configures them apply, plan empty, change and are destroyed', async () => {
    const { run: tf, outputs } = await workspace('s3')
    await tf(apply)
    assert.equal((await outputs())['body'], 'hello, 30')
    await tf(plan)
    const changes = ['-var=days=31']
    await tf(apply.concat(changes))
    await tf(plan.concat(changes))
    assert.equal((await outputs())['body'], 'hello, 31')
    await tf(destroy.concat(changes))
  })

  test('Lambda functions with all that belongs to them apply, plan empty, change and are destroyed', async () => {
    const { run: tf, outputs } = await workspace('lambda')
    await tf(apply)
    const first = await outputs()
    assert.equal(
      first['arn'],
      `arn:aws:lambda:us-east-1:${server.accountId}:function:terraform-main`,
    )
    assert.deepEqual([first['version'], first['said'], first['found_timeout']], ['1', 'first', 20])
    await tf(plan)
    const changes = ['-var=stage=second']
    await tf(apply.concat(changes))
    await tf(plan.concat(changes))
    const second = await outputs()
    assert.deepEqual([second['version'], second['said']], ['2', 'second'])
    await tf(destroy.concat(changes))
  })

  test('logs, alarms, a dashboard and a trail apply, plan empty, change, plan empty again and are destroyed', async () => {
    const { run: tf, outputs } = await workspace('observability')
    await tf(apply)
    const first = await outputs()
    const place = `us-east-1:${server.accountId}`
    assert.equal(first['log_group_arn'], `arn:aws:logs:${place}:log-group:/tf/main`)
    assert.equal(first['trail_arn'], `arn:aws:cloudtrail:${place}:trail/observability`)
    await tf(plan)
    const changes = ['-var=stage=second']
    await tf(apply.concat(changes))
    await tf(plan.concat(changes))
    await tf(destroy.concat(changes))
  })

  test('an organization and a stack apply, plan empty, change, plan empty again and are destroyed', async () => {
    const { run: tf, outputs } = await workspace('organization')
    await tf(apply)
    const first = await outputs()
    assert.deepEqual([first['accounts'], first['description']], [2, 'first'])
    await tf(plan)
    const changes = ['-var=stage=second']
    await tf(apply.concat(changes))
    await tf(plan.concat(changes))
    await tf(destroy.concat(changes))
  })

  test('IAM resources apply, plan empty, change, plan empty again and are destroyed', async () => {
    const { run: tf, outputs } = await workspace('iam')
    await tf(apply)
    const first = await outputs()
    assert.equal(first['role'], `arn:aws:iam::${server.accountId}:role/service/service`)
    assert.deepEqual(first['roles'], ['service'])
    assert.deepEqual((first['users'] as string[]).toSorted(), ['ada', 'carol'])
    assert.deepEqual((first['members'] as string[]).toSorted(), ['ada', 'bob'])
    assert.equal(first['account_alias'], 'bartizan-first')
    assert.equal(first['simulation_allowed'], true)
    assert.equal(first['read_only_name'], 'ReadOnlyAccess')
    assert.equal(
      first['service_linked_role'],
      `arn:aws:iam::${server.accountId}:role/aws-service-role/elasticbeanstalk.amazonaws.com/AWSServiceRoleForElasticBeanstalk`,
    )
    await tf(plan)
    const changes = ['-var=stage=second']
    await tf(apply.concat(changes))
    await tf(plan.concat(changes))
    const second = await outputs()
    assert.deepEqual(second['members'], ['ada'])
    assert.deepEqual((second['users'] as string[]).toSorted(), ['ada', 'caroline'])
    assert.equal(second['account_alias'], 'bartizan-second')
    await tf(destroy.concat(changes))
  })
})
