import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { constants, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, before, test } from 'node:test'
import { CloudTrail, paginateLookupEvents, type Event } from '@aws-sdk/client-cloudtrail'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { STS } from '@aws-sdk/client-sts'
import { plantData } from './secrecy.fixture.ts'

const program = `
  import { readConfig, startServer } from '@bartizan/server'
  const server = await startServer(readConfig({}, process.env))
  process.once('SIGTERM', () => void server.stop())
  console.log('endpoint=' + server.endpoint)`
const admin = {
  accessKeyId: 'AKIASECRECY000000001',
  secretAccessKey: 'planted-administrator-secret',
}
/** Files that hold secrets on purpose, for their owner alone. */
const forTheOwner = new Set(['credentials', 'root.key'])

let directory: string
let server: ChildProcess
let log = ''
let endpoint = ''
const planted = new Map<string, Buffer>()

function plant(name: string, value: string | Uint8Array | undefined): void {
  assert.ok(value && value.length >= 12, name)
  planted.set(name, Buffer.from(value))
}

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bartizan-secrecy-'))
  server = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    env: {
      ...process.env,
      BARTIZAN_PORT: '0',
      BARTIZAN_DATA_DIR: directory,
      BARTIZAN_LOG_LEVEL: 'trace',
      BARTIZAN_ADMIN_ACCESS_KEY_ID: admin.accessKeyId,
      BARTIZAN_ADMIN_SECRET_ACCESS_KEY: admin.secretAccessKey,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      log += chunk.toString()
      endpoint = /endpoint=(\S+)/.exec(log)?.[1] ?? ''
      if (endpoint) resolve()
    }
    server.stdout?.on('data', hear)
    server.stderr?.on('data', hear)
    server.once('exit', () => reject(new Error(`the server ended: ${log}`)))
  })
  plant('the administrator’s secret', admin.secretAccessKey)
  await plantIdentities()
  await plantSessions()
  await plantKeys()
  await plantRefused()
  await plantData({ client, plant })
})
after(async () => {
  server.kill('SIGKILL')
  await rm(directory, { recursive: true, force: true })
})

function client<Client>(make: new (config: object) => Client): Client {
  const credentials = admin
  return new make({
    endpoint,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
    forcePathStyle: true,
  })
}

async function plantIdentities(): Promise<void> {
  const iam = client(IAM)
  const UserName = 'planted'
  await iam.createUser({ UserName })
  const { AccessKey } = await iam.createAccessKey({ UserName })
  plant('an access key’s secret', AccessKey?.SecretAccessKey)
  plant('a password', 'Planted-password-1')
  await iam.createLoginProfile({ UserName, Password: 'Planted-password-1' })
  plant('a changed password', 'Planted-password-2')
  await iam.updateLoginProfile({ UserName, Password: 'Planted-password-2' })
  const { VirtualMFADevice } = await iam.createVirtualMFADevice({ VirtualMFADeviceName: 'planted' })
  plant('an MFA seed', VirtualMFADevice?.Base32StringSeed)
  plant('an MFA seed’s picture', VirtualMFADevice?.QRCodePNG)
}

async function plantSessions(): Promise<void> {
  const iam = client(IAM)
  const sts = client(STS)
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
  })
  const { Role } = await iam.createRole({ RoleName: 'planted', AssumeRolePolicyDocument })
  const role = { RoleArn: Role?.Arn ?? '', RoleSessionName: 'planted' }
  const sessions = {
    'a role’s': await sts.assumeRole(role),
    'a user’s': await sts.getSessionToken({}),
    'a federated user’s': await sts.getFederationToken({ Name: 'planted' }),
  }
  for (const [whose, { Credentials }] of Object.entries(sessions)) {
    plant(`${whose} session secret`, Credentials?.SecretAccessKey)
    plant(`${whose} session token`, Credentials?.SessionToken)
  }
  const token = `eyJhbGciOiJub25lIn0.${Buffer.from('{"iss":"https://planted"}').toString('base64url')}.planted`
  plant('a web identity token', token)
  await refused(sts.assumeRoleWithWebIdentity({ ...role, WebIdentityToken: token }))
}

