import type { Context } from '../../kernel/context.ts'
import type { Job } from '../../kernel/jobs.ts'
import { copyMaterial, newMaterial } from './material-store.ts'
import { daysAfter, isReplica, keyState, rotated } from './model.ts'
import { keys } from './store.ts'
import type { KeyRow, MaterialFacts } from './store.ts'

/** Changes every replica of a multi-Region primary; replicas that are gone are passed over. */
export async function syncReplicas(
  ctx: Context,
  primary: KeyRow,
  change: (replica: KeyRow) => KeyRow,
): Promise<void> {
  for (const region of primary.multiRegion?.replicas ?? []) {
    const table = ctx.store.at({ account: primary.accountId, region }).table(keys)
    const replica = await table.get(primary.id)
    if (replica) table.put(replica.id, change(replica))
  }
}

/** What starts a rotation. */
export interface Rotation {
  readonly type: 'AUTOMATIC' | 'ON_DEMAND'
  /** The imported material to rotate to; absent: KMS makes new material. */
  readonly imported?: MaterialFacts
}

/**
 * Rotates a key's material, and that of its replicas: new encryption uses the new material, the
 * old ones stay for decryption. Returns the changed row, which is written already.
 */
export async function rotateKey(ctx: Context, key: KeyRow, rotation: Rotation): Promise<KeyRow> {
  const home = ctx.store.at({ account: key.accountId, region: key.region })
  const material = rotation.imported ?? (await newMaterial(home, key))
  const change = { at: ctx.now, type: rotation.type }
  const next = rotated(key, material, change)
  home.table(keys).put(key.id, next)
  await syncReplicas(ctx, next, (replica) => {
    // A replica's own import decides whether its copy of imported material is there.
    const own = replica.materials.find(({ id }) => id === material.id) ?? material
    return rotated(replica, own, change)
  })
  for (const region of next.multiRegion?.replicas ?? []) {
    if (rotation.imported) continue
    const place = ctx.store.at({ account: key.accountId, region })
    await copyMaterial(home, place, `${key.id}/${material.id}`)
  }
  recordRotation(ctx, key, { material, rotation })
  return next
}

function recordRotation(
  ctx: Context,
  key: KeyRow,
  { material, rotation }: { material: MaterialFacts; rotation: Rotation },
): void {
  const resources = [{ ARN: key.arn, accountId: key.accountId, type: 'AWS::KMS::Key' }]
  ctx.audit.serviceEvent({
    name: 'RotateKey',
    resources,
    details: {
      keyId: key.id,
      keyOrigin: key.origin,
      rotationType: rotation.type,
      previousKeyMaterialId: key.currentMaterialId,
      currentKeyMaterialId: material.id,
    },
  })
  if ((key.multiRegion?.replicas.length ?? 0) > 0) {
    ctx.audit.serviceEvent({
      name: 'SynchronizeMultiRegionKey',
      resources,
      details: { keyId: key.id },
    })
  }
}

/** Puts a new rotation schedule on a key and its replicas; undefined ends automatic rotation. */
export async function setRotation(
  ctx: Context,
  key: KeyRow,
  rotation: KeyRow['rotation'] | undefined,
): Promise<void> {
  const change = ({ rotation: _old, ...rest }: KeyRow): KeyRow => ({
    ...rest,
    ...(rotation && { rotation }),
  })
  ctx.store.at({ account: key.accountId, region: key.region }).table(keys).put(key.id, change(key))
  await syncReplicas(ctx, key, change)
  const place = { account: key.accountId, region: key.region }
  if (rotation) ctx.schedule.at(rotateJob, key.id, new Date(rotation.nextAt), place)
  else ctx.schedule.cancel(rotateJob, key.id, place)
}

/** Rotates a key whose automatic rotation is due, and sets the next date. */
export async function rotateIfDue(ctx: Context, key: KeyRow): Promise<void> {
  const { rotation } = key
  if (!rotation || isReplica(key) || Date.parse(rotation.nextAt) > ctx.now.getTime()) return
  // Disabled keys and keys that wait for deletion catch up when they are enabled again.
  if (keyState(key) !== 'Enabled') return
  const next = await rotateKey(ctx, key, { type: 'AUTOMATIC' })
  const nextAt = daysAfter(ctx.now, rotation.periodDays).toISOString()
  await setRotation(ctx, next, { ...rotation, nextAt })
}

/** Automatic rotation at its due date; the subject is the key id. */
export const rotateJob: Job = {
  name: 'kms.rotate',
  async run(ctx, keyId) {
    const key = await ctx.store.table(keys).get(keyId)
    if (key) await rotateIfDue(ctx, key)
  },
}
