import { isDeepStrictEqual } from 'node:util'
import { ListVersionsByFunction$, PublishVersion$ } from '@aws-sdk/client-lambda'
import type {
  FunctionConfiguration,
  ListVersionsByFunctionRequest,
  ListVersionsByFunctionResponse,
  PublishVersionRequest,
} from '@aws-sdk/client-lambda'
import type { Context, Tables } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { configurationOf } from './configuration.ts'
import { invalid, requireRevision } from './errors.ts'
import {
  findFunction,
  functionAccess,
  missing,
  requireFunction,
  type FunctionSubject,
  type MissingFunction,
} from './function-reference.ts'
import { pageUnder } from './paging.ts'
import { functions, versionKey, versions, type FunctionRow, type VersionRow } from './store.ts'

type Found = FunctionSubject | MissingFunction

/** Publishes `$LATEST` under the next number. */
export function publishVersion(
  ctx: Context,
  tables: Tables,
  row: FunctionRow,
  latest: VersionRow,
): VersionRow {
  const number = row.lastVersion + 1
  const published = { ...latest, version: String(number), revisionId: ctx.ids.uuid() }
  tables.table(versions).put(versionKey(row.name, published.version), published)
  tables.table(functions).put(row.name, { ...row, lastVersion: number })
  return published
}

/** Whether two versions would run the same: then AWS publishes no new one. */
function isSame(a: VersionRow, b: VersionRow): boolean {
  const own = { revisionId: '', version: '', lastModified: '', description: '' }
  return isDeepStrictEqual({ ...a, ...own }, { ...b, ...own })
}

/** PublishVersion; unchanged code and configuration give the version that there is. */
export const PublishVersion = operation<PublishVersionRequest, FunctionConfiguration, Found>(
  PublishVersion$,
  {
    resolve: (input, ctx) => findFunction(ctx, input.FunctionName),
    access: (_input, _ctx, subject) => functionAccess(subject),
    async handle(input, ctx, found) {
      const { row, tables, arn } = requireFunction(found)
      const table = tables.table(versions)
      const latest = await table.get(versionKey(row.name, '$LATEST'))
      if (!latest) throw missing(arn)
      requireRevision(input.RevisionId, latest.revisionId)
      if (input.CodeSha256 !== undefined && input.CodeSha256 !== latest.code.sha256) {
        throw invalid(
          `CodeSHA256 (${input.CodeSha256}) is different from current CodeSHA256 in $LATEST (${latest.code.sha256}). Please try again with the CodeSHA256 in $LATEST.`,
        )
      }
      const view = { place: row, isQualified: true }
      const last = await table.get(versionKey(row.name, String(row.lastVersion)))
      if (last && isSame(last, latest)) return configurationOf(ctx, last, view)
      const described = { ...latest, description: input.Description ?? latest.description }
      return configurationOf(ctx, publishVersion(ctx, tables, row, described), view)
    },
  },
)

/** ListVersionsByFunction: `$LATEST` first. */
export const ListVersionsByFunction = operation<
  ListVersionsByFunctionRequest,
  ListVersionsByFunctionResponse,
  Found
>(ListVersionsByFunction$, {
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName),
  access: (_input, _ctx, subject) => functionAccess(subject),
  async handle(input, ctx, found) {
    const { row, tables } = requireFunction(found)
    const listing = { ctx, name: `versions/${row.name}`, defaultLimit: 50, maxLimit: 50 }
    const { items, ...page } = await pageUnder(listing, input, `${row.name}/`, (query) =>
      tables.table(versions).list(query),
    )
    const shown: FunctionConfiguration[] = []
    for (const version of items) {
      shown.push(await configurationOf(ctx, version, { place: row, isQualified: true }))
    }
    return { Versions: shown, ...page }
  },
})

/** Whether another version runs the same package. */
export async function isCodeShared(
  tables: FunctionSubject['tables'],
  version: VersionRow,
): Promise<boolean> {
  const all = await tables.table(versions).list({ prefix: `${version.functionName}/` })
  return all.some(
    ({ value }) => value.version !== version.version && value.code.id === version.code.id,
  )
}
