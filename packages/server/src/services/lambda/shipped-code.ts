import { functionPackage, packageBucket, rotationTemplate } from '@bartizan/rotation'
import type { Context } from '../../kernel/context.ts'
import { defineRuntime } from '../../kernel/runtime.ts'

/** Packages that have been made, by their template's name. */
const madePackages = defineRuntime('lambda.shipped-code', () => new Map<string, Promise<Buffer>>())

/**
 * The package of a rotation function that Bartizan ships, named by bucket and key as AWS's applications name theirs;
 * undefined for anything else.
 */
export async function shippedPackage(
  ctx: Context,
  { S3Bucket, S3Key }: { readonly S3Bucket: string; readonly S3Key: string },
): Promise<Buffer | undefined> {
  if (S3Bucket !== packageBucket || !S3Key.endsWith('.zip')) return undefined
  const template = rotationTemplate(S3Key.slice(0, -'.zip'.length))
  if (!template) return undefined
  const made = ctx.runtime(madePackages)
  let found = made.get(template.name)
  if (!found) made.set(template.name, (found = functionPackage(template)))
  return found
}
