import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { buildClient, CommitmentPolicy, KmsKeyringNode } from '@aws-crypto/client-node'
import { CloudTrailClient, paginateLookupEvents } from '@aws-sdk/client-cloudtrail'
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetRoleCommand,
  GetUserCommand,
  IAMClient,
  ListUserTagsCommand,
  paginateListUsers,
  PutUserPolicyCommand,
  waitUntilUserExists,
} from '@aws-sdk/client-iam'
import {
  CreateGrantCommand,
  CreateKeyCommand,
  DecapsulateCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncapsulateCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  InvalidCiphertextException,
  KMS,
  KMSClient,
  ListKeysCommand,
  NotFoundException,
  paginateListAliases,
  paginateListKeys,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms'
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { startServer, type AccessKey, type Server } from './server.ts'

let server: Server
let kms: KMSClient
let iam: IAMClient

function settings(credentials: AccessKey = server.admin) {
  const { endpoint, region } = server
  return { endpoint, region, credentials, maxAttempts: 1 }
}

async function newKey(): Promise<{ id: string; arn: string }> {
  const { KeyMetadata: key } = await kms.send(new CreateKeyCommand({}))
  return { id: key?.KeyId ?? '', arn: key?.Arn ?? '' }
}

async function newUser(name: string): Promise<{ arn: string; key: AccessKey }> {
  const { User: user } = await iam.send(new CreateUserCommand({ UserName: name }))
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: name }))
  return {
    arn: user?.Arn ?? '',
    key: { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' },
  }
}

async function newAccount(name: string): Promise<{ accountId: string; admin: AccessKey }> {
  const args = `account create --name ${name} --email ${name}@example.com`.split(' ')
  return JSON.parse(await server.bartizan(...args)) as { accountId: string; admin: AccessKey }
}

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString()
}

