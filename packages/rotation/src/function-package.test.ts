import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { fromBufferPromise } from 'yauzl'
import { functionPackage } from './function-package.ts'
import { rotationTemplates } from './templates.ts'

const folder = mkdtempSync(join(tmpdir(), 'bartizan-packages-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** Unpacks a package outside of the workspace, where nothing but the SDK is found beside it. */
async function unpacked(name: string, bytes: Buffer): Promise<string> {
  const target = join(folder, name)
  const zip = await fromBufferPromise(bytes, { lazyEntries: true })
  for await (const entry of zip.eachEntry()) {
    const path = join(target, entry.fileName)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, await buffer(await zip.openReadStreamPromise(entry)))
  }
  const sdk = createRequire(import.meta.url).resolve('@aws-sdk/client-rds/package.json')
  await mkdir(join(target, 'node_modules'), { recursive: true })
  symlinkSync(dirname(dirname(sdk)), join(target, 'node_modules', '@aws-sdk'))
  return target
}

for (const template of rotationTemplates) {
  test(`${template.name} is packed with all that it imports, the same each time`, async () => {
    const [bytes, again] = await Promise.all([functionPackage(template), functionPackage(template)])
    assert.deepEqual(bytes, again)
    const target = await unpacked(template.name, bytes)
    const start = pathToFileURL(join(target, 'index.mjs')).href
    const { handler } = (await import(start)) as { handler: unknown }
    assert.equal(typeof handler, 'function')
    const modules = readdirSync(join(target, 'node_modules')).filter((name) => name !== '@aws-sdk')
    for (const name of modules) {
      const files = readdirSync(join(target, 'node_modules', name))
      assert.ok(
        files.some((file) => /licen[cs]e|readme|package\.json/i.test(file)),
        name,
      )
    }
    for (const driver of template.drivers) assert.ok(modules.includes(driver), driver)
  })
}
