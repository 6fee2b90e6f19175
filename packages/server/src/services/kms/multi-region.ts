import { AlreadyExistsException$, ReplicateKey$, UpdatePrimaryRegion$ } from '@aws-sdk/client-kms'
import type {
  ReplicateKeyRequest,
  ReplicateKeyResponse,
  UpdatePrimaryRegionRequest,
} from '@aws-sdk/client-kms'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { shownPolicy } from '../../kernel/identity/principal-ids.ts'
import { operation } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { auditKey, callConditions, keyAccess } from './authorisation.ts'
import { notFound, unsupported, validation } from './errors.ts'
import { checkedKeyPolicy, defaultKeyPolicy } from './key-policy.ts'
import type { KeySubject } from './key-reference.ts'
import { requireState } from './key-states.ts'
import { ownKey } from './keys.ts'
import { copyMaterial } from './material-store.ts'
import { partitionOf } from '../../kernel/partition.ts'
import { arnOf, isReplica, metadataOf } from './model.ts'
import { rotateJob, syncReplicas } from './rotate.ts'
import { keys } from './store.ts'
import type { KeyRow, MaterialFacts } from './store.ts'
import { mergeTags, tagsOut } from './tagging.ts'

const regionForm = /^[a-z]{2}(-(gov|iso[a-z]?))?-(north|south|east|west|central){1,2}-\d$/

function requireRegion(key: KeyRow, region: string): void {
  if (!regionForm.test(region) || partitionOf(region) !== partitionOf(key.region)) {
    throw validation(`${region} is not a valid Region.`)
  }
}

function requirePrimary(key: KeyRow): void {
  if (!key.multiRegion || isReplica(key)) {
    throw unsupported(`${key.arn} is not a multi-region primary key.`)
  }
}

/** Imported material does not travel: the replica knows of it and waits for its own import. */
function replicaMaterial(key: KeyRow, facts: MaterialFacts): MaterialFacts {
  if (key.origin !== 'EXTERNAL') return facts
  const { expirationModel: _model, validTo: _validTo, ...rest } = facts
  return { ...rest, present: false }
}

async function replicaOf(key: KeyRow, input: ReplicateKeyRequest, ctx: Context): Promise<KeyRow> {
  const region = input.ReplicaRegion ?? ''
  const { deletion: _deletion, ...shared } = key
  const replicas = [...(key.multiRegion?.replicas ?? []), region].sort()
  const arn = arnOf(region, key.accountId, `key/${key.id}`)
  const policy =
    input.Policy === undefined
      ? defaultKeyPolicy(key.accountId, region)
      : await checkedKeyPolicy(ctx, input.Policy, {
          arn,
          accountId: key.accountId,
          bypassLockoutCheck: input.BypassPolicyLockoutSafetyCheck,
        })
  return {
    ...shared,
    region,
    arn,
    createdAt: ctx.now.toISOString(),
    description: input.Description ?? '',
    enabled: true,
    multiRegion: { primary: key.region, replicas },
    policy,
    tags: mergeTags([], input.Tags),
    aliases: [],
    materials: key.materials.map((facts) => replicaMaterial(key, facts)),
  }
}