async function plantKeys(): Promise<void> {
  const kms = client(KMS)
  const { KeyMetadata } = await kms.createKey({})
  const KeyId = KeyMetadata?.KeyId ?? ''
  const Plaintext = Buffer.from('planted plaintext of a file')
  plant('a plaintext', Plaintext)
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext })
  await kms.decrypt({ CiphertextBlob })
  plant('a data key', (await kms.generateDataKey({ KeyId, KeySpec: 'AES_256' })).Plaintext)
  const pair = await kms.generateDataKeyPair({ KeyId, KeyPairSpec: 'ECC_NIST_P256' })
  plant('a private key', pair.PrivateKeyPlaintext)
  plant('random bytes', (await kms.generateRandom({ NumberOfBytes: 32 })).Plaintext)
  const external = await kms.createKey({ Origin: 'EXTERNAL' })
  const imported = external.KeyMetadata?.KeyId ?? ''
  const parameters = await kms.getParametersForImport({
    KeyId: imported,
    WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
    WrappingKeySpec: 'RSA_2048',
  })
  plant('an import token', parameters.ImportToken)
  const material = randomBytes(32)
  plant('imported key material', material)
  const wrapping = createPublicKey({
    key: Buffer.from(parameters.PublicKey ?? []),
    format: 'der',
    type: 'spki',
  })
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  const EncryptedKeyMaterial = publicEncrypt(
    { key: wrapping, padding, oaepHash: 'sha256' },
    material,
  )
  await kms.importKeyMaterial({
    KeyId: imported,
    ImportToken: parameters.ImportToken,
    EncryptedKeyMaterial,
    ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
  })
}

/** What is refused is logged too, with its reason. */
async function plantRefused(): Promise<void> {
  const iam = client(IAM)
  const kms = client(KMS)
  plant('a refused password', 'planted-\u0416-refused')
  await refused(iam.createLoginProfile({ UserName: 'planted', Password: 'planted-\u0416-refused' }))
  await refused(iam.createLoginProfile({ UserName: 'nobody', Password: 'Planted-password-2' }))
  plant('a key store password', 'planted-store-password')
  const store = { CustomKeyStoreName: 'planted', CloudHsmClusterId: 'cluster-1a23b4cdefg' }
  const KeyStorePassword = 'planted-store-password'
  await refused(kms.createCustomKeyStore({ ...store, KeyStorePassword }))
  plant('a key store password that is too long', 'planted-store-password-of-many-letters')
  const long = 'planted-store-password-of-many-letters'
  await refused(kms.createCustomKeyStore({ ...store, KeyStorePassword: long }))
  plant('a plaintext for no key', 'planted plaintext for no key')
  const Plaintext = Buffer.from('planted plaintext for no key')
  await refused(kms.encrypt({ KeyId: 'alias/none', Plaintext }))
}

async function refused(call: Promise<unknown>): Promise<void> {
  await assert.rejects(call)
}

/** The spellings in which a secret might be written somewhere. */
function spellings(secret: Buffer): Buffer[] {
  const texts = [secret.toString('base64').replace(/=+$/, ''), secret.toString('base64url')]
  const hex = secret.toString('hex')
  return [secret, ...[...texts, hex, hex.toUpperCase()].map((text) => Buffer.from(text))]
}

function assertAbsent(where: string, content: Buffer): void {
  for (const [name, secret] of planted) {
    for (const spelling of spellings(secret)) {
      assert.ok(!content.includes(spelling), `${name} is in ${where}`)
    }
  }
}

/** The files of the data directory, those in folders too, that are not for the owner alone to read. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && !forTheOwner.has(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
}

async function assertFilesKeepSecrets(): Promise<void> {
  const files = await filesIn(directory)
  assert.ok(files.includes('bartizan.db'))
  const rootKey = await readFile(join(directory, 'root.key'))
  for (const name of files) {
    const content = await readFile(join(directory, name))
    assertAbsent(name, content)
    for (const spelling of spellings(rootKey)) assert.ok(!content.includes(spelling), name)
  }
}

test('secrets are neither in the store nor in its log while the server runs', async () => {
  assert.ok(planted.size >= 31, `${planted.size} secrets`)
  await assertFilesKeepSecrets()
})

test('secrets are not in the audit log, which names the calls that carried them', async () => {
  const Events: Event[] = []
  for await (const page of paginateLookupEvents({ client: client(CloudTrail) }, {})) {
    Events.push(...(page.Events ?? []))
  }
  const names = new Set(Events.map(({ EventName }) => EventName))
  for (const name of [
    'CreateAccessKey',
    'CreateLoginProfile',
    'Encrypt',
    'ImportKeyMaterial',
    'CreateConnection',
    'CreateFunction20150331',
    'CreateStack',
    'PutParameter',
  ]) {
    assert.ok(names.has(name), name)
  }
  assertAbsent('the audit log', Buffer.from(JSON.stringify(Events)))
})

test('only the owner may read what the server writes', async () => {
  const names = await readdir(directory)
  for (const name of names) {
    const { mode } = await stat(join(directory, name))
    assert.equal(mode & 0o077, 0, `${name} has mode ${(mode & 0o777).toString(8)}`)
  }
  assert.ok(names.length >= 3)
})

test('secrets are not in the server’s own log, nor in the store once it has stopped', async () => {
  const ended = new Promise((resolve) => server.once('close', resolve))
  server.kill('SIGTERM')
  await ended
  assert.ok(log.includes('bartizan has stopped'))
  assertAbsent('the server’s log', Buffer.from(log))
  await assertFilesKeepSecrets()
})
