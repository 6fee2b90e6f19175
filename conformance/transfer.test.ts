import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { SSM } from '@aws-sdk/client-ssm'
import { parse } from 'dotenv'
import { run, type Outcome } from './process.ts'
import { startServer, type Server } from './server.ts'
import { startVault } from './vault.fixture.ts'

const command = resolve(import.meta.dirname, '../packages/cli/bin/bartizan.mjs')
/** No value that is moved may be told. */
const planted = 'planted-value'
let server: Server
before(async () => {
  server = await startServer()
})
after(() => server.stop())

const config = (region: string) => ({
  endpoint: server.endpoint,
  region,
  credentials: server.admin,
})
const ssmIn = (region: string) => new SSM(config(region))
const secretsIn = (region: string) => new SecretsManager(config(region))

/** Runs the command with further variables; whatever it says holds no planted value. */
async function bartizan(
  line: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    BARTIZAN_ENDPOINT: server.endpoint,
    BARTIZAN_ADMIN_ACCESS_KEY_ID: server.admin.accessKeyId,
    BARTIZAN_ADMIN_SECRET_ACCESS_KEY: server.admin.secretAccessKey,
    ...variables,
  }
  const outcome = await run(process.execPath, [command, ...line], { env, cwd: server.folder })
  assert.ok(!(outcome.stdout + outcome.stderr).includes(planted), line.join(' '))
  return outcome
}

async function parameter(region: string, Name: string) {
  const { Parameter } = await ssmIn(region).getParameter({ Name, WithDecryption: true })
  return { type: Parameter?.Type, value: Parameter?.Value, version: Parameter?.Version }
}

