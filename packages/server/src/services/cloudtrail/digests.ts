import { hash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import type { Job } from '../../kernel/jobs.ts'
import { keyStart, putObject } from './destinations.ts'
import { datePath } from './log-files.ts'
import { currentSigningKey, signText } from './signing.ts'
import { ownerOf } from './trail-lookup.ts'
import { deliveries, trails } from './trail-store.ts'
import type {
  DeliveryRow,
  LastDigest,
  SigningKeyRow,
  TrailRow,
  UndigestedFile,
} from './trail-store.ts'

const hourMs = 3_600_000

/** Delivers the digest files of the past hour: what was delivered, signed, each upon the one before. */
export const digestJob: Job = {
  name: 'cloudtrail.digest',
  async run(ctx, key) {
    const trail = await ctx.store.table(trails).get(key)
    const state = await ctx.store.table(deliveries).get(key)
    if (!trail?.validatesFiles || !state) return
    if (!state.isLogging && state.undigested.length === 0) return
    const signingKey = await currentSigningKey(ctx)
    const at = ctx.now.toISOString()
    let next = state
    try {
      for (const place of placesOf(trail, state)) {
        next = await deliverDigest(ctx, { trail, state: next, signingKey, ...place })
      }
      next = { ...next, digestFrom: at, undigested: [], digest: { at, succeededAt: at } }
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      // What could not be delivered is in the next digest.
      next = { ...state, digest: { ...state.digest, at, error: error.code } }
    }
    ctx.store.table(deliveries).put(key, next)
    if (next.isLogging) ctx.schedule.at(digestJob, key, new Date(ctx.now.getTime() + hourMs))
  },
}

/** The accounts and Regions that get a digest: home, and wherever there ever were files. */
function placesOf(trail: TrailRow, state: DeliveryRow): { account: string; region: string }[] {
  const keys = new Set([
    `${ownerOf(trail)}/${trail.homeRegion}`,
    ...Object.keys(state.lastDigests),
    ...state.undigested.map(({ account, region }) => `${account}/${region}`),
  ])
  return [...keys].map((key) => {
    const [account = '', region = ''] = key.split('/')
    return { account, region }
  })
}

interface Digesting {
  readonly trail: TrailRow
  readonly state: DeliveryRow
  readonly signingKey: SigningKeyRow
  readonly account: string
  readonly region: string
}

async function deliverDigest(ctx: Context, digesting: Digesting): Promise<DeliveryRow> {
  const { trail, state, signingKey, account, region } = digesting
  const end = wholeSecond(ctx.now)
  const files = state.undigested.filter(
    (file) => file.account === account && file.region === region,
  )
  const previous = state.lastDigests[`${account}/${region}`]
  const key = digestKey(trail, account, region, ctx.now)
  const digest = digestOf({ ...digesting, files, previous, key, end })
  const json = JSON.stringify(digest)
  const sha256 = hash('sha256', json)
  const toSign = `${end}\n${trail.bucket}/${key}\n${sha256}\n${previous?.signature ?? 'null'}`
  const signature = signText(toSign, signingKey)
  await putObject(ctx, trail, {
    key,
    body: gzipSync(json),
    metadata: { signature, 'signature-algorithm': 'SHA256withRSA' },
  })
  const last: LastDigest = { bucket: trail.bucket, key, sha256, signature }
  return { ...state, lastDigests: { ...state.lastDigests, [`${account}/${region}`]: last } }
}

/** A digest file's key, by which `aws cloudtrail validate-logs` finds it. */
function digestKey(trail: TrailRow, account: string, region: string, at: Date): string {
  const time = wholeSecond(at).replace(/[-:]/g, '')
  const name = `${account}_CloudTrail-Digest_${region}_${trail.name}_${trail.homeRegion}_${time}.json.gz`
  return `${keyStart(trail, account)}/CloudTrail-Digest/${region}/${datePath(at)}/${name}`
}

/**
 * The content of a digest file
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html).
 */
function digestOf(
  facts: Digesting & {
    readonly files: readonly UndigestedFile[]
    readonly previous: LastDigest | undefined
    readonly key: string
    readonly end: string
  },
): object {
  const { trail, state, signingKey, account, files, previous, key, end } = facts
  return {
    awsAccountId: account,
    digestStartTime: wholeSecond(new Date(state.digestFrom ?? end)),
    digestEndTime: end,
    digestS3Bucket: trail.bucket,
    digestS3Object: key,
    digestPublicKeyFingerprint: signingKey.fingerprint,
    digestSignatureAlgorithm: 'SHA256withRSA',
    newestEventTime:
      files
        .map(({ newest }) => newest)
        .toSorted()
        .at(-1) ?? null,
    oldestEventTime: files.map(({ oldest }) => oldest).toSorted()[0] ?? null,
    previousDigestS3Bucket: previous?.bucket ?? null,
    previousDigestS3Object: previous?.key ?? null,
    previousDigestHashValue: previous?.sha256 ?? null,
    previousDigestHashAlgorithm: previous ? 'SHA-256' : null,
    previousDigestSignature: previous?.signature ?? null,
    logFiles: files.map((file) => ({
      s3Bucket: file.bucket,
      s3Object: file.key,
      hashValue: file.sha256,
      hashAlgorithm: 'SHA-256',
      newestEventTime: file.newest,
      oldestEventTime: file.oldest,
    })),
  }
}

function wholeSecond(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`
}
