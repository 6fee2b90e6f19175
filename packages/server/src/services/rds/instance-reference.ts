import type { Context } from '../../kernel/context.ts'
import { readArn } from './arns.ts'
import { invalidValue, noInstance } from './errors.ts'
import { instances, type InstanceRow } from './store.ts'

/** Finds an instance by its identifier or ARN. Throws DBInstanceNotFound. */
export async function instanceNamed(ctx: Context, text: string | undefined): Promise<InstanceRow> {
  if (!text)
    throw invalidValue('The parameter DBInstanceIdentifier must be provided and must not be blank.')
  const name = ownName(ctx, text, 'db')
  const row = name === undefined ? undefined : await ctx.store.table(instances).get(name)
  if (!row) throw noInstance(text)
  ctx.audit.resource({ ARN: row.arn, accountId: row.account, type: 'AWS::RDS::DBInstance' })
  return row
}

/** The name in the caller's account and Region that a name or an ARN gives; undefined for somebody else's. */
export function ownName(ctx: Context, text: string, type: string): string | undefined {
  if (!text.startsWith('arn:')) return text.toLowerCase()
  const arn = readArn(text)
  const isOwn = arn?.type === type && arn.account === ctx.account && arn.region === ctx.region
  return isOwn ? arn.name.toLowerCase() : undefined
}
