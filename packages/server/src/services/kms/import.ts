import {
  DeleteImportedKeyMaterial$,
  ExpiredImportTokenException$,
  GetParametersForImport$,
  ImportKeyMaterial$,
  InvalidImportTokenException$,
} from '@aws-sdk/client-kms'
import type {
  DeleteImportedKeyMaterialRequest,
  DeleteImportedKeyMaterialResponse,
  GetParametersForImportRequest,
  GetParametersForImportResponse,
  ImportKeyMaterialRequest,
  ImportKeyMaterialResponse,
} from '@aws-sdk/client-kms'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { Job } from '../../kernel/jobs.ts'
import { operation } from '../../kernel/service.ts'
import { keyAccess } from './authorisation.ts'
import { canWrap, newImportParameters, unwrapMaterial } from './crypto/import.ts'
import { loadPair, materialId } from './crypto/material.ts'
import { invalidCiphertext, notFound, translated, unsupported, wrongOrigin } from './errors.ts'
import { afterImport, checkExpiry, checkImport } from './import-rules.ts'
import type { KeySubject } from './key-reference.ts'
import { requireState } from './key-states.ts'
import { ownKey } from './keys.ts'
import { keepMaterial } from './material-store.ts'
import { daysAfter, isReplica, withMaterial } from './model.ts'
import { syncReplicas } from './rotate.ts'
import { imports, keys, materials } from './store.ts'
import type { ImportRow, KeyRow, MaterialFacts } from './store.ts'

const purpose = 'kms-import-token'

function requireImported(key: KeyRow): void {
  if (key.origin !== 'EXTERNAL') throw wrongOrigin(key)
}

/** GetParametersForImport: a wrapping key pair of which the public half leaves, for 24 hours. */
export const GetParametersForImport = operation<
  GetParametersForImportRequest,
  GetParametersForImportResponse,
  KeySubject
>(GetParametersForImport$, {
  resolve: (input, ctx) => ownKey(ctx, input.KeyId, 'GetParametersForImport'),
  access: (input, ctx, subject) =>
    keyAccess(ctx, subject, {
      conditions: {
        'kms:wrappingalgorithm': input.WrappingAlgorithm,
        'kms:wrappingkeyspec': input.WrappingKeySpec,
      },
    }),
  async handle(input, ctx, { key, tables }) {
    requireImported(key)
    requireState(key, 'GetParametersForImport')
    const { WrappingAlgorithm: algorithm = 'RSAES_OAEP_SHA_256', WrappingKeySpec = 'RSA_2048' } =
      input
    const wrappingKeySpec = WrappingKeySpec
    if (!canWrap({ algorithm, wrappingKeySpec, spec: key.spec })) {
      throw unsupported(
        `Wrapping algorithm ${algorithm} with wrapping key spec ${wrappingKeySpec} is not supported for key spec ${key.spec}.`,
      )
    }
    const { material, publicKey } = await newImportParameters(wrappingKeySpec)
    const validTo = daysAfter(ctx.now, 1)
    const id = ctx.ids.uuid()
    tables.table(imports).put(id, {
      keyId: key.id,
      wrappingKeySpec,
      algorithm,
      validTo: validTo.toISOString(),
      privateKey: Buffer.from(material).toString('base64'),
    })
    // Kept a while longer, so that a late token is told from a foreign one.
    ctx.schedule.at(forgetImportJob, id, daysAfter(validTo, 30))
    return {
      KeyId: key.arn,
      ImportToken: Buffer.from(ctx.secrets.seal(purpose, id)),
      PublicKey: publicKey,
      ParametersValidTo: validTo,
    }
  },
})

/** Erases the wrapping key of an import token that nobody can use any more. */
export const forgetImportJob: Job = {
  name: 'kms.forget-import',
  run(ctx, id) {
    ctx.store.table(imports).delete(id)
    return Promise.resolve()
  },
}

