import {
  CreateEventSourceMapping$,
  DeleteEventSourceMapping$,
  GetEventSourceMapping$,
  ListEventSourceMappings$,
  UpdateEventSourceMapping$,
} from '@aws-sdk/client-lambda'
import type {
  CreateEventSourceMappingRequest,
  DeleteEventSourceMappingRequest,
  EventSourceMappingConfiguration,
  GetEventSourceMappingRequest,
  ListEventSourceMappingsRequest,
  ListEventSourceMappingsResponse,
  UpdateEventSourceMappingRequest,
} from '@aws-sdk/client-lambda'
import { claimOf } from '../../kernel/claims.ts'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import type { Access } from '../../kernel/service.ts'
import { requestTagConditions, resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { functionArn, mappingArn } from './arns.ts'
import { conflict, notFound } from './errors.ts'
import {
  findFunction,
  readOwnReference,
  readReference,
  requireFunction,
  versionOf,
  type FunctionSubject,
  type MissingFunction,
} from './function-reference.ts'
import { changedMapping, checkMapping, requireReadable } from './mapping-settings.ts'
import { pageOf } from './paging.ts'
import { startPolling, stopPolling } from './polling.ts'
import { eventSourceMappings, functions, type EventSourceMappingRow } from './store.ts'
import { checkTags } from './tagging.ts'

/** A mapping as answers show it. */
function shown(row: EventSourceMappingRow, state?: string): EventSourceMappingConfiguration {
  return {
    UUID: row.uuid,
    BatchSize: row.batchSize,
    MaximumBatchingWindowInSeconds: row.batchingWindowSeconds,
    EventSourceArn: row.eventSourceArn,
    FunctionArn: functionArn(row, row.functionName, row.qualifier),
    LastModified: new Date(row.lastModified),
    State: state ?? (row.enabled ? 'Enabled' : 'Disabled'),
    StateTransitionReason: 'USER_INITIATED',
    FunctionResponseTypes: row.reportBatchItemFailures ? ['ReportBatchItemFailures'] : [],
    ...(row.filters.length > 0 && {
      FilterCriteria: { Filters: row.filters.map((Pattern) => ({ Pattern })) },
    }),
    ...(row.maximumConcurrency !== undefined && {
      ScalingConfig: { MaximumConcurrency: row.maximumConcurrency },
    }),
    EventSourceMappingArn: mappingArn(row, row.uuid),
  }
}

interface MappingSubject {
  readonly uuid: string
  readonly row: EventSourceMappingRow | undefined
}

async function findMapping(ctx: Context, uuid: string | undefined): Promise<MappingSubject> {
  return { uuid: uuid ?? '', row: await ctx.store.table(eventSourceMappings).get(uuid ?? '') }
}

function mappingAccess(ctx: Context, { uuid, row }: MappingSubject): Access {
  const place = { accountId: ctx.account, region: ctx.region }
  return {
    resource: mappingArn(place, uuid),
    conditions: {
      ...(row && { 'lambda:functionarn': functionArn(row, row.functionName, row.qualifier) }),
      ...resourceTagConditions(row?.tags),
    },
  }
}

function requireMapping({ row }: MappingSubject): EventSourceMappingRow {
  if (!row) throw notFound('The resource you requested does not exist.')
  return row
}

/** CreateEventSourceMapping: from an SQS queue. */
export const CreateEventSourceMapping = operation<
  CreateEventSourceMappingRequest,
  EventSourceMappingConfiguration,
  FunctionSubject | MissingFunction
>(CreateEventSourceMapping$, {
  check: checkMapping,
  resolve(input, ctx) {
    readOwnReference(ctx, input.FunctionName)
    return findFunction(ctx, input.FunctionName)
  },
  access: (input, _ctx, { arn }) => ({
    resource: '*',
    conditions: { 'lambda:functionarn': arn, ...requestTagConditions(input.Tags) },
  }),
  async handle(input, ctx, found) {
    const { row: owner, reference, version } = await versionOf(requireFunction(found))
    const { EventSourceArn: eventSourceArn = '' } = input
    const table = ctx.store.table(eventSourceMappings)
    const claim = await claimOf(ctx.store, `lambda ${owner.name} ${eventSourceArn}`)
    const others = await table.list({ index: 'source', equals: eventSourceArn })
    const same = others.find(
      ({ value }) => value.functionName === owner.name && value.qualifier === reference.qualifier,
    )
    if (same) {
      throw conflict(
        `An event source mapping with SQS arn (" ${eventSourceArn} ") and function (" ${owner.name} ") already exists. Please update or delete the existing mapping with UUID ${same.key}`,
      )
    }
    const row = changedMapping(
      {
        uuid: ctx.ids.uuid(),
        accountId: ctx.account,
        region: ctx.region,
        functionName: owner.name,
        ...(reference.qualifier !== undefined && { qualifier: reference.qualifier }),
        eventSourceArn,
        enabled: true,
        batchSize: 10,
        batchingWindowSeconds: 0,
        filters: [],
        reportBatchItemFailures: false,
        lastModified: ctx.now.toISOString(),
        tags: checkTags(input.Tags ?? {}),
      },
      input,
    )
    await requireReadable(ctx, row, version)
    claim()
    table.put(row.uuid, row)
    startPolling(ctx, row)
    return shown(row, 'Creating')
  },
})

/** GetEventSourceMapping. */
export const GetEventSourceMapping = operation<
  GetEventSourceMappingRequest,
  EventSourceMappingConfiguration,
  MappingSubject
>(GetEventSourceMapping$, {
  resolve: (input, ctx) => findMapping(ctx, input.UUID),
  access: (_input, ctx, subject) => mappingAccess(ctx, subject),
  handle: (_input, _ctx, subject) => shown(requireMapping(subject)),
})

/** UpdateEventSourceMapping. */
export const UpdateEventSourceMapping = operation<
  UpdateEventSourceMappingRequest,
  EventSourceMappingConfiguration,
  MappingSubject
>(UpdateEventSourceMapping$, {
  check: checkMapping,
  resolve: (input, ctx) => findMapping(ctx, input.UUID),
  access: (_input, ctx, subject) => mappingAccess(ctx, subject),
  async handle(input, ctx, subject) {
    const before = requireMapping(subject)
    const moved =
      input.FunctionName === undefined ? before : await moveTo(ctx, before, input.FunctionName)
    const row = { ...changedMapping(moved, input), lastModified: ctx.now.toISOString() }
    ctx.store.table(eventSourceMappings).put(row.uuid, row)
    if (row.enabled) startPolling(ctx, row)
    else stopPolling(ctx, row)
    return shown(
      row,
      before.enabled === row.enabled ? 'Updating' : row.enabled ? 'Enabling' : 'Disabling',
    )
  },
})

async function moveTo(
  ctx: Context,
  row: EventSourceMappingRow,
  text: string,
): Promise<EventSourceMappingRow> {
  const { row: owner, reference } = await versionOf(
    requireFunction(await findFunction(ctx, readOwnReference(ctx, text) && text)),
  )
  const { qualifier: _, ...rest } = row
  return {
    ...rest,
    functionName: owner.name,
    ...(reference.qualifier !== undefined && { qualifier: reference.qualifier }),
  }
}

/** DeleteEventSourceMapping. */
export const DeleteEventSourceMapping = operation<
  DeleteEventSourceMappingRequest,
  EventSourceMappingConfiguration,
  MappingSubject
>(DeleteEventSourceMapping$, {
  resolve: (input, ctx) => findMapping(ctx, input.UUID),
  access: (_input, ctx, subject) => mappingAccess(ctx, subject),
  handle(_input, ctx, subject) {
    const row = requireMapping(subject)
    ctx.store.table(eventSourceMappings).delete(row.uuid)
    stopPolling(ctx, row)
    return shown(row, 'Deleting')
  },
})

/** ListEventSourceMappings, of a function or an event source. */
export const ListEventSourceMappings = operation<
  ListEventSourceMappingsRequest,
  ListEventSourceMappingsResponse
>(ListEventSourceMappings$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const table = ctx.store.table(eventSourceMappings)
    const wanted =
      input.FunctionName === undefined ? undefined : readReference(ctx, input.FunctionName)
    if (wanted && !(await ctx.store.table(functions).get(wanted.name)))
      return { EventSourceMappings: [] }
    const listing = { ctx, name: 'event-source-mappings', defaultLimit: 100, maxLimit: 100 }
    const index = wanted
      ? { index: 'functionName', equals: wanted.name }
      : input.EventSourceArn === undefined
        ? {}
        : { index: 'source', equals: input.EventSourceArn }
    const { items, ...page } = await pageOf(listing, input, async (query) => {
      const rows = await table.list({ ...index, ...query })
      return rows.filter(
        ({ value }) =>
          (input.EventSourceArn === undefined || value.eventSourceArn === input.EventSourceArn) &&
          (wanted?.qualifier === undefined || value.qualifier === wanted.qualifier),
      )
    })
    return { EventSourceMappings: items.map((row) => shown(row)), ...page }
  },
})
