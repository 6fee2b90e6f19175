import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { SQS } from '@aws-sdk/client-sqs'
import { SSM } from '@aws-sdk/client-ssm'
import { findOpenssl, present, skipWithout, type Found } from './clients.ts'
import { environmentWithoutAws, ProgramError, run, succeed } from './process.ts'
import { startServer, type Server } from './server.ts'

const packages = { 'aws-cdk': '2.1148.1', 'aws-cdk-lib': '2.276.0', constructs: '10.8.1' }
const installMs = 60_000
const commandMs = 120_000

/** The AWS CDK in a folder outside the repository, which later runs use again. */
async function findCdk(): Promise<Found<{ readonly folder: string; readonly command: string }>> {
  const folder = join(tmpdir(), `bartizan-aws-cdk-${packages['aws-cdk']}`)
  const command = join(folder, 'node_modules/aws-cdk/bin/cdk')
  const done = join(folder, 'installed')
  if (!existsSync(done)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{"private":true}')
    const wanted = Object.entries(packages).map(([name, version]) => `${name}@${version}`)
    const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--fetch-retries=0']
    const options = { cwd: folder, timeoutMs: installMs }
    const outcome = await run('npm', ['install', ...quiet, ...wanted], options).catch(
      () => undefined,
    )
    if (outcome?.code !== 0) return { missing: 'npm could not install the AWS CDK' }
    writeFileSync(done, '')
  }
  return { folder, command }
}

const openssl = await findOpenssl()
const cdk = 'missing' in openssl ? openssl : await findCdk()
const skip = skipWithout(cdk)

describe('the AWS CDK', { skip }, () => {
  let server: Server
  let certificate: string

  // CDK's own bucket refuses plain HTTP.
  before(async () => {
    const { folder } = present(cdk)
    certificate = join(folder, 'certificate.pem')
    const key = join(folder, 'key.pem')
    const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
    const out = ['-keyout', key, '-out', certificate]
    await succeed('openssl', ['req', '-x509', ...curve, ...names, ...out])
    server = await startServer({
      env: { BARTIZAN_TLS_CERTIFICATE_FILE: certificate, BARTIZAN_TLS_KEY_FILE: key },
    })
    for (const name of ['app.cjs', 'function']) {
      cpSync(join(import.meta.dirname, 'cdk', name), join(folder, name), { recursive: true })
    }
  })
  after(() => server?.stop())

  async function command(...args: readonly string[]): Promise<void> {
    const { folder, command: cdkCommand } = present(cdk)
    const out = ['--no-notices', '--output', join(server.folder, 'cdk.out')]
    const line = [cdkCommand, ...args, '--app', `${process.execPath} app.cjs`, ...out]
    const outcome = await run(process.execPath, line, {
      cwd: folder,
      env: {
        ...environmentWithoutAws(),
        ...server.env(),
        AWS_CA_BUNDLE: certificate,
        CDK_DISABLE_VERSION_CHECK: '1',
        CI: 'true',
      },
      timeoutMs: commandMs,
    })
    if (outcome.code !== 0) throw new ProgramError(`cdk ${args.join(' ')}`, outcome)
  }

  function clientConfig() {
    const { endpoint, region, admin: credentials } = server
    const ca = readFileSync(certificate)
    return { endpoint, region, credentials, requestHandler: { httpsAgent: { ca } } }
  }

  test('bootstrap and deploy make an application that works', async () => {
    const { accountId, region } = server
    await command('bootstrap', `aws://${accountId}/${region}`)
    await command('deploy', '--require-approval', 'never')
    const cloudformation = new CloudFormation(clientConfig())
    const { Stacks } = await cloudformation.describeStacks({ StackName: 'Small' })
    assert.equal(Stacks?.[0]?.StackStatus, 'CREATE_COMPLETE')
    assert.match(Stacks[0].RoleARN ?? '', /role\/cdk-hnb659fds-cfn-exec-role-/)
    const QueueUrl = Stacks[0].Outputs?.[0]?.OutputValue
    const { Parameter } = await new SSM(clientConfig()).getParameter({ Name: '/small/queue' })
    assert.equal(Parameter?.Value, QueueUrl?.split('/').at(-1))
    await new EventBridge(clientConfig()).putEvents({
      Entries: [{ Source: 'conformance', DetailType: 'd', Detail: '{"hello":"world"}' }],
    })
    const sqs = new SQS(clientConfig())
    const { Messages } = await sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 20 })
    assert.equal(Messages?.[0]?.Body, '{"hello":"world"}')
  })
})
