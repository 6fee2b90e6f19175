import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'
import { textProperty, type ResourceProperties } from '../../kernel/resource-type.ts'

/** The same source makes the same package, whenever it is packed. */
const mtime = new Date('2020-01-01T00:00:00Z')

/**
 * The package of source that a template holds: one file by the name of the handler's module, beside
 * the module by which a custom resource answers, as AWS puts it there
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html).
 */
export async function inlinePackage(
  source: string,
  properties: ResourceProperties,
): Promise<Uint8Array> {
  const isPython = textProperty(properties, 'Runtime')?.startsWith('python') === true
  const handler = textProperty(properties, 'Handler') ?? 'index.handler'
  const module = handler.slice(0, handler.lastIndexOf('.'))
  const zip = new ZipFile()
  const add = (name: string, text: string) =>
    zip.addBuffer(Buffer.from(text), name, { mtime, mode: 0o100644 })
  add(`${module}.${isPython ? 'py' : 'js'}`, source)
  if (isPython) add('cfnresponse.py', responder('cfnresponse.py'))
  else add('node_modules/cfn-response/index.js', responder('cfn-response.cjs'))
  zip.end()
  return buffer(zip.outputStream)
}

function responder(name: string): string {
  return readFileSync(join(import.meta.dirname, 'runtime', name), 'utf8')
}
