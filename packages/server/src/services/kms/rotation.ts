import {
  ConflictException$,
  DisableKeyRotation$,
  EnableKeyRotation$,
  GetKeyRotationStatus$,
  LimitExceededException$,
  ListKeyRotations$,
  RotateKeyOnDemand$,
} from '@aws-sdk/client-kms'
import type {
  DisableKeyRotationRequest,
  EnableKeyRotationRequest,
  GetKeyRotationStatusRequest,
  GetKeyRotationStatusResponse,
  ListKeyRotationsRequest,
  ListKeyRotationsResponse,
  RotateKeyOnDemandRequest,
  RotateKeyOnDemandResponse,
  RotationsListEntry,
} from '@aws-sdk/client-kms'
import { awsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { keyAccess } from './authorisation.ts'
import { invalidState, unsupported, wrongOrigin } from './errors.ts'
import type { KeySubject } from './key-reference.ts'
import { requireState } from './key-states.ts'
import { ownKey } from './keys.ts'
import { findKey } from './managed-keys.ts'
import { daysAfter, isReplica, isRotatable } from './model.ts'
import { pageOfList } from './paging.ts'
import { rotateKey, setRotation } from './rotate.ts'
import { keys } from './store.ts'
import type { KeyRow, MaterialFacts } from './store.ts'

const defaultPeriodDays = 365
const maxOnDemandRotations = 25
/** An automatic rotation so near stands in the way of one on demand. */
const conflictMs = 20 * 60_000

function requireRotatable(key: KeyRow): void {
  if (!isRotatable(key)) {
    if (key.customKeyStoreId !== undefined) throw wrongOrigin(key)
    throw unsupported(`${key.arn} key spec is ${key.spec} which is not valid for this operation.`)
  }
}

/** Automatic rotation is for material that KMS made. */
function requireAutomatic(key: KeyRow): void {
  if (key.origin !== 'AWS_KMS') throw wrongOrigin(key)
  requireRotatable(key)
}

function requirePrimary(key: KeyRow): void {
  if (isReplica(key)) throw unsupported(`${key.arn} is not a multi-region primary key.`)
}

/** EnableKeyRotation, or a new period for it. */
export const EnableKeyRotation = operation<EnableKeyRotationRequest, object, KeySubject>(
  EnableKeyRotation$,
  {
    resolve: (input, ctx) => ownKey(ctx, input.KeyId, 'EnableKeyRotation'),
    access: (input, ctx, subject) =>
      keyAccess(ctx, subject, {
        conditions: {
          'kms:rotationperiodindays': String(input.RotationPeriodInDays ?? defaultPeriodDays),
        },
      }),
    async handle(input, ctx, { key }) {
      requireAutomatic(key)
      requirePrimary(key)
      requireState(key, 'EnableKeyRotation')
      const given = input.RotationPeriodInDays
      const periodDays = given ?? defaultPeriodDays
      if (given === undefined && key.rotation?.periodDays === periodDays) return {}
      const nextAt = daysAfter(ctx.now, periodDays).toISOString()
      await setRotation(ctx, key, { periodDays, nextAt })
      return {}
    },
  },
)

/** DisableKeyRotation. */
export const DisableKeyRotation = operation<DisableKeyRotationRequest, object, KeySubject>(
  DisableKeyRotation$,
  {
    resolve: (input, ctx) => ownKey(ctx, input.KeyId, 'DisableKeyRotation'),
    access: (_input, ctx, subject) => keyAccess(ctx, subject),
    async handle(_input, ctx, { key }) {
      requireAutomatic(key)
      requirePrimary(key)
      requireState(key, 'DisableKeyRotation')
      await setRotation(ctx, key, undefined)
      return {}
    },
  },
)

/** GetKeyRotationStatus; false for asymmetric and HMAC keys, refused for imported ones, as in AWS. */
export const GetKeyRotationStatus = operation<
  GetKeyRotationStatusRequest,
  GetKeyRotationStatusResponse,
  KeySubject
>(GetKeyRotationStatus$, {
  resolve: (input, ctx) =>
    findKey(ctx, input.KeyId ?? '', {
      operation: 'GetKeyRotationStatus',
      alias: false,
      crossAccount: true,
    }),
  access: (_input, ctx, subject) => keyAccess(ctx, subject),
  handle(_input, _ctx, { key }) {
    if (key.origin !== 'AWS_KMS') throw wrongOrigin(key)
    const { rotation } = key
    const enabled = rotation !== undefined && !key.deletion
    return {
      KeyRotationEnabled: enabled,
      KeyId: key.arn,
      ...(enabled && {
        RotationPeriodInDays: rotation.periodDays,
        NextRotationDate: new Date(rotation.nextAt),
      }),
    }
  },
})

/** The imported material that waits for a rotation; undefined where KMS makes material itself. */
function pendingMaterial(key: KeyRow): MaterialFacts | undefined {
  if (key.origin !== 'EXTERNAL') return undefined
  const pending = key.materials.find(({ state }) => state === 'PENDING_ROTATION')
  if (!pending) {
    throw invalidState(`No available key material pending rotation for the key: ${key.arn}.`)
  }
  return pending
}

/** RotateKeyOnDemand; the schedule of automatic rotation stays as it is. */
export const RotateKeyOnDemand = operation<
  RotateKeyOnDemandRequest,
  RotateKeyOnDemandResponse,
  KeySubject
>(RotateKeyOnDemand$, {
  resolve: (input, ctx) => ownKey(ctx, input.KeyId, 'RotateKeyOnDemand'),
  access: (_input, ctx, subject) => keyAccess(ctx, subject),
  async handle(_input, ctx, { key, tables }) {
    requireRotatable(key)
    requirePrimary(key)
    requireState(key, 'RotateKeyOnDemand')
    if (key.onDemandRotations >= maxOnDemandRotations) {
      throw awsError(
        LimitExceededException$,
        `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${key.arn}`,
      )
    }
    const dueInMs = key.rotation && Date.parse(key.rotation.nextAt) - ctx.now.getTime()
    if (dueInMs !== undefined && dueInMs <= conflictMs) {
      throw awsError(
        ConflictException$,
        `An automatic rotation of ${key.arn} is in progress or scheduled to begin within the next 20 minutes.`,
      )
    }
    const imported = pendingMaterial(key)
    const next = await rotateKey(ctx, key, { type: 'ON_DEMAND', ...(imported && { imported }) })
    const onDemandRotations = key.onDemandRotations + 1
    tables.table(keys).put(key.id, { ...next, onDemandRotations })
    return { KeyId: key.arn }
  },
})

function entryOf(key: KeyRow, material: MaterialFacts): RotationsListEntry {
  return {
    KeyId: key.arn,
    KeyMaterialId: material.id,
    KeyMaterialState: material.state,
    ...(material.rotatedAt && { RotationDate: new Date(material.rotatedAt) }),
    ...(material.rotationType && { RotationType: material.rotationType }),
    ...(key.origin === 'EXTERNAL' && {
      ImportState: material.present ? 'IMPORTED' : 'PENDING_IMPORT',
      ...(material.present && { ExpirationModel: material.expirationModel }),
      ...(material.present && material.validTo && { ValidTo: new Date(material.validTo) }),
      ...(material.description !== undefined && { KeyMaterialDescription: material.description }),
    }),
  }
}

/** ListKeyRotations, oldest first; ALL_KEY_MATERIAL adds the first material and those pending. */
export const ListKeyRotations = operation<
  ListKeyRotationsRequest,
  ListKeyRotationsResponse,
  KeySubject
>(ListKeyRotations$, {
  resolve: (input, ctx) => ownKey(ctx, input.KeyId, 'ListKeyRotations'),
  access: (_input, ctx, subject) => keyAccess(ctx, subject),
  async handle(input, ctx, { key }) {
    requireRotatable(key)
    const all = input.IncludeKeyMaterial === 'ALL_KEY_MATERIAL'
    const shown = key.materials.filter(({ rotatedAt }) => all || rotatedAt !== undefined)
    const listing = { ctx, name: `rotations/${key.id}/${all}`, defaultLimit: 100 }
    const { items, ...page } = await pageOfList(listing, input, shown)
    return { Rotations: items.map((material) => entryOf(key, material)), ...page }
  },
})
