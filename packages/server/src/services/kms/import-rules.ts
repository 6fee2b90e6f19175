import { IncorrectKeyMaterialException$ } from '@aws-sdk/client-kms'
import type { ImportKeyMaterialRequest, ImportType } from '@aws-sdk/client-kms'
import { awsError } from '../../kernel/errors.ts'
import { invalidState, unsupported, validation } from './errors.ts'
import { daysAfter, isReplica } from './model.ts'
import type { KeyRow, MaterialFacts } from './store.ts'

/** Imported material may be good for so long (API reference of ImportKeyMaterial). */
const maxValidityDays = 365

/** Material about to be imported. */
export interface Import {
  readonly id: string
  readonly input: Pick<
    ImportKeyMaterialRequest,
    'ImportType' | 'KeyMaterialId' | 'KeyMaterialDescription' | 'ExpirationModel' | 'ValidTo'
  >
}

function incorrect(message: string): Error {
  return awsError(IncorrectKeyMaterialException$, message)
}

/** New where nothing was ever imported, else existing (API reference of ImportKeyMaterial). */
function importType(key: KeyRow, { input }: Import): ImportType {
  if (input.ImportType) return input.ImportType
  return key.materials.length === 0 ? 'NEW_KEY_MATERIAL' : 'EXISTING_KEY_MATERIAL'
}

function checkNew(key: KeyRow, { id, input }: Import): void {
  if (input.KeyMaterialId !== undefined) {
    throw validation('You cannot specify a KeyMaterialId when ImportType is NEW_KEY_MATERIAL.')
  }
  if (isReplica(key)) {
    throw unsupported(`${key.arn} is not a multi-region primary key.`)
  }
  if (key.materials.some((material) => material.id === id)) {
    throw incorrect(`The key material is already associated with KMS key ${key.arn}.`)
  }
  const pending = key.materials.find(({ state }) => state.startsWith('PENDING'))
  if (pending) {
    throw invalidState(
      `New key material (id: ${id}) cannot be imported into KMS key ${key.arn}, because another key material (id: ${pending.id}) is pending rotation.`,
    )
  }
}

/** Refuses material that does not fit what the key already has. */
export function checkImport(key: KeyRow, wanted: Import): void {
  const { id, input } = wanted
  const known = key.materials.some((material) => material.id === id)
  if (key.spec !== 'SYMMETRIC_DEFAULT') {
    if (input.ImportType ?? input.KeyMaterialId ?? input.KeyMaterialDescription) {
      throw unsupported(
        `${key.arn} key spec is ${key.spec}; ImportType, KeyMaterialId and KeyMaterialDescription are valid only for symmetric encryption keys.`,
      )
    }
    if (key.materials.length > 0 && !known) {
      throw incorrect('The key material is not the key material that was previously imported.')
    }
    return
  }
  if (importType(key, wanted) === 'NEW_KEY_MATERIAL') return checkNew(key, wanted)
  if (input.KeyMaterialId !== undefined && input.KeyMaterialId !== id) {
    throw incorrect(`The key material does not match the key material id ${input.KeyMaterialId}.`)
  }
  if (!known) {
    throw incorrect('The key material is not the key material that was previously imported.')
  }
}

/** A key row after an import that `checkImport` let through. */
export function afterImport(key: KeyRow, { id, input }: Import): KeyRow {
  const earlier = key.materials.find((material) => material.id === id)
  const first = key.currentMaterialId === undefined && !earlier
  const pending =
    (key.multiRegion?.replicas.length ?? 0) > 0
      ? 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'
      : 'PENDING_ROTATION'
  const description = input.KeyMaterialDescription ?? earlier?.description
  const facts: MaterialFacts = {
    id,
    state: earlier?.state ?? (first ? 'CURRENT' : pending),
    present: true,
    expirationModel: input.ExpirationModel ?? 'KEY_MATERIAL_EXPIRES',
    ...(input.ValidTo && { validTo: input.ValidTo.toISOString() }),
    ...(description !== undefined && { description }),
    ...(earlier?.rotatedAt && { rotatedAt: earlier.rotatedAt }),
    ...(earlier?.rotationType && { rotationType: earlier.rotationType }),
  }
  const materials = earlier
    ? key.materials.map((material) => (material.id === id ? facts : material))
    : [...key.materials, facts]
  return { ...key, materials, ...(first && { currentMaterialId: id }) }
}

/** Checks the expiry an import asks for, in AWS's wording. */
export function checkExpiry(input: ImportKeyMaterialRequest, now: Date): void {
  const model = input.ExpirationModel ?? 'KEY_MATERIAL_EXPIRES'
  if (model === 'KEY_MATERIAL_DOES_NOT_EXPIRE') {
    if (input.ValidTo === undefined) return
    throw validation(
      'A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE',
    )
  }
  if (input.ValidTo === undefined) {
    throw validation('A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES')
  }
  if (input.ValidTo.getTime() <= now.getTime()) {
    throw validation('The validTo date must be in the future')
  }
  if (input.ValidTo > daysAfter(now, maxValidityDays)) {
    throw validation('The validTo date must be at most 365 days from now')
  }
}
