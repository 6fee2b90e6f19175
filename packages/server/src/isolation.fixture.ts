import { createHash } from 'node:crypto'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { STS } from '@aws-sdk/client-sts'
import type { TestServer } from '@bartizan/testkit'

/** Members that services take from one another. */
const takenFromOthers = /(Arn|ARN|arn|Url|KeyId|RoleName|UserName|AccountId|Bucket|S3BucketName)$/

/** Everything that a tenant's calls answered, by the name of the member. */
export class Loot {
  readonly #byName = new Map<string, Map<unknown, string>>()
  /** The service that is being planted. */
  planter = ''
  /** Texts that only the tenant may see. */
  readonly secrets = new Set<string>()

  /** Keeps what an answer holds, nested members too. */
  keep(answer: object, prefix = ''): void {
    for (const [name, value] of Object.entries(answer)) {
      if (name.startsWith('$') || value === undefined || value === null) continue
      if (Array.isArray(value)) for (const entry of value) this.keep({ [name]: entry })
      else if (typeof value === 'object' && !(value instanceof Uint8Array)) {
        if (!(value instanceof Date)) this.keep(value as object, name)
      } else this.#add(prefix + name, name, value)
    }
  }

  #add(long: string, name: string, value: unknown): void {
    for (const each of new Set([long, name])) {
      const values = this.#byName.get(each) ?? new Map<unknown, string>()
      this.#byName.set(each, values.set(value, this.planter))
    }
    if (typeof value === 'string' && isTelling(value)) this.secrets.add(value)
    if (value instanceof Uint8Array) this.secrets.add(Buffer.from(value).toString('base64'))
  }

  /** Values for a member of a service's call, by its own name and those that mean the same: the service's own, else other services'. */
  of(service: string, member: string, want: 'text' | 'bytes'): readonly unknown[] {
    const names = [member, ...(similar[member] ?? [])]
    const found = names
      .flatMap((name) => [...(this.#byName.get(name) ?? [])])
      .filter(([value]) =>
        want === 'bytes' ? value instanceof Uint8Array : typeof value === 'string',
      )
    const own = found.filter(([, planter]) => planter === service)
    const chosen = own.length > 0 || !takenFromOthers.test(member) ? own : found
    return [...new Set(chosen.map(([value]) => value))]
  }
}

/** Members that take what answers call otherwise. */
const similar: Readonly<Record<string, readonly string[]>> = {
  KeyId: ['KeyArn', 'KeyMetadataArn', 'AliasName', 'AliasArn'],
  SourceKeyId: ['KeyId', 'KeyArn', 'AliasArn'],
  DestinationKeyId: ['KeyId', 'KeyArn', 'AliasArn'],
  TargetKeyId: ['KeyId', 'KeyArn'],
  GrantTokens: ['GrantToken'],
  NextToken: ['NextToken', 'NextMarker'],
  Marker: ['NextMarker', 'Marker'],
  Ciphertext: ['CiphertextBlob'],
  PrivateKeyCiphertextBlob: ['CiphertextBlob'],
  PolicyArn: ['PolicyArn', 'Arn'],
  PolicySourceArn: ['Arn'],
  PermissionsBoundary: ['PolicyArn'],
  PermissionsBoundaryArn: ['PolicyArn'],
  arn: ['PolicyArn'],
  RoleArn: ['RoleArn'],
  GranteePrincipal: ['UserArn', 'RoleArn'],
  RetiringPrincipal: ['UserArn', 'RoleArn'],
  ResourceArn: ['UserArn', 'RoleArn'],
  SourceArn: ['UserArn'],
  AttributeValue: ['UserName', 'KeyArn', 'AccessKeyId', 'EventId'],
  NewUserName: ['UserName'],
  NewGroupName: ['GroupName'],
  VirtualMFADeviceName: ['VirtualMFADeviceName'],
}

/** Names of the owner's, identifiers that were made for it, and whatever is long. */
function isTelling(value: string): boolean {
  if (value.startsWith('arn:aws:iam::aws:')) return false
  return /canary|^A[A-Z]{3}[A-Z0-9]{16,}$|^(mrk-)?[0-9a-f-]{32,}$/.test(value) || value.length > 100
}

/** Makes what a tenant has in a service, and keeps its identifiers. */
export type Planting = (bartizan: TestServer, loot: Loot) => Promise<void>

const trust = (account: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: 'sts:AssumeRole',
      },
    ],
  })
const allowing = (action: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }],
  })
const Tags = [{ Key: 'canary-tag-of-owner', Value: 'canary-value-of-owner' }]

