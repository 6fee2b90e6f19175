import { createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { SecretBox, Tables } from '../../kernel/context.ts'
import { generateMaterial, loadKey, materialId } from './crypto/material.ts'
import type { LoadedKey } from './crypto/material.ts'
import { materials } from './store.ts'
import type { KeyRow, MaterialFacts, MaterialRow } from './store.ts'

const loaded = new WeakMap<MaterialRow, LoadedKey>()
const locatorKeys = new WeakMap<SecretBox, KeyObject>()

/** The key that hides in ciphertext which key made it; one for the whole installation. */
export function locatorKeyOf(secrets: SecretBox): KeyObject {
  let key = locatorKeys.get(secrets)
  if (!key) {
    key = createSecretKey(secrets.derive('kms-ciphertext-locator'))
    locatorKeys.set(secrets, key)
  }
  return key
}

/** The loaded material of a key, by id; undefined when the key has no such material (any more). */
export async function loadMaterial(
  tables: Tables,
  key: KeyRow,
  id: string,
): Promise<LoadedKey | undefined> {
  const row = await tables.table(materials).get(`${key.id}/${id}`)
  if (!row) return undefined
  let material = loaded.get(row)
  if (!material) {
    material = loadKey(key.spec, Buffer.from(row.secret, 'base64'))
    loaded.set(row, material)
  }
  return material
}

/** The current material of a key, whose state must have been checked. */
export async function currentMaterial(
  tables: Tables,
  key: KeyRow,
): Promise<{ id: string; material: LoadedKey }> {
  const id = key.currentMaterialId ?? ''
  const material = await loadMaterial(tables, key, id)
  if (!material) throw new Error(`${key.arn} has no material ${id}`)
  return { id, material }
}

/** Keeps the secret of a material. */
export function keepMaterial(tables: Tables, keyId: string, secret: Uint8Array): string {
  const id = materialId(keyId, secret)
  const row: MaterialRow = { keyId, id, secret: Buffer.from(secret).toString('base64') }
  tables.table(materials).put(`${keyId}/${id}`, row)
  return id
}

/** Makes and keeps fresh material for a key. */
export async function newMaterial(
  tables: Tables,
  key: Pick<KeyRow, 'id' | 'spec'>,
): Promise<MaterialFacts> {
  const secret = await generateMaterial(key.spec)
  return { id: keepMaterial(tables, key.id, secret), state: 'CURRENT', present: true }
}

/** Copies a material's secret to where another of the key's Regions keeps its own. */
export async function copyMaterial(from: Tables, to: Tables, path: string): Promise<void> {
  const row = await from.table(materials).get(path)
  if (row) to.table(materials).put(path, { ...row })
}

/** Erases every secret of a key. */
export function eraseMaterials(tables: Tables, key: KeyRow): void {
  for (const { id } of key.materials) tables.table(materials).delete(`${key.id}/${id}`)
}
