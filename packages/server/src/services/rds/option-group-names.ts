import { OptionGroupNotFoundFault$ } from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { EngineVersion } from './engine-versions.ts'
import { invalidCombination } from './errors.ts'
import { optionGroups } from './store.ts'

/** The option group for a new instance: the one that is named, else the engine's default. Throws. */
export async function optionGroupFor(
  ctx: Context,
  name: string | undefined,
  { engine, major }: EngineVersion,
): Promise<string> {
  const fallback = `default:${engine}-${major.replaceAll('.', '-')}`
  const key = (name ?? fallback).toLowerCase()
  if (key === fallback) return key
  const row = await ctx.store.table(optionGroups).get(key)
  if (!row) {
    throw awsError(OptionGroupNotFoundFault$, `Specified OptionGroupName: ${name} not found.`)
  }
  if (row.engine === engine && row.majorVersion === major) return key
  throw invalidCombination(
    `The option group ${key} is for ${row.engine} ${row.majorVersion}, not for ${engine} ${major}.`,
  )
}