describe('bartizan import', () => {
  test('dotenv: a dry run first, then written, and nothing is replaced unasked', async () => {
    const file = join(server.folder, 'app.env')
    writeFileSync(
      file,
      `# of the app\nexport URL=https://${planted}\nPASSWORD="two\\nlines ${planted}"\n`,
    )
    const line = ['import', 'dotenv', 'app.env', '--prefix', '/dotenv/']
    const dry = await bartizan(line)
    assert.equal(dry.code, 0)
    assert.match(dry.stdout, /^new +parameter +\/dotenv\/PASSWORD$/m)
    assert.match(dry.stdout, /^2 would be written \(2 new, 0 changed\).*--apply writes them$/m)
    await assert.rejects(parameter('us-east-1', '/dotenv/URL'), { name: 'ParameterNotFound' })
    assert.match((await bartizan([...line, '--apply'])).stdout, /^2 written/m)
    assert.deepEqual(await parameter('us-east-1', '/dotenv/PASSWORD'), {
      type: 'SecureString',
      value: `two\nlines ${planted}`,
      version: 1,
    })
    assert.match((await bartizan([...line, '--apply'])).stdout, /^0 written.*2 the same/m)
    writeFileSync(file, `URL=other-${planted}\n`)
    const kept = await bartizan([...line, '--apply'])
    assert.match(kept.stdout, /^kept +parameter +\/dotenv\/URL {2}\(another value is there/m)
    assert.equal((await parameter('us-east-1', '/dotenv/URL')).version, 1)
    assert.match(
      (await bartizan([...line, '--apply', '--overwrite'])).stdout,
      /^changed +parameter/m,
    )
    assert.deepEqual(await parameter('us-east-1', '/dotenv/URL'), {
      type: 'SecureString',
      value: `other-${planted}`,
      version: 2,
    })
  })

  test('env: the variables that are named, as parameters or as one secret', async () => {
    const variables = { APP_A: `${planted}-a`, APP_B: `${planted}-b`, OTHER: planted, EMPTY: '' }
    const names = ['import', 'env', 'APP_*', '--apply']
    assert.equal((await bartizan([...names, '--plain'], variables)).code, 0)
    const { type, value } = await parameter('us-east-1', 'APP_B')
    assert.deepEqual([type, value], ['String', `${planted}-b`])
    await assert.rejects(parameter('us-east-1', 'OTHER'), { name: 'ParameterNotFound' })
    assert.equal((await bartizan([...names, '--secret', 'env/app'], variables)).code, 0)
    const got = await secretsIn('us-east-1').getSecretValue({ SecretId: 'env/app' })
    const { APP_A, APP_B } = variables
    assert.deepEqual(JSON.parse(got.SecretString ?? ''), { APP_A, APP_B })
    const failed = await bartizan(['import', 'env', 'EMPTY'], variables)
    assert.equal(failed.code, 1)
    assert.match(failed.stdout, /^failed +parameter +EMPTY {2}\(the value is empty\)$/m)
  })

  test('aws: everything of another Region, with types, descriptions and tags', async () => {
    const source = ssmIn('eu-west-1')
    const Tags = [{ Key: 'team', Value: 'red' }]
    await source.putParameter({
      Name: '/app/list',
      Type: 'StringList',
      Value: `a,${planted}`,
      Tags,
    })
    await source.putParameter({
      Name: '/app/secret',
      Type: 'SecureString',
      Value: planted.repeat(400),
      Tier: 'Advanced',
      Description: 'of the app',
    })
    for (let n = 0; n < 12; n++) {
      await source.putParameter({ Name: `/many/${n}`, Type: 'String', Value: `${planted}-${n}` })
    }
    const secrets = secretsIn('eu-west-1')
    await secrets.createSecret({ Name: 'app/text', SecretString: planted, Tags })
    const SecretBinary = Buffer.from([0, 255, 1])
    await secrets.createSecret({ Name: 'app/bytes', SecretBinary, Description: 'bytes' })
    await secrets.createSecret({ Name: 'other', SecretString: planted })
    const place = ['--source-endpoint', server.endpoint, '--source-region', 'eu-west-1']
    const line = ['import', 'aws', ...place, '--region', 'eu-central-1']
    const chain = {
      AWS_ACCESS_KEY_ID: server.admin.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.admin.secretAccessKey,
    }
    assert.match(
      (await bartizan([...line, '--path', '/app'], chain)).stdout,
      /^2 would be written/m,
    )
    const applied = await bartizan([...line, '--apply'], chain)
    assert.match(
      applied.stdout,
      /^17 written \(17 new, 0 changed\), 0 the same, 0 kept, 0 failed$/m,
    )
    const list = await parameter('eu-central-1', '/app/list')
    assert.deepEqual([list.type, list.value], ['StringList', `a,${planted}`])
    assert.equal((await parameter('eu-central-1', '/app/secret')).value, planted.repeat(400))
    const { Parameters } = await ssmIn('eu-central-1').describeParameters({
      ParameterFilters: [{ Key: 'Name', Values: ['/app/secret'] }],
    })
    assert.equal(Parameters?.[0]?.Description, 'of the app')
    const tagged = { ResourceType: 'Parameter', ResourceId: '/app/list' } as const
    assert.deepEqual((await ssmIn('eu-central-1').listTagsForResource(tagged)).TagList, Tags)
    const there = secretsIn('eu-central-1')
    const bytes = await there.getSecretValue({ SecretId: 'app/bytes' })
    assert.deepEqual(Buffer.from(bytes.SecretBinary ?? []), SecretBinary)
    assert.deepEqual((await there.describeSecret({ SecretId: 'app/text' })).Tags, Tags)
    const only = await bartizan([...line, '--secrets', 'app/'], chain)
    assert.match(only.stdout, /^0 would be written.*2 the same/m)
    const itself = ['import', 'aws', '--source-endpoint', server.endpoint]
    assert.match((await bartizan(itself, chain)).stderr, /this very installation/)
    const nobody = { ...chain, AWS_SECRET_ACCESS_KEY: 'wrong' }
    assert.match((await bartizan(line, nobody)).stderr, /signature/)
  })

  test('aws: labels and policies come along, and what cannot is told', async () => {
    const source = secretsIn('eu-west-2')
    const policy = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 'secretsmanager:DeleteSecret',
          Resource: '*',
        },
      ],
    }
    const { VersionId } = await source.createSecret({ Name: 'kept', SecretString: planted })
    const stage = { SecretId: 'kept', VersionStage: 'GOLDEN', MoveToVersionId: VersionId }
    await source.updateSecretVersionStage(stage)
    await source.putResourcePolicy({ SecretId: 'kept', ResourcePolicy: JSON.stringify(policy) })
    await ssmIn('eu-west-2').putParameter({ Name: '/kept', Type: 'String', Value: planted })
    await ssmIn('eu-west-2').labelParameterVersion({ Name: '/kept', Labels: ['blue'] })
    const place = ['--source-endpoint', server.endpoint, '--source-region', 'eu-west-2']
    const line = ['import', 'aws', ...place, '--region', 'eu-west-3', '--apply']
    const { code, stdout } = await bartizan(line, {
      AWS_ACCESS_KEY_ID: server.admin.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.admin.secretAccessKey,
    })
    assert.equal(code, 0)
    assert.match(stdout, /^new +secret +kept {2}\(with staging labels, resource policy\)$/m)
    const there = secretsIn('eu-west-3')
    const { VersionIdsToStages = {} } = await there.describeSecret({ SecretId: 'kept' })
    assert.deepEqual(Object.values(VersionIdsToStages).flat().toSorted(), ['AWSCURRENT', 'GOLDEN'])
    const { ResourcePolicy = '' } = await there.getResourcePolicy({ SecretId: 'kept' })
    assert.deepEqual(JSON.parse(ResourcePolicy), policy)
    const labelled = await ssmIn('eu-west-3').getParameter({ Name: '/kept:blue' })
    assert.equal(labelled.Parameter?.Value, planted)
  })

  test('vault: both versions of its KV engine, as secrets or as parameters', async () => {
    const vault = await startVault(
      {
        'app/db': { user: 'app', password: planted },
        'app/prod/api key': { key: planted },
        gone: null,
        top: { n: 1 },
      },
      { 'legacy/one': { token: planted } },
    )
    const access = { VAULT_ADDR: vault.address, VAULT_TOKEN: vault.token }
    const dry = await bartizan(['import', 'vault', 'secret'], access)
    assert.match(dry.stdout, /^new +secret +app\/db$/m)
    assert.match(dry.stdout, /^failed +secret +app\/prod\/api key {2}\(the name holds/m)
    assert.match(dry.stdout, /^2 would be written .* 1 failed/m)
    assert.equal((await bartizan(['import', 'vault', 'secret', 'app', '--apply'], access)).code, 1)
    const { SecretString } = await secretsIn('us-east-1').getSecretValue({ SecretId: 'app/db' })
    assert.deepEqual(JSON.parse(SecretString ?? ''), { user: 'app', password: planted })
    const old = ['import', 'vault', 'old/kv', '--parameters', '--prefix', '/vault/', '--apply']
    assert.equal((await bartizan(old, access)).code, 0)
    assert.deepEqual(await parameter('us-east-1', '/vault/legacy/one/token'), {
      type: 'SecureString',
      value: planted,
      version: 1,
    })
    const refused = await bartizan(['import', 'vault', 'secret'], { ...access, VAULT_TOKEN: 'no' })
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /Vault refuses .*: permission denied/)
    assert.match(
      (await bartizan(['import', 'vault', 'secret'])).stderr,
      /VAULT_ADDR and VAULT_TOKEN/,
    )
    await vault.close()
  })
})

