import { iamCall, kmsCall, signedBytes } from '../conformance/faults/signed-request.ts'
import type { Signer, WireCall } from '../conformance/faults/signed-request.ts'
import { drive } from './load.ts'

/** Requests of one kind, one for each key that they go to. */
export interface Workload {
  readonly operation: string
  readonly requests: readonly Buffer[]
}

/** How many different requests a workload has at most: the keys are chosen evenly. */
const distinctRequests = 10_000
const setUpConnections = 64
const plaintext = Buffer.alloc(64, 'b').toString('base64')
const digest = Buffer.alloc(32, 7).toString('base64')
const policyCount = 1_000
/** AWS's quota of managed policies on a user or group, and of groups of a user. */
const attachedCount = 10

/** Makes `count` symmetric keys and returns the requests that use them. */
export async function encryptionWorkloads(signer: Signer, count: number): Promise<Workload[]> {
  const ids = await createKeys(signer, 'SYMMETRIC_DEFAULT', count)
  return encryptionOf(signer, spread(ids))
}

/** The requests that use existing symmetric keys, signed by `signer`. */
export async function encryptionOf(signer: Signer, ids: readonly string[]): Promise<Workload[]> {
  const sign = (call: WireCall) => signedBytes(call, signer)
  const encrypt = await Promise.all(
    ids.map((id) => sign(kmsCall('Encrypt', { KeyId: id, Plaintext: plaintext }))),
  )
  const blobs = await answersOf<{ CiphertextBlob: string }>(signer, encrypt)
  const decrypt = blobs.map(({ CiphertextBlob }) => sign(kmsCall('Decrypt', { CiphertextBlob })))
  const dataKey = ids.map((id) =>
    sign(kmsCall('GenerateDataKey', { KeyId: id, KeySpec: 'AES_256' })),
  )
  return [
    { operation: 'Encrypt', requests: encrypt },
    { operation: 'Decrypt', requests: await Promise.all(decrypt) },
    { operation: 'GenerateDataKey', requests: await Promise.all(dataKey) },
  ]
}

/** Makes one key of each signing kind and returns the requests that sign with them. */
export async function signingWorkloads(signer: Signer): Promise<Workload[]> {
  const kinds = [
    { operation: 'Sign P-256', spec: 'ECC_NIST_P256', algorithm: 'ECDSA_SHA_256' },
    { operation: 'Sign RSA-2048', spec: 'RSA_2048', algorithm: 'RSASSA_PSS_SHA_256' },
  ]
  const workloads: Workload[] = []
  for (const { operation, spec, algorithm } of kinds) {
    const [id] = await createKeys(signer, spec, 1)
    const input = { KeyId: id, Message: digest, MessageType: 'DIGEST', SigningAlgorithm: algorithm }
    workloads.push({ operation, requests: [await signedBytes(kmsCall('Sign', input), signer)] })
  }
  return workloads
}

/**
 * Fills the account with 1,000 managed policies and makes a user who has ten of them and ten more through
 * each of ten groups. Only the last group's last policy allows what is measured. Returns the user as signer.
 */
export async function policyBoundSigner(administrator: Signer): Promise<Signer> {
  const policies = Array.from({ length: policyCount }, (_, index) => `bench-${index}`)
  const groups = Array.from({ length: attachedCount }, (_, index) => `bench-group-${index}`)
  const arn = (index: number) => `arn:aws:iam::000000000000:policy/bench-${index}`
  const act = (calls: readonly WireCall[]) => perform(administrator, calls)
  await act([
    iamCall('CreateUser', { UserName: 'bench' }),
    ...groups.map((GroupName) => iamCall('CreateGroup', { GroupName })),
    ...policies.map((PolicyName, index) =>
      iamCall('CreatePolicy', { PolicyName, PolicyDocument: policyDocument(index) }),
    ),
  ])
  await act([
    ...groups.map((GroupName) => iamCall('AddUserToGroup', { GroupName, UserName: 'bench' })),
    ...range(0, attachedCount).map((index) =>
      iamCall('AttachUserPolicy', { UserName: 'bench', PolicyArn: arn(index) }),
    ),
    ...groups.flatMap((GroupName, group) =>
      range(attachedCount * (group + 1), attachedCount).map((index) =>
        iamCall('AttachGroupPolicy', { GroupName, PolicyArn: arn(index) }),
      ),
    ),
  ])
  const [answer] = await perform(administrator, [iamCall('CreateAccessKey', { UserName: 'bench' })])
  const field = (name: string) => new RegExp(`<${name}>([^<]+)<`).exec(answer ?? '')?.[1] ?? ''
  const credentials = {
    accessKeyId: field('AccessKeyId'),
    secretAccessKey: field('SecretAccessKey'),
  }
  return { port: administrator.port, credentials }
}

const allowingPolicy = attachedCount * (attachedCount + 1) - 1

function policyDocument(index: number): string {
  const resource = `arn:aws:s3:::bench-${index}/\${aws:username}/*`
  const condition = { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } }
  const storage = { Effect: 'Allow', Action: ['s3:Get*', 's3:PutObject'], Resource: resource }
  const keys = { Effect: 'Allow', Action: 'kms:*', Resource: '*', Condition: condition }
  const Statement = index === allowingPolicy ? [storage, keys] : [storage]
  return JSON.stringify({ Version: '2012-10-17', Statement })
}

/** Makes `count` keys and returns their ids. */
export async function createKeys(signer: Signer, spec: string, count: number): Promise<string[]> {
  const KeyUsage = spec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : 'SIGN_VERIFY'
  const request = await signedBytes(kmsCall('CreateKey', { KeySpec: spec, KeyUsage }), signer)
  const answers = await answersOf<{ KeyMetadata: { KeyId: string } }>(signer, [request], count)
  return answers.map(({ KeyMetadata }) => KeyMetadata.KeyId)
}

/** Evenly chosen ids, as many as a workload has different requests. */
export function spread(ids: readonly string[]): string[] {
  const step = Math.max(1, ids.length / distinctRequests)
  const picked: string[] = []
  for (let at = 0; at < ids.length; at += step) picked.push(ids[Math.floor(at)] ?? '')
  return picked
}

async function answersOf<T>(
  { port }: Signer,
  requests: readonly Buffer[],
  count = requests.length,
): Promise<T[]> {
  const answers: T[] = []
  const connections = Math.min(setUpConnections, count)
  const answered = (request: number, _status: number, body: Buffer) => {
    answers[request] = JSON.parse(body.toString())
  }
  await drive({ port, connections, requests, count, answered })
  return answers
}

async function perform(signer: Signer, calls: readonly WireCall[]): Promise<string[]> {
  const requests = await Promise.all(calls.map((call) => signedBytes(call, signer)))
  const answers: string[] = []
  const connections = Math.min(setUpConnections, calls.length)
  const answered = (request: number, _status: number, body: Buffer) => {
    answers[request] = body.toString()
  }
  await drive({ port: signer.port, connections, requests, count: calls.length, answered })
  return answers
}

function range(from: number, length: number): number[] {
  return Array.from({ length }, (_, index) => from + index)
}
