import { chmodSync, mkdirSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { maxUnzippedBytes, unpackArchive } from './zip-archive.ts'

/** A deployment package as it is stored. */
export interface StoredPackage {
  readonly id: string
  readonly read: () => Promise<Buffer>
}

/** Packages unpacked for environments to run from: made when first needed, gone with the server. */
export class CodeFolders {
  readonly #folder: string
  readonly #made = new Map<string, Promise<string>>()

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true })
    chmodSync(folder, 0o711)
  }

  /** The folder that these packages are unpacked into, one over the other. */
  of(packages: readonly StoredPackage[]): Promise<string> {
    const name = packages.map(({ id }) => id).join('+')
    const known = this.#made.get(name)
    if (known) return known
    const made = this.#make(packages, join(this.#folder, `${this.#made.size}-${packages.length}`))
    this.#made.set(name, made)
    made.catch(() => this.#made.delete(name))
    return made
  }

  async #make(packages: readonly StoredPackage[], folder: string): Promise<string> {
    const building = `${folder}.new`
    await rm(building, { recursive: true, force: true })
    await mkdir(building, { recursive: true })
    for (const { read } of packages) await unpackArchive(await read(), building, maxUnzippedBytes)
    await rm(folder, { recursive: true, force: true })
    await rename(building, folder)
    return folder
  }
}