/** ReplicateKey: the same key in another Region, with its own policy, tags, aliases and state. */
export const ReplicateKey = operation<ReplicateKeyRequest, ReplicateKeyResponse, KeySubject>(
  ReplicateKey$,
  {
    resolve: (input, ctx) => ownKey(ctx, input.KeyId, 'ReplicateKey'),
    access(input, ctx, subject) {
      const conditions = {
        ...callConditions(ctx),
        ...requestTagConditions(input.Tags),
        'kms:replicaregion': input.ReplicaRegion,
        'kms:bypasspolicylockoutsafetycheck': String(input.BypassPolicyLockoutSafetyCheck ?? false),
      }
      const { key } = subject
      const ofReplica = {
        ...conditions,
        'aws:requestedregion': input.ReplicaRegion,
        'kms:keyspec': key.spec,
        'kms:keyusage': key.usage,
        'kms:keyorigin': key.origin,
        'kms:multiregion': 'true',
        'kms:multiregionkeytype': 'REPLICA',
      }
      const create = { action: 'kms:CreateKey', resource: '*', conditions: ofReplica }
      const arn = arnOf(input.ReplicaRegion ?? '', ctx.account, `key/${key.id}`)
      const tag = { action: 'kms:TagResource', resource: arn, conditions: ofReplica }
      const replicate = keyAccess(ctx, subject, { conditions })
      return input.Tags?.length ? [replicate, create, tag] : [replicate, create]
    },
    async handle(input, ctx, { key, tables }) {
      requirePrimary(key)
      requireState(key, 'ReplicateKey')
      const region = input.ReplicaRegion ?? ''
      requireRegion(key, region)
      const place = ctx.store.at({ region })
      if (region === key.region || (await place.table(keys).get(key.id))) {
        throw awsError(
          AlreadyExistsException$,
          `${arnOf(region, key.accountId, `key/${key.id}`)} already exists.`,
        )
      }
      const replica = await replicaOf(key, input, ctx)
      const { multiRegion } = replica
      await syncReplicas(ctx, key, (other) => ({ ...other, ...(multiRegion && { multiRegion }) }))
      tables.table(keys).put(key.id, { ...key, ...(multiRegion && { multiRegion }) })
      place.table(keys).put(key.id, replica)
      for (const facts of replica.materials) {
        if (facts.present) await copyMaterial(tables, place, `${key.id}/${facts.id}`)
      }
      auditKey(ctx, { key: replica })
      return {
        // AWS answers while the replica is still being made; by the next call it is there.
        ReplicaKeyMetadata: { ...metadataOf(replica), Enabled: false, KeyState: 'Creating' },
        ReplicaPolicy: await shownPolicy(ctx, replica.policy),
        ReplicaTags: tagsOut(replica.tags),
      }
    },
  },
)

/** The present primary and the replica that takes its place. */
interface PrimarySubject extends KeySubject {
  readonly next: KeyRow | undefined
}

async function primarySubject(
  input: UpdatePrimaryRegionRequest,
  ctx: Context,
): Promise<PrimarySubject> {
  const subject = await ownKey(ctx, input.KeyId, 'UpdatePrimaryRegion')
  const { PrimaryRegion: region = '' } = input
  const table = ctx.store.at({ region }).table(keys)
  return { ...subject, next: await table.get(subject.key.id) }
}

/** UpdatePrimaryRegion: a replica becomes the primary and the primary a replica. */
export const UpdatePrimaryRegion = operation<UpdatePrimaryRegionRequest, object, PrimarySubject>(
  UpdatePrimaryRegion$,
  {
    resolve: primarySubject,
    access(input, ctx, subject) {
      const conditions = { 'kms:primaryregion': input.PrimaryRegion }
      const present = keyAccess(ctx, subject, { conditions })
      if (!subject.next) return present
      const next = { key: subject.next, tables: ctx.store }
      return [present, keyAccess(ctx, next, { conditions })]
    },
    async handle(input, ctx, { key, next }) {
      requirePrimary(key)
      requireState(key, 'UpdatePrimaryRegion')
      const region = input.PrimaryRegion ?? ''
      requireRegion(key, region)
      if (region === key.region) return {}
      if (!next) {
        throw notFound(`Key '${arnOf(region, key.accountId, `key/${key.id}`)}' does not exist`)
      }
      const replicas = [...(key.multiRegion?.replicas ?? []), key.region]
        .filter((other) => other !== region)
        .sort()
      const multiRegion = { primary: region, replicas }
      const onDemandRotations = key.onDemandRotations
      await syncReplicas(ctx, key, (other) => ({ ...other, multiRegion, onDemandRotations }))
      ctx.store.table(keys).put(key.id, { ...key, multiRegion })
      if (key.rotation) {
        ctx.schedule.cancel(rotateJob, key.id)
        ctx.schedule.at(rotateJob, key.id, new Date(key.rotation.nextAt), { region })
      }
      return {}
    },
  },
)