async function importRow(
  ctx: Context,
  { key, tables }: KeySubject,
  token: Uint8Array | undefined,
): Promise<ImportRow> {
  const id = ctx.secrets.open(purpose, Buffer.from(token ?? []).toString())
  const row = id === undefined ? undefined : await tables.table(imports).get(id)
  if (!row || row.keyId !== key.id) {
    throw awsError(
      InvalidImportTokenException$,
      'The import token is invalid or is associated with a different KMS key.',
    )
  }
  if (Date.parse(row.validTo) <= ctx.now.getTime()) {
    throw awsError(ExpiredImportTokenException$, 'The import token is expired.')
  }
  return row
}

function unwrapped(key: KeyRow, row: ImportRow, wrapped: Uint8Array | undefined): Uint8Array {
  const pair = loadPair(row.wrappingKeySpec, Buffer.from(row.privateKey, 'base64'))
  const material = translated(() =>
    unwrapMaterial({
      algorithm: row.algorithm,
      privateKey: pair.privateKey,
      wrapped: wrapped ?? new Uint8Array(),
      spec: key.spec,
    }),
  )
  if (!material) throw invalidCiphertext()
  return material
}

/** ImportKeyMaterial: first import, re-import of the same bytes, or new bytes for a rotation. */
export const ImportKeyMaterial = operation<
  ImportKeyMaterialRequest,
  ImportKeyMaterialResponse,
  KeySubject
>(ImportKeyMaterial$, {
  resolve: (input, ctx) => ownKey(ctx, input.KeyId, 'ImportKeyMaterial'),
  access: (input, ctx, subject) =>
    keyAccess(ctx, subject, {
      conditions: {
        'kms:expirationmodel': input.ExpirationModel ?? 'KEY_MATERIAL_EXPIRES',
        'kms:validto': input.ValidTo?.toISOString(),
      },
    }),
  async handle(input, ctx, subject) {
    const { key, tables } = subject
    requireImported(key)
    requireState(key, 'ImportKeyMaterial')
    checkExpiry(input, ctx.now)
    const row = await importRow(ctx, subject, input.ImportToken)
    const secret = unwrapped(key, row, input.EncryptedKeyMaterial)
    const id = materialId(key.id, secret)
    checkImport(key, { id, input })
    keepMaterial(tables, key.id, secret)
    const next = afterImport(key, { id, input })
    tables.table(keys).put(key.id, next)
    scheduleExpiry(ctx, key, { id, validTo: input.ValidTo })
    if (key.multiRegion) await shareImport(ctx, next, id)
    const symmetric = key.spec === 'SYMMETRIC_DEFAULT'
    return { KeyId: key.arn, ...(symmetric && { KeyMaterialId: id }) }
  },
})

function scheduleExpiry(
  ctx: Context,
  key: KeyRow,
  material: { id: string; validTo: Date | undefined },
): void {
  const subject = `${key.id}/${material.id}`
  if (material.validTo) ctx.schedule.at(expireJob, subject, material.validTo)
  else ctx.schedule.cancel(expireJob, subject)
}

/**
 * Tells a multi-Region key's relatives of an import. Replicas learn of material they may import
 * now; once all have it, the primary may rotate to it.
 */
async function shareImport(ctx: Context, key: KeyRow, id: string): Promise<void> {
  const facts = key.materials.find((material) => material.id === id)
  if (!facts) return
  if (!isReplica(key)) {
    await syncReplicas(ctx, key, (replica) => withAnnounced(replica, facts))
    if (key.multiRegion?.replicas.length === 0) return
  }
  await promotePending(ctx, key, id)
}

function withAnnounced(replica: KeyRow, facts: MaterialFacts): KeyRow {
  if (replica.materials.some(({ id }) => id === facts.id)) return replica
  const announced: MaterialFacts = { id: facts.id, state: facts.state, present: false }
  const current = facts.state === 'CURRENT' && { currentMaterialId: facts.id }
  return { ...replica, materials: [...replica.materials, announced], ...current }
}

