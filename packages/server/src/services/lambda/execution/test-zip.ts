import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'

/** A deployment package of these files; names that end in `!` are executable. */
export function zipOf(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const zip = new ZipFile()
  for (const [name, content] of Object.entries(files)) {
    const isExecutable = name.endsWith('!')
    const path = isExecutable ? name.slice(0, -1) : name
    zip.addBuffer(Buffer.from(content), path, { mode: isExecutable ? 0o100755 : 0o100644 })
  }
  zip.end()
  return buffer(zip.outputStream)
}
