import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { SSM } from '@aws-sdk/client-ssm'
import {
  findPostgres,
  startPostgres,
  startTestServer,
  type TestPostgres,
  type TestServer,
} from '@bartizan/testkit'

const skip = findPostgres() ? false : 'no PostgreSQL server is installed'

let postgres: TestPostgres
let dataDir: string
let one: TestServer
let two: TestServer

before(async () => {
  if (skip) return
  postgres = await startPostgres()
  dataDir = await mkdtemp(join(tmpdir(), 'bartizan-nodes-'))
  const node = (name: string): Promise<TestServer> =>
    startTestServer({
      BARTIZAN_DATABASE_URL: postgres.url,
      BARTIZAN_DATA_DIR: join(dataDir, name),
      BARTIZAN_ROOT_KEY_DIR: join(dataDir, 'one'),
    })
  one = await node('one')
  two = await node('two')
})
after(async () => {
  if (skip) return
  await Promise.all([one.close(), two.close()])
  await postgres.stop()
  await rm(dataDir, { recursive: true })
})

test('a key made on one node is used on the other', { skip }, async () => {
  const [a, b] = [one.client(KMS), two.client(KMS)]
  const { KeyMetadata } = await a.createKey({})
  const KeyId = KeyMetadata?.KeyId ?? ''
  const Plaintext = Buffer.from('over two nodes')
  const { CiphertextBlob } = await b.encrypt({ KeyId, Plaintext })
  const decrypted = await a.decrypt({ CiphertextBlob })
  assert.deepEqual(Buffer.from(decrypted.Plaintext ?? []), Plaintext)
})

test(
  'a key disabled on one node is refused on the other at once, every time',
  { skip },
  async () => {
    const [a, b] = [one.client(KMS), two.client(KMS)]
    const { KeyMetadata } = await a.createKey({})
    const KeyId = KeyMetadata?.KeyId ?? ''
    const request = { KeyId, Plaintext: Buffer.from('x') }
    const rounds = 25
    for (let round = 0; round < rounds; round++) {
      await b.encrypt(request)
      await a.disableKey({ KeyId })
      await assert.rejects(b.encrypt(request), { name: 'DisabledException' })
      await b.enableKey({ KeyId })
      await a.encrypt(request)
    }
  },
)

test('an access key taken away on one node opens nothing on the other', { skip }, async () => {
  const [a, b] = [one.client(IAM), two.client(IAM)]
  await a.createUser({ UserName: 'leaver' })
  const { AccessKey } = await a.createAccessKey({ UserName: 'leaver' })
  const accessKeyId = AccessKey?.AccessKeyId ?? ''
  const credentials = { accessKeyId, secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  await assert.rejects(two.client(IAM, { credentials }).getUser({}), { name: 'AccessDenied' })
  await b.deleteAccessKey({ UserName: 'leaver', AccessKeyId: accessKeyId })
  const refused = { name: 'InvalidClientTokenId' }
  await assert.rejects(one.client(IAM, { credentials }).getUser({}), refused)
})

test('writers of one row on two nodes both get through', { skip }, async () => {
  const [a, b] = [one.client(IAM), two.client(IAM)]
  await a.createUser({ UserName: 'busy' })
  const keys = Array.from({ length: 20 }, (_, index) => `k${index}`)
  await Promise.all(
    keys.map((Key, index) =>
      (index % 2 ? a : b).tagUser({ UserName: 'busy', Tags: [{ Key, Value: 'v' }] }),
    ),
  )
  const { Tags } = await b.listUserTags({ UserName: 'busy' })
  assert.deepEqual(Tags?.map(({ Key }) => Key).sort(), [...keys].sort())
})

test('a clock moved on one node is moved on the other', { skip }, async () => {
  await one.advance('30d')
  await two.client(IAM).listUsers({})
  assert.ok(Math.abs(one.now().getTime() - two.now().getTime()) < 5000)
})

test(
  'a parameter overwritten on both nodes at once has every version, and is listed in pages',
  { skip },
  async () => {
    const clients = [one.client(SSM), two.client(SSM)]
    const all = <Result>(count: number, call: (ssm: SSM, at: number) => Promise<Result>) =>
      Promise.all(
        Array.from({ length: count }, (_, at) => call(clients[at % 2] ?? one.client(SSM), at)),
      )
    const Type = 'SecureString'
    await all(12, (ssm, at) => ssm.putParameter({ Name: `/nodes/${at}`, Value: 'first', Type }))
    const put = { Name: '/nodes/0', Value: 'next', Overwrite: true }
    const versions = await all(10, (ssm) => ssm.putParameter(put))
    assert.deepEqual(
      versions.map(({ Version = 0 }) => Version).toSorted((a, b) => a - b),
      Array.from({ length: 10 }, (_, at) => at + 2),
    )
    const path = { Path: '/nodes', WithDecryption: true }
    const first = await one.client(SSM).getParametersByPath(path)
    const { NextToken } = first
    const rest = await two.client(SSM).getParametersByPath({ ...path, NextToken })
    const values = [...(first.Parameters ?? []), ...(rest.Parameters ?? [])].map(
      ({ Value }) => Value,
    )
    assert.deepEqual(values, ['next', ...Array.from({ length: 11 }, () => 'first')])
  },
)
