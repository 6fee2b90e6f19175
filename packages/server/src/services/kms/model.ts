import { partitionOf } from '../../kernel/partition.ts'
import type { KeyMetadata, KeyState, MultiRegionConfiguration } from '@aws-sdk/client-kms'
import { algorithmsFor, keySpecs } from './crypto/key-specs.ts'
import type { KeyRow, MaterialFacts } from './store.ts'

/** The ARN of a KMS resource (`key/…`, `alias/…`). */
export function arnOf(region: string, accountId: string, resource: string): string {
  return `arn:${partitionOf(region)}:kms:${region}:${accountId}:${resource}`
}

/** A date some days after another. */
export function daysAfter(date: Date, days: number): Date {
  return new Date(date.getTime() + days * 86_400_000)
}

/** Whether material belongs to the key for good: it was current once. */
export function isPermanent(material: MaterialFacts): boolean {
  return material.state === 'CURRENT' || material.state === 'NON_CURRENT'
}

/** Whether an imported key lacks material it needs. */
function lacksMaterial(key: KeyRow): boolean {
  if (key.origin !== 'EXTERNAL') return false
  if (key.currentMaterialId === undefined) return true
  return key.materials.some((material) => isPermanent(material) && !material.present)
}

/** The key state of a key (KMS Developer Guide, "Key states of AWS KMS keys"). */
export function keyState(key: KeyRow): KeyState {
  if (key.deletion) return key.deletion.date ? 'PendingDeletion' : 'PendingReplicaDeletion'
  if (key.unavailable) return 'Unavailable'
  if (lacksMaterial(key)) return 'PendingImport'
  return key.enabled ? 'Enabled' : 'Disabled'
}

/** Whether a key may have more than one material: the rotation operations apply. */
export function isRotatable(key: KeyRow): boolean {
  return keySpecs[key.spec].rotatable && (key.origin === 'AWS_KMS' || key.origin === 'EXTERNAL')
}

/** Whether a key is the replica of another Region's primary. */
export function isReplica(key: KeyRow): boolean {
  return key.multiRegion !== undefined && key.multiRegion.primary !== key.region
}

function multiRegionOf(key: KeyRow): MultiRegionConfiguration | undefined {
  if (!key.multiRegion) return undefined
  const place = (region: string) => ({
    Arn: arnOf(region, key.accountId, `key/${key.id}`),
    Region: region,
  })
  return {
    MultiRegionKeyType: isReplica(key) ? 'REPLICA' : 'PRIMARY',
    PrimaryKey: place(key.multiRegion.primary),
    ReplicaKeys: key.multiRegion.replicas.map(place),
  }
}

/** How imported material expires: the earliest expiry of what belongs to the key for good. */
function expiryOf(key: KeyRow): Pick<KeyMetadata, 'ExpirationModel' | 'ValidTo'> {
  const imported = key.materials.filter((m) => isPermanent(m) && m.present && m.expirationModel)
  const [earliest] = imported.flatMap((m) => m.validTo ?? []).sort()
  if (imported.length === 0) return {}
  if (earliest === undefined) return { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }
  return { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: new Date(earliest) }
}

/** What DescribeKey, CreateKey and ReplicateKey say of a key. */
export function metadataOf(key: KeyRow): KeyMetadata {
  const state = keyState(key)
  const multiRegion = multiRegionOf(key)
  return {
    AWSAccountId: key.accountId,
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: new Date(key.createdAt),
    Enabled: state === 'Enabled',
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: state,
    Origin: key.origin,
    KeyManager: key.manager,
    // The deprecated twin carries newer specs too, as AWS answers with both.
    CustomerMasterKeySpec: key.spec as NonNullable<KeyMetadata['CustomerMasterKeySpec']>,
    KeySpec: key.spec,
    ...algorithmsFor(key.spec, key.usage),
    MultiRegion: multiRegion !== undefined,
    ...(multiRegion && { MultiRegionConfiguration: multiRegion }),
    ...(key.origin === 'EXTERNAL' && expiryOf(key)),
    ...(key.deletion?.date && { DeletionDate: new Date(key.deletion.date) }),
    ...(key.deletion &&
      !key.deletion.date && {
        PendingDeletionWindowInDays: key.deletion.windowDays,
      }),
    ...(key.customKeyStoreId && { CustomKeyStoreId: key.customKeyStoreId }),
    ...(key.cloudHsmClusterId && { CloudHsmClusterId: key.cloudHsmClusterId }),
    ...(key.xksKeyId && { XksKeyConfiguration: { Id: key.xksKeyId } }),
    ...(isRotatable(key) &&
      key.currentMaterialId && { CurrentKeyMaterialId: key.currentMaterialId }),
  }
}

/** A key row with one material's facts changed. */
export function withMaterial(
  key: KeyRow,
  id: string,
  change: (facts: MaterialFacts) => MaterialFacts,
): KeyRow {
  return { ...key, materials: key.materials.map((m) => (m.id === id ? change(m) : m)) }
}

/** A key row after a rotation to a material: the old one stays for decryption. */
export function rotated(
  key: KeyRow,
  next: MaterialFacts,
  rotation: { readonly at: Date; readonly type: 'AUTOMATIC' | 'ON_DEMAND' },
): KeyRow {
  const others = key.materials
    .filter((m) => m.id !== next.id)
    .map((m): MaterialFacts => (m.state === 'CURRENT' ? { ...m, state: 'NON_CURRENT' } : m))
  const current: MaterialFacts = {
    ...next,
    state: 'CURRENT',
    rotatedAt: rotation.at.toISOString(),
    rotationType: rotation.type,
  }
  return { ...key, materials: [...others, current], currentMaterialId: next.id }
}