async function plantIam(bartizan: TestServer, loot: Loot): Promise<void> {
  const iam = bartizan.client(IAM)
  for (const UserName of ['canary-user-one', 'canary-user-two']) {
    loot.keep(await iam.createUser({ UserName, Tags }))
    loot.keep(await iam.createAccessKey({ UserName }))
  }
  const UserName = 'canary-user-one'
  await iam.createLoginProfile({ UserName, Password: 'canary-Pass-word-1' })
  for (const GroupName of ['canary-group-one', 'canary-group-two']) {
    loot.keep(await iam.createGroup({ GroupName }))
    await iam.addUserToGroup({ GroupName, UserName })
  }
  for (const name of ['one', 'two']) {
    loot.keep(
      await iam.createRole({
        RoleName: `canary-role-${name}`,
        AssumeRolePolicyDocument: trust(bartizan.accountId),
        Description: 'canary description of the owner',
        Tags,
      }),
    )
    loot.keep(
      await iam.createPolicy({
        PolicyName: `canary-policy-${name}`,
        PolicyDocument: allowing('canary:*'),
        Description: 'canary description of the owner',
        Tags,
      }),
    )
  }
  const PolicyName = 'canary-inline-policy'
  const PolicyDocument = allowing('canary:Inline')
  await iam.putUserPolicy({ UserName, PolicyName, PolicyDocument })
  await iam.putGroupPolicy({ GroupName: 'canary-group-one', PolicyName, PolicyDocument })
  await iam.putRolePolicy({ RoleName: 'canary-role-one', PolicyName, PolicyDocument })
  loot.keep({ PolicyName, VersionId: 'v1' })
  const PolicyArn = `arn:aws:iam::${bartizan.accountId}:policy/canary-policy-one`
  loot.keep({ PolicyArn })
  loot.keep(await iam.createPolicyVersion({ PolicyArn, PolicyDocument, SetAsDefault: false }))
  await iam.attachUserPolicy({ UserName, PolicyArn })
  await iam.attachRolePolicy({ RoleName: 'canary-role-one', PolicyArn })
  await iam.attachGroupPolicy({ GroupName: 'canary-group-one', PolicyArn })
  const InstanceProfileName = 'canary-instance-profile'
  loot.keep(await iam.createInstanceProfile({ InstanceProfileName, Tags }))
  await iam.addRoleToInstanceProfile({ InstanceProfileName, RoleName: 'canary-role-one' })
  loot.keep(await iam.createVirtualMFADevice({ VirtualMFADeviceName: 'canary-device', Tags }))
  loot.keep({ VirtualMFADeviceName: 'canary-device' })
  const Url = 'https://canary-issuer.example.com/owner'
  loot.keep({ Url, ClientID: 'canary-audience' })
  loot.keep(
    await iam.createOpenIDConnectProvider({
      Url,
      ClientIDList: ['canary-audience'],
      ThumbprintList: [createHash('sha1').update(Url).digest('hex')],
      Tags,
    }),
  )
  loot.keep(await iam.createServiceLinkedRole({ AWSServiceName: 'autoscaling.amazonaws.com' }))
  await iam.createAccountAlias({ AccountAlias: 'canary-alias-of-owner' })
  loot.keep({ AccountAlias: 'canary-alias-of-owner' })
  loot.keep(await iam.listUsers({ MaxItems: 1 }))
  loot.keep(await iam.generateCredentialReport({}))
  const { Content } = await iam.getCredentialReport({})
  loot.keep({ Content })
}

async function plantKms(bartizan: TestServer, loot: Loot): Promise<void> {
  const kms = bartizan.client(KMS)
  const Description = 'canary description of the key'
  const tags = [{ TagKey: 'canary-tag-of-owner', TagValue: 'canary-value-of-owner' }]
  const { KeyMetadata } = await kms.createKey({ Description, Tags: tags, MultiRegion: true })
  const KeyId = KeyMetadata?.KeyId ?? ''
  loot.keep({ KeyId, KeyArn: KeyMetadata?.Arn })
  const Plaintext = Buffer.from('canary plaintext of the owner')
  loot.keep(await kms.encrypt({ KeyId, Plaintext }))
  loot.secrets.add(Plaintext.toString('base64'))
  loot.keep(await kms.generateDataKey({ KeyId, KeySpec: 'AES_256' }))
  const AliasName = 'alias/canary-alias-of-owner'
  await kms.createAlias({ AliasName, TargetKeyId: KeyId })
  loot.keep({ AliasName, AliasArn: `arn:aws:kms:us-east-1:${bartizan.accountId}:${AliasName}` })
  const GranteePrincipal = `arn:aws:iam::${bartizan.accountId}:user/canary-user-two`
  const grant = { KeyId, GranteePrincipal, RetiringPrincipal: GranteePrincipal }
  for (const Name of ['canary-grant-one', 'canary-grant-two']) {
    loot.keep(
      await kms.createGrant({ ...grant, Name, Operations: ['Encrypt', 'Decrypt', 'RetireGrant'] }),
    )
  }
  loot.keep(await kms.listGrants({ KeyId, Limit: 1 }))
  await kms.rotateKeyOnDemand({ KeyId })
  const others = [
    { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
    { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' },
    { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
  ] as const
  for (const other of others) {
    const { KeyMetadata: made } = await kms.createKey({ ...other, Description })
    loot.keep({ KeyId: made?.KeyId, KeyArn: made?.Arn })
  }
  const { KeyMetadata: made } = await kms.createKey({ Origin: 'EXTERNAL', Description })
  loot.keep({ KeyId: made?.KeyId, KeyArn: made?.Arn })
  loot.keep(
    await kms.getParametersForImport({
      KeyId: made?.KeyId ?? '',
      WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
      WrappingKeySpec: 'RSA_2048',
    }),
  )
  loot.keep(await kms.listKeys({ Limit: 1 }))
  loot.keep(await kms.listAliases({ Limit: 1 }))
}

async function plantSts(bartizan: TestServer, loot: Loot): Promise<void> {
  const RoleArn = `arn:aws:iam::${bartizan.accountId}:role/canary-role-one`
  const sts = bartizan.client(STS)
  loot.keep({ RoleArn, UserArn: `arn:aws:iam::${bartizan.accountId}:user/canary-user-one` })
  loot.keep(await sts.assumeRole({ RoleArn, RoleSessionName: 'canary-session' }))
  loot.keep(await sts.getSessionToken({}))
  loot.keep(await sts.getFederationToken({ Name: 'canary-federated' }))
  const detail = JSON.stringify({ allowed: false, context: 'canary refusal of the owner' })
  const EncodedMessage = bartizan.server.kernel.box.seal('authorization-message', detail)
  loot.keep({ EncodedMessage })
}

/** What a tenant has in a service, made before a stranger calls; other services have a fixture of their own. */
export const plantings: Readonly<Record<string, Planting>> = {
  iam: plantIam,
  kms: plantKms,
  sts: plantSts,
}
