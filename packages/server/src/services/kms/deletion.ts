import { CancelKeyDeletion$, ScheduleKeyDeletion$ } from '@aws-sdk/client-kms'
import type {
  CancelKeyDeletionRequest,
  CancelKeyDeletionResponse,
  ScheduleKeyDeletionRequest,
  ScheduleKeyDeletionResponse,
} from '@aws-sdk/client-kms'
import type { Context, Tables } from '../../kernel/context.ts'
import type { Job } from '../../kernel/jobs.ts'
import { operation } from '../../kernel/service.ts'
import { keyAccess } from './authorisation.ts'
import { validation } from './errors.ts'
import type { KeySubject } from './key-reference.ts'
import { requireState } from './key-states.ts'
import { ownKey } from './keys.ts'
import { eraseMaterials } from './material-store.ts'
import { daysAfter, isReplica, keyState } from './model.ts'
import { rotateJob } from './rotate.ts'
import { aliases, grants, keyOwners, keys, retirables } from './store.ts'
import type { KeyRow } from './store.ts'

const defaultWindowDays = 30

/** The model lets 1 to 365 days through; KMS takes 7 to 30 (API reference of ScheduleKeyDeletion). */
function checkWindow({ PendingWindowInDays: days }: ScheduleKeyDeletionRequest): void {
  if (days === undefined || (days >= 7 && days <= 30)) return
  const bound = days < 7 ? 'greater than or equal to 7' : 'less than or equal to 30'
  throw validation(
    `1 validation error detected: Value '${days}' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value ${bound}`,
  )
}

/** Starts the waiting period of a key's deletion. */
function startWaiting(ctx: Context, key: KeyRow, windowDays: number): KeyRow {
  const date = daysAfter(ctx.now, windowDays)
  const next = { ...key, deletion: { windowDays, date: date.toISOString() } }
  const place = { account: key.accountId, region: key.region }
  ctx.store.at(place).table(keys).put(key.id, next)
  ctx.schedule.at(deleteJob, key.id, date, place)
  return next
}

/** ScheduleKeyDeletion; a multi-Region primary waits for its replicas to go first. */
export const ScheduleKeyDeletion = operation<
  ScheduleKeyDeletionRequest,
  ScheduleKeyDeletionResponse,
  KeySubject
>(ScheduleKeyDeletion$, {
  check: checkWindow,
  resolve: (input, ctx) => ownKey(ctx, input.KeyId, 'ScheduleKeyDeletion'),
  access: (input, ctx, subject) =>
    keyAccess(ctx, subject, {
      conditions: {
        'kms:schedulekeydeletionpendingwindowindays': String(
          input.PendingWindowInDays ?? defaultWindowDays,
        ),
      },
    }),
  handle(input, ctx, { key, tables }) {
    requireState(key, 'ScheduleKeyDeletion')
    const windowDays = input.PendingWindowInDays ?? defaultWindowDays
    const waitsForReplicas = !isReplica(key) && (key.multiRegion?.replicas.length ?? 0) > 0
    const answer = { KeyId: key.arn, PendingWindowInDays: windowDays }
    if (waitsForReplicas) {
      tables.table(keys).put(key.id, { ...key, deletion: { windowDays } })
      return { ...answer, KeyState: 'PendingReplicaDeletion' }
    }
    const next = startWaiting(ctx, key, windowDays)
    return {
      ...answer,
      DeletionDate: new Date(next.deletion?.date ?? ctx.now),
      KeyState: keyState(next),
    }
  },
})

/** CancelKeyDeletion; the key is Disabled afterwards. */
export const CancelKeyDeletion = operation<
  CancelKeyDeletionRequest,
  CancelKeyDeletionResponse,
  KeySubject
>(CancelKeyDeletion$, {
  resolve: (input, ctx) => ownKey(ctx, input.KeyId, 'CancelKeyDeletion'),
  access: (_input, ctx, subject) => keyAccess(ctx, subject),
  handle(_input, ctx, { key, tables }) {
    requireState(key, 'CancelKeyDeletion')
    const { deletion: _cancelled, ...rest } = key
    tables.table(keys).put(key.id, { ...rest, enabled: false })
    ctx.schedule.cancel(deleteJob, key.id)
    return { KeyId: key.arn }
  },
})

async function eraseGrants(ctx: Context, home: Tables, key: KeyRow): Promise<void> {
  for (const row of await home.table(grants).list({ index: 'key', equals: key.id })) {
    home.table(grants).delete(row.key)
    const account = row.value.retiring?.split(':')[4]
    if (account) {
      const place = ctx.store.at({ account, region: key.region })
      place.table(retirables).delete(row.value.id)
    }
  }
}

/** Takes a deleted replica off its relatives' lists; the last one lets a waiting primary go. */
async function forgetReplica(ctx: Context, key: KeyRow): Promise<void> {
  const { multiRegion } = key
  if (!multiRegion || !isReplica(key)) return
  const replicas = multiRegion.replicas.filter((region) => region !== key.region)
  for (const region of [multiRegion.primary, ...replicas]) {
    const table = ctx.store.at({ account: key.accountId, region }).table(keys)
    const relative = await table.get(key.id)
    if (!relative) continue
    const next = { ...relative, multiRegion: { ...multiRegion, replicas } }
    table.put(key.id, next)
    if (replicas.length > 0 || isReplica(next) || !next.deletion || next.deletion.date) continue
    startWaiting(ctx, next, next.deletion.windowDays)
  }
}

/** Deletes a key when its waiting period ends: material, aliases, grants and all. */
export const deleteJob: Job = {
  name: 'kms.delete',
  async run(ctx, keyId) {
    const home = ctx.store
    const key = await home.table(keys).get(keyId)
    if (!key?.deletion?.date || Date.parse(key.deletion.date) > ctx.now.getTime()) return
    eraseMaterials(home, key)
    for (const name of key.aliases) home.table(aliases).delete(name)
    await eraseGrants(ctx, home, key)
    await forgetReplica(ctx, key)
    home.table(keys).delete(keyId)
    if (!key.multiRegion || !isReplica(key)) home.table(keyOwners).delete(keyId)
    ctx.schedule.cancel(rotateJob, keyId)
    ctx.audit.serviceEvent({
      name: 'DeleteKey',
      resources: [{ ARN: key.arn, accountId: key.accountId, type: 'AWS::KMS::Key' }],
      details: { keyId },
    })
  },
}