/** Moves material to PENDING_ROTATION when every Region has it. */
async function promotePending(ctx: Context, key: KeyRow, id: string): Promise<void> {
  const { primary, replicas } = key.multiRegion ?? { primary: key.region, replicas: [] }
  const regions = [primary, ...replicas]
  const tableOf = (region: string) => ctx.store.at({ region }).table(keys)
  const rows = await Promise.all(regions.map((region) => tableOf(region).get(key.id)))
  const has = (row: KeyRow | undefined) =>
    row?.materials.some((material) => material.id === id && material.present)
  if (!rows.every(has)) return
  for (const row of rows) {
    if (!row) continue
    const next = withMaterial(row, id, (facts) =>
      facts.state === 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'
        ? { ...facts, state: 'PENDING_ROTATION' }
        : facts,
    )
    tableOf(row.region).put(row.id, next)
  }
}

function withoutExpiry({
  expirationModel: _m,
  validTo: _v,
  ...facts
}: MaterialFacts): MaterialFacts {
  return { ...facts, present: false }
}

/** Erases imported material: pending material goes altogether, other material can come back. */
async function eraseImported(ctx: Context, key: KeyRow, facts: MaterialFacts): Promise<void> {
  const pending = facts.state.startsWith('PENDING')
  const everywhere = pending && !isReplica(key)
  const change = (row: KeyRow): KeyRow =>
    everywhere
      ? { ...row, materials: row.materials.filter(({ id }) => id !== facts.id) }
      : withMaterial(row, facts.id, withoutExpiry)
  ctx.store.table(keys).put(key.id, change(key))
  ctx.store.table(materials).delete(`${key.id}/${facts.id}`)
  ctx.schedule.cancel(expireJob, `${key.id}/${facts.id}`)
  if (!everywhere) return
  await syncReplicas(ctx, key, change)
  for (const region of key.multiRegion?.replicas ?? []) {
    ctx.store.at({ region }).table(materials).delete(`${key.id}/${facts.id}`)
  }
}

/** DeleteImportedKeyMaterial. */
export const DeleteImportedKeyMaterial = operation<
  DeleteImportedKeyMaterialRequest,
  DeleteImportedKeyMaterialResponse,
  KeySubject
>(DeleteImportedKeyMaterial$, {
  resolve: (input, ctx) => ownKey(ctx, input.KeyId, 'DeleteImportedKeyMaterial'),
  access: (_input, ctx, subject) => keyAccess(ctx, subject),
  async handle(input, ctx, { key }) {
    requireImported(key)
    const id = input.KeyMaterialId ?? key.currentMaterialId
    const facts = key.materials.find((material) => material.id === id)
    if (!facts && input.KeyMaterialId !== undefined) {
      throw notFound(`Key material ${input.KeyMaterialId} is not associated with ${key.arn}.`)
    }
    if (facts?.present) await eraseImported(ctx, key, facts)
    const symmetric = key.spec === 'SYMMETRIC_DEFAULT'
    return { KeyId: key.arn, ...(symmetric && facts && { KeyMaterialId: facts.id }) }
  },
})

/** Erases imported material at its ValidTo; the subject is `<key id>/<material id>`. */
export const expireJob: Job = {
  name: 'kms.expire',
  async run(ctx, subject) {
    const [keyId = '', id] = subject.split('/')
    const key = await ctx.store.table(keys).get(keyId)
    const facts = key?.materials.find((material) => material.id === id)
    if (!key || !facts?.validTo || Date.parse(facts.validTo) > ctx.now.getTime()) return
    await eraseImported(ctx, key, facts)
    ctx.audit.serviceEvent({
      name: 'DeleteImportedKeyMaterial',
      resources: [{ ARN: key.arn, accountId: key.accountId, type: 'AWS::KMS::Key' }],
      details: { keyId: key.id, keyMaterialId: facts.id },
    })
  },
}
