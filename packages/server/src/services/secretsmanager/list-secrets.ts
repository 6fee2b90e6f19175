import { ListSecrets$ } from '@aws-sdk/client-secrets-manager'
import type { ListSecretsRequest, ListSecretsResponse } from '@aws-sdk/client-secrets-manager'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { invalidParameter } from './errors.ts'
import { passes } from './filters.ts'
import type { SecretFilter } from './filters.ts'
import { pageOf } from './paging.ts'
import { accessNote, accessedOn, listEntry } from './secret-shape.ts'
import { secrets } from './store.ts'
import type { SecretRow } from './store.ts'

const pageSize = 100

/** The secrets of the caller's account and Region that pass filters. Throws InvalidParameterException. */
export async function matchingSecrets(
  ctx: Context,
  filters: readonly SecretFilter[] | undefined,
  withDeleted: boolean,
): Promise<readonly SecretRow[]> {
  for (const { Key, Values } of filters ?? []) {
    if (Key === undefined) throw invalidParameter('Invalid filter key')
    if (!Values?.length) throw invalidParameter(`Invalid filter values for key: ${Key}`)
  }
  const rows = await ctx.store.table(secrets).list()
  return rows
    .map(({ value }) => value)
    .filter((row) => (withDeleted || !row.deletion) && passes(row, filters ?? []))
}

type SortBy = NonNullable<ListSecretsRequest['SortBy']>

/** What each order goes by; equal ones go by name. */
async function places(
  ctx: Context,
  rows: readonly SecretRow[],
  sortBy: SortBy,
): Promise<ReadonlyMap<SecretRow, string>> {
  const found = new Map<SecretRow, string>()
  for (const row of rows) {
    const accessed =
      sortBy === 'last-accessed-date' ? await accessedOn(ctx, accessNote, row.arn) : undefined
    const by: Readonly<Record<SortBy, string>> = {
      'created-date': row.createdAt,
      'last-changed-date': row.changedAt,
      'last-accessed-date': accessed?.toISOString() ?? '',
      name: '',
    }
    found.set(row, `${by[sortBy]} ${row.name}`)
  }
  return found
}

/** ListSecrets. */
export const ListSecrets = operation<ListSecretsRequest, ListSecretsResponse>(ListSecrets$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const { SortBy: sortBy = 'created-date', SortOrder: order = 'desc' } = input
    const items = await matchingSecrets(ctx, input.Filters, input.IncludePlannedDeletion ?? false)
    const place = await places(ctx, items, sortBy)
    const name = `secrets ${sortBy} ${order}`
    const list = { name, items, order, placeOf: (row: SecretRow) => place.get(row) ?? '' }
    const page = { limit: input.MaxResults ?? pageSize, token: input.NextToken }
    const { items: shown, next } = pageOf(ctx, list, page)
    return {
      SecretList: await Promise.all(shown.map((row) => listEntry(ctx, row))),
      ...(next !== undefined && { NextToken: next }),
    }
  },
})
