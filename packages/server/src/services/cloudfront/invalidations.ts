import {
  CreateInvalidation$,
  GetInvalidation$,
  ListInvalidations$,
} from '@aws-sdk/client-cloudfront'
import type {
  CreateInvalidationRequest,
  CreateInvalidationResult,
  GetInvalidationRequest,
  GetInvalidationResult,
  Invalidation,
  ListInvalidationsRequest,
  ListInvalidationsResult,
} from '@aws-sdk/client-cloudfront'
import { operation } from '../../kernel/service.ts'
import {
  distributionAccess,
  newId,
  required,
  seekDistribution,
  type DistributionSubject,
} from './distribution-reference.ts'
import { inconsistentQuantities, invalidArgument, noSuchInvalidation } from './errors.ts'
import { markerPage } from './paging.ts'
import { changed } from './plane.ts'
import { invalidations, type InvalidationRow } from './store.ts'

function invalidationOut(row: InvalidationRow): Invalidation {
  return {
    Id: row.id,
    Status: 'Completed',
    CreateTime: new Date(row.createdAt),
    InvalidationBatch: row.batch,
  }
}

/** CreateInvalidation: objects under these paths are fetched anew, from now on. */
export const CreateInvalidation = operation<
  CreateInvalidationRequest,
  CreateInvalidationResult,
  DistributionSubject
>(CreateInvalidation$, {
  resolve: ({ DistributionId }, ctx) => seekDistribution(ctx, DistributionId),
  access: (_input, ctx, subject) => distributionAccess(ctx, subject),
  async handle({ InvalidationBatch: batch }, ctx, subject) {
    const { id: distributionId } = required(subject)
    const paths = batch?.Paths?.Items ?? []
    if (!batch || batch.Paths?.Quantity !== paths.length) throw inconsistentQuantities()
    if (paths.length === 0 || paths.some((path) => !path.startsWith('/'))) {
      throw invalidArgument('Your request contains one or more invalid invalidation paths.')
    }
    const table = ctx.store.table(invalidations)
    const earlier = await table.list({ prefix: `${distributionId}/` })
    const same = earlier.find(({ value }) => value.batch.CallerReference === batch.CallerReference)
    if (same && JSON.stringify(same.value.batch) !== JSON.stringify(batch)) {
      throw invalidArgument('Your caller reference was used for a different invalidation batch.')
    }
    const row = same?.value ?? {
      id: newId(ctx, 'I'),
      distributionId,
      createdAt: ctx.now.toISOString(),
      batch,
    }
    table.put(`${distributionId}/${row.id}`, row)
    await changed(ctx)
    const Location = `https://cloudfront.amazonaws.com/2020-05-31/distribution/${distributionId}/invalidation/${row.id}`
    return { Location, Invalidation: invalidationOut(row) }
  },
})

/** GetInvalidation. */
export const GetInvalidation = operation<
  GetInvalidationRequest,
  GetInvalidationResult,
  DistributionSubject
>(GetInvalidation$, {
  resolve: ({ DistributionId }, ctx) => seekDistribution(ctx, DistributionId),
  access: (_input, ctx, subject) => distributionAccess(ctx, subject),
  async handle({ Id = '' }, ctx, subject) {
    const { id } = required(subject)
    const row = await ctx.store.table(invalidations).get(`${id}/${Id}`)
    if (!row) throw noSuchInvalidation()
    return { Invalidation: invalidationOut(row) }
  },
})

/** ListInvalidations. */
export const ListInvalidations = operation<
  ListInvalidationsRequest,
  ListInvalidationsResult,
  DistributionSubject
>(ListInvalidations$, {
  resolve: ({ DistributionId }, ctx) => seekDistribution(ctx, DistributionId),
  access: (_input, ctx, subject) => distributionAccess(ctx, subject),
  async handle(input, ctx, subject) {
    const { id } = required(subject)
    const rows = await ctx.store.table(invalidations).list({ prefix: `${id}/` })
    const all = rows.map(({ value }) => value)
    const InvalidationList = markerPage(
      all,
      input,
      (row) => row.id,
      (row) => ({ Id: row.id, CreateTime: new Date(row.createdAt), Status: 'Completed' }),
    )
    return { InvalidationList }
  },
})