describe('the SDK for JavaScript', () => {
  before(async () => {
    server = await startServer()
    kms = new KMSClient(settings())
    iam = new IAMClient(settings())
  })
  after(() => server.stop())

  test('errors are instances of the client’s classes, with AWS’s status and a request id', async () => {
    const key = await newKey()
    const refused = [
      [kms.send(new DescribeKeyCommand({ KeyId: 'alias/none' })), NotFoundException],
      [
        kms.send(new DecryptCommand({ KeyId: key.id, CiphertextBlob: Buffer.alloc(80) })),
        InvalidCiphertextException,
      ],
    ] as const
    for (const [call, kind] of refused) {
      await assert.rejects(call, (error) => {
        assert.ok(error instanceof kind)
        assert.equal(error.$metadata.httpStatusCode, 400)
        assert.match(error.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/)
        return true
      })
    }
  })

  test('paginators meet every key and alias once', async () => {
    const made = await Promise.all(Array.from({ length: 7 }, newKey))
    const seen: string[] = []
    for await (const page of paginateListKeys({ client: kms, pageSize: 3 }, {})) {
      seen.push(...(page.Keys ?? []).map(({ KeyId: id }) => id ?? ''))
    }
    assert.equal(new Set(seen).size, seen.length)
    for (const { id } of made) assert.ok(seen.includes(id))
    const api = new KMS(settings())
    for (let number = 0; number < 5; number++) {
      await api.createAlias({ AliasName: `alias/sdk/${number}`, TargetKeyId: made[0]?.id })
    }
    const names: string[] = []
    for await (const page of paginateListAliases(
      { client: kms, pageSize: 2 },
      { KeyId: made[0]?.id },
    )) {
      names.push(...(page.Aliases ?? []).map(({ AliasName: name }) => name ?? ''))
    }
    assert.deepEqual(
      names,
      Array.from({ length: 5 }, (_, number) => `alias/sdk/${number}`),
    )
  })

  test('a hundred calls at once are all answered, each with its own plaintext', async () => {
    const { id } = await newKey()
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, number) => {
        const { CiphertextBlob: blob } = await kms.send(
          new EncryptCommand({ KeyId: id, Plaintext: Buffer.from(`secret ${number}`) }),
        )
        return text((await kms.send(new DecryptCommand({ CiphertextBlob: blob }))).Plaintext)
      }),
    )
    assert.deepEqual(
      answers,
      Array.from({ length: 100 }, (_, number) => `secret ${number}`),
    )
  })

  test('letters of every script and signs of every kind survive signing and storing', async () => {
    const strange = 'Schlüssel 🔑 鍵 مفتاح + & = % ~ * \' " / \\ <b>'
    const { KeyMetadata: key } = await kms.send(
      new CreateKeyCommand({
        Description: strange,
        Tags: [{ TagKey: 'größe', TagValue: 'más + 1' }],
      }),
    )
    const { KeyMetadata: described } = await kms.send(new DescribeKeyCommand({ KeyId: key?.KeyId }))
    assert.equal(described?.Description, strange)
    const context = { [strange]: strange }
    const { CiphertextBlob: blob } = await kms.send(
      new EncryptCommand({
        KeyId: key?.KeyId,
        Plaintext: Buffer.from('x'),
        EncryptionContext: context,
      }),
    )
    const decrypt = new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: context })
    assert.equal(text((await kms.send(decrypt)).Plaintext), 'x')
    const name = 'a+b=c,d.e@f-g_h'
    const tag = { Key: 'größe 1', Value: 'más + = / : @ 1' }
    await iam.send(new CreateUserCommand({ UserName: name, Path: '/a!b/~c/', Tags: [tag] }))
    const { User: user } = await iam.send(new GetUserCommand({ UserName: name }))
    assert.equal(user?.Arn, `arn:aws:iam::${server.accountId}:user/a!b/~c/${name}`)
    const { Tags: tags } = await iam.send(new ListUserTagsCommand({ UserName: name }))
    assert.deepEqual(tags, [tag])
  })

  test('a trust policy comes back as it was written, and dates are dates', async () => {
    const policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ],
    })
    await iam.send(new CreateRoleCommand({ RoleName: 'written', AssumeRolePolicyDocument: policy }))
    const { Role: role } = await iam.send(new GetRoleCommand({ RoleName: 'written' }))
    assert.equal(decodeURIComponent(role?.AssumeRolePolicyDocument ?? ''), policy)
    assert.ok(role?.CreateDate instanceof Date)
    const { User: user } = await iam.send(new CreateUserCommand({ UserName: 'waited' }))
    assert.ok(user?.CreateDate instanceof Date)
    const waiter = await waitUntilUserExists(
      { client: iam, maxWaitTime: 5 },
      { UserName: 'waited' },
    )
    assert.equal(waiter.state, 'SUCCESS')
    let pages = 0
    for await (const page of paginateListUsers({ client: iam, pageSize: 1 }, {})) {
      assert.equal(page.Users?.length, 1)
      pages++
    }
    assert.ok(pages > 1)
  })

  test('a secret encapsulated is the secret decapsulated', async () => {
    for (const spec of ['ML_KEM_512', 'ML_KEM_768', 'ML_KEM_1024'] as const) {
      const { KeyMetadata: key } = await kms.send(
        new CreateKeyCommand({ KeySpec: spec, KeyUsage: 'ENCAPSULATE_DECAPSULATE' }),
      )
      const use = { KeyId: key?.KeyId, EncapsulationAlgorithm: 'ML_KEM' } as const
      const sent = await kms.send(new EncapsulateCommand(use))
      const blob = sent.SharedSecretCiphertextBlob
      const got = await kms.send(
        new DecapsulateCommand({ ...use, SharedSecretCiphertextBlob: blob }),
      )
      assert.equal(got.SharedSecret?.length, 32)
      assert.deepEqual(got.SharedSecret, sent.SharedSecret)
    }
  })

  test('a key of another account needs both its policy and the caller’s', async () => {
    const other = await newAccount('tenant')
    const theirs = new KMSClient(settings(other.admin))
    const { id, arn } = await newKey()
    const encrypt = () =>
      theirs.send(new EncryptCommand({ KeyId: arn, Plaintext: Buffer.from('x') }))
    await assert.rejects(encrypt(), {
      name: 'AccessDeniedException',
      message:
        /is not authorized to perform: kms:Encrypt on this resource because the resource does not exist in this Region, no resource-based policies allow access/,
    })
    const { Policy: document = '' } = await kms.send(new GetKeyPolicyCommand({ KeyId: id }))
    const policy = JSON.parse(document) as { Statement: object[] }
    policy.Statement.push({
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${other.accountId}:root` },
      Action: ['kms:Encrypt', 'kms:Decrypt'],
      Resource: '*',
    })
    await kms.send(new PutKeyPolicyCommand({ KeyId: id, Policy: JSON.stringify(policy) }))
    const { CiphertextBlob: blob } = await encrypt()
    assert.equal(
      text((await kms.send(new DecryptCommand({ CiphertextBlob: blob }))).Plaintext),
      'x',
    )
    const theirIam = new IAMClient(settings(other.admin))
    await theirIam.send(new CreateUserCommand({ UserName: 'weak' }))
    const { AccessKey: key } = await theirIam.send(new CreateAccessKeyCommand({ UserName: 'weak' }))
    const weak = new KMSClient(
      settings({
        accessKeyId: key?.AccessKeyId ?? '',
        secretAccessKey: key?.SecretAccessKey ?? '',
      }),
    )
    await assert.rejects(weak.send(new DecryptCommand({ CiphertextBlob: blob })), {
      name: 'AccessDeniedException',
    })
  })

  test('a grant token works with the client that got it', async () => {
    const { id, arn } = await newKey()
    const { arn: grantee, key } = await newUser('grantee')
    const { GrantToken: token = '' } = await kms.send(
      new CreateGrantCommand({ KeyId: id, GranteePrincipal: grantee, Operations: ['Encrypt'] }),
    )
    const own = new KMSClient(settings(key))
    const encrypt = new EncryptCommand({
      KeyId: arn,
      Plaintext: Buffer.from('x'),
      GrantTokens: [token],
    })
    assert.equal((await own.send(encrypt)).KeyId, arn)
  })

  test('a role’s session goes through, and ends up in the trail under its own name', async () => {
    const { arn, key } = await newUser('assumer')
    const trust = { Effect: 'Allow', Principal: { AWS: arn }, Action: 'sts:AssumeRole' }
    const { Role: role } = await iam.send(
      new CreateRoleCommand({
        RoleName: 'assumed',
        AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
      }),
    )
    const allow = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: role?.Arn }
    await iam.send(
      new PutUserPolicyCommand({
        UserName: 'assumer',
        PolicyName: 'assume',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [allow] }),
      }),
    )
    const sts = new STSClient(settings(key))
    const { Credentials: session } = await sts.send(
      new AssumeRoleCommand({ RoleArn: role?.Arn, RoleSessionName: 'session-1' }),
    )
    assert.ok((session?.Expiration?.getTime() ?? 0) > Date.now())
    const credentials = {
      accessKeyId: session?.AccessKeyId ?? '',
      secretAccessKey: session?.SecretAccessKey ?? '',
      sessionToken: session?.SessionToken ?? '',
    }
    const who = await new STSClient(settings(credentials)).send(new GetCallerIdentityCommand({}))
    assert.equal(who.Arn, `arn:aws:sts::${server.accountId}:assumed-role/assumed/session-1`)
    await assert.rejects(
      new KMSClient(settings(credentials)).send(new ListKeysCommand({})),
      /assumed-role\/assumed\/session-1 is not authorized to perform: kms:ListKeys/,
    )
    const trail = new CloudTrailClient(settings())
    const names: string[] = []
    for await (const page of paginateLookupEvents(
      { client: trail, pageSize: 2 },
      { LookupAttributes: [{ AttributeKey: 'Username', AttributeValue: 'session-1' }] },
    )) {
      names.push(...(page.Events ?? []).map(({ EventName: name }) => name ?? ''))
    }
    assert.ok(names.includes('ListKeys'), names.join(', '))
  })

  test('the Encryption SDK encrypts under a key in two Regions and decrypts with either', async () => {
    const far = 'eu-west-1'
    const { KeyMetadata: key } = await kms.send(new CreateKeyCommand({ MultiRegion: true }))
    const api = new KMS(settings())
    await api.replicateKey({ KeyId: key?.KeyId, ReplicaRegion: far })
    const clientProvider = (region: string) => new KMS({ ...settings(), region }) as never
    const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
    const replica = key?.Arn?.replace(server.region, far) ?? ''
    const keyring = new KmsKeyringNode({
      generatorKeyId: key?.Arn ?? '',
      keyIds: [replica],
      clientProvider,
    })
    const encryptionContext = { purpose: 'conformance' }
    const { result } = await encrypt(keyring, 'a long text', { encryptionContext })
    for (const keyIds of [[key?.Arn ?? ''], [replica]]) {
      const reader = new KmsKeyringNode({ keyIds, clientProvider })
      const { plaintext, messageHeader } = await decrypt(reader, result)
      assert.equal(plaintext.toString(), 'a long text')
      assert.equal(messageHeader.encryptionContext['purpose'], 'conformance')
    }
  })

  test('a policy change holds from the next call on', async () => {
    const { key } = await newUser('changing')
    const own = new KMSClient(settings(key))
    await assert.rejects(own.send(new ListKeysCommand({})), { name: 'AccessDeniedException' })
    await iam.send(
      new AttachUserPolicyCommand({
        UserName: 'changing',
        PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
      }),
    )
    assert.ok((await own.send(new ListKeysCommand({}))).Keys)
  })

  test('a client that lives on while the clock moves a year keeps being served', async () => {
    const own = await startServer()
    try {
      const living = new KMSClient({
        endpoint: own.endpoint,
        region: own.region,
        credentials: own.admin,
      })
      const { KeyMetadata: key } = await living.send(new CreateKeyCommand({}))
      for (const duration of ['90d', '365d', '12h']) {
        await own.bartizan('clock', 'advance', duration)
        for (let call = 0; call < 3; call++) {
          const { KeyMetadata: seen } = await living.send(
            new DescribeKeyCommand({ KeyId: key?.KeyId }),
          )
          assert.deepEqual(seen, key)
        }
      }
    } finally {
      await own.stop()
    }
  })
})
