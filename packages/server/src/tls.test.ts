import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startTestServer, type TestServer } from '@bartizan/testkit'
import { zipOf } from './services/lambda/execution/test-zip.ts'
import { invoke, newFunction, newRole, type TestTarget } from './services/lambda/test-support.ts'

let directory: string
let bartizan: TestServer
before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bartizan-tls-'))
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')]
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const out = ['-keyout', key, '-out', certificate]
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, ...out], { stdio: 'pipe' })
  bartizan = await startTestServer({
    BARTIZAN_TLS_CERTIFICATE_FILE: certificate,
    BARTIZAN_TLS_KEY_FILE: key,
  })
})
after(async () => {
  await bartizan.close()
  rmSync(directory, { recursive: true })
})

const health = (ca: Buffer | undefined): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const options = { agent: false, ...(ca && { ca }) } as const
    get(`${bartizan.endpoint}/_bartizan/health`, options, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode))
    }).on('error', reject)
  })

test('with a certificate the server speaks HTTPS, to clients that trust it', async () => {
  assert.match(bartizan.endpoint, /^https:/)
  assert.equal(await health(readFileSync(join(directory, 'certificate.pem'))), 200)
})

test('a client that does not trust the certificate is not fooled', async () => {
  await assert.rejects(health(undefined), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
})

test('functions trust the certificate of their server, and call it', async () => {
  const ca = readFileSync(join(directory, 'certificate.pem'))
  const { endpoint, credentials, accountId } = bartizan
  const requestHandler = { httpsAgent: { ca } }
  const settings = { endpoint, credentials, region: 'us-east-1', maxAttempts: 1, requestHandler }
  const target: TestTarget = {
    accountId,
    client: (make) => new make(settings),
  }
  const Role = await newRole(target, 'caller')
  const node = `const { STS } = require('@aws-sdk/client-sts')
    exports.handler = async () => (await new STS().getCallerIdentity()).Arn`
  const python = `import boto3
def handler(event, context):
    return boto3.client("sts").get_caller_identity()["Arn"]`
  const sources = { 'nodejs22.x': ['index.js', node], 'python3.11': ['index.py', python] } as const
  for (const [Runtime, [file, source]] of Object.entries(sources)) {
    const FunctionName = Runtime.replace('.', '-')
    const Code = { ZipFile: await zipOf({ [file]: source }) }
    await newFunction(target, FunctionName, '', {
      Role,
      Runtime: Runtime as keyof typeof sources,
      Code,
      Timeout: 30,
    })
    const { answer, FunctionError } = await invoke(target, FunctionName, {})
    // A machine without boto3 says so; nothing else may go wrong.
    if (FunctionError && /No module named 'boto3'|not installed/.test(JSON.stringify(answer)))
      continue
    assert.equal(answer, `arn:aws:sts::${accountId}:assumed-role/caller/${FunctionName}`)
  }
})

test('a certificate without its key is a configuration error', async () => {
  const half = { BARTIZAN_TLS_CERTIFICATE_FILE: join(directory, 'certificate.pem') }
  await assert.rejects(startTestServer(half), { message: 'TLS needs both a certificate and a key' })
})