describe('bartizan export', () => {
  const region = 'ap-south-1'
  const values = {
    PASSWORD: `it's "${planted}" $HOME \\n #`,
    CERTIFICATE: `-----BEGIN\n${planted}\n-----END`,
    DB_URL: planted,
  }

  before(async () => {
    const ssm = ssmIn(region)
    const names = { PASSWORD: 'password', CERTIFICATE: 'certificate', DB_URL: 'db/url' }
    for (const [name, path] of Object.entries(names)) {
      const Value = values[name as keyof typeof values]
      await ssm.putParameter({ Name: `/export/${path}`, Type: 'SecureString', Value })
    }
    await ssm.putParameter({ Name: '/elsewhere', Type: 'String', Value: planted })
    const SecretString = JSON.stringify({ user: 'ada', password: planted })
    await secretsIn(region).createSecret({ Name: 'prod/db', SecretString })
    await secretsIn(region).createSecret({ Name: 'raw', SecretBinary: Buffer.from([1, 2]) })
  })

  test('a dotenv file that only its owner reads, and that reads back the same', async () => {
    const file = join(server.folder, 'out.env')
    const line = ['export', 'out.env', '--region', region, '--path', '/export']
    assert.match((await bartizan(line)).stdout, /^3 would be written to out\.env; --apply/m)
    assert.throws(() => statSync(file), { code: 'ENOENT' })
    assert.match((await bartizan([...line, '--apply'])).stdout, /^3 written to out\.env$/m)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.deepEqual({ ...parse(readFileSync(file)) }, values)
    assert.match((await bartizan([...line, '--apply'])).stderr, /out\.env exists already/)
    const back = ['import', 'dotenv', 'out.env', '--prefix', '/back/', '--apply']
    assert.match((await bartizan(back)).stdout, /^3 written/m)
    const secret = ['export', 'db.env', '--region', region, '--secrets', 'prod/', '--apply']
    assert.equal((await bartizan(secret)).code, 0)
    assert.deepEqual(
      { ...parse(readFileSync(join(server.folder, 'db.env'))) },
      { PROD_DB_USER: 'ada', PROD_DB_PASSWORD: planted },
    )
  })

  test('a JSON file holds everything, bytes too', async () => {
    const refused = await bartizan(['export', 'all.env', '--region', region, '--apply'])
    assert.match(refused.stderr, /raw is binary; a JSON file can hold it/)
    assert.equal((await bartizan(['export', 'all.json', '--region', region, '--apply'])).code, 0)
    const file = join(server.folder, 'all.json')
    assert.equal(statSync(file).mode & 0o777, 0o600)
    const { parameters, secrets } = JSON.parse(readFileSync(file, 'utf8')) as {
      parameters: { name: string; type: string; value: string }[]
      secrets: { name: string; value?: string; binary?: string }[]
    }
    assert.deepEqual(parameters.map(({ name }) => name).sort(), [
      '/elsewhere',
      '/export/certificate',
      '/export/db/url',
      '/export/password',
    ])
    assert.equal(parameters.find(({ name }) => name === '/export/db/url')?.type, 'SecureString')
    assert.equal(secrets.find(({ name }) => name === 'raw')?.binary, 'AQI=')
  })
})
