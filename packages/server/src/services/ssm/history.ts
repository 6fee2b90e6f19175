import { GetParameterHistory$ } from '@aws-sdk/client-ssm'
import type {
  GetParameterHistoryRequest,
  GetParameterHistoryResult,
  ParameterHistory,
} from '@aws-sdk/client-ssm'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { labelsOf } from './label-rules.ts'
import { pages } from './paging.ts'
import { found, parameterAccess, seek, versionOf } from './parameter-reference.ts'
import type { Sought } from './parameter-reference.ts'
import { metadataShape, shownValue } from './parameter-shape.ts'
import type { ParameterRow, VersionFacts } from './store.ts'

const defaultLimit = 50

async function shown(
  ctx: Context,
  row: ParameterRow,
  facts: VersionFacts,
  isDecrypted: boolean | undefined,
): Promise<ParameterHistory> {
  return {
    ...metadataShape(row.name, facts),
    Value: await shownValue(ctx, row, facts, isDecrypted),
    Labels: [...labelsOf(row.labels, facts.version)],
  }
}

/** Versions in order, those after a number. */
async function versionsAfter(
  { tables, reference: { key } }: Sought,
  row: ParameterRow,
  { after = '0', limit }: { after?: string; limit: number },
) {
  const first = Math.max(row.oldest, Number(after) + 1)
  const versions: { key: string; value: VersionFacts }[] = []
  for (let version = first; version <= row.version && versions.length < limit; version += 1) {
    const value = await versionOf(tables, { row, key, version })
    if (value) versions.push({ key: String(version), value })
  }
  return versions
}

/** GetParameterHistory: every version that is kept, oldest first. */
export const GetParameterHistory = operation<
  GetParameterHistoryRequest,
  GetParameterHistoryResult,
  Sought
>(GetParameterHistory$, {
  resolve: (input, ctx) => seek(ctx, input.Name),
  access: (_input, _ctx, sought) => parameterAccess(sought),
  async handle(input, ctx, sought) {
    const row = found(ctx, sought)
    const { items, next } = await pages.page<VersionFacts>(
      ctx,
      {
        name: `history ${row.arn}`,
        limit: input.MaxResults ?? defaultLimit,
        fetch: (page) => versionsAfter(sought, row, page),
      },
      input.NextToken,
    )
    const Parameters = await Promise.all(
      items.map((facts) => shown(ctx, row, facts, input.WithDecryption)),
    )
    return { Parameters, ...(next !== undefined && { NextToken: next }) }
  },
})
