import {
  CreateArchive$,
  DeleteArchive$,
  DescribeArchive$,
  ListArchives$,
  UpdateArchive$,
} from '@aws-sdk/client-eventbridge'
import type {
  Archive,
  CreateArchiveRequest,
  CreateArchiveResponse,
  DeleteArchiveRequest,
  DescribeArchiveRequest,
  DescribeArchiveResponse,
  ListArchivesRequest,
  ListArchivesResponse,
  UpdateArchiveRequest,
  UpdateArchiveResponse,
} from '@aws-sdk/client-eventbridge'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import {
  archiveTotals,
  emptyArchiveJob,
  expireEventsJob,
  scheduleExpiry,
} from './archive-events.ts'
import { arnOf, arnParts, ruleArn } from './arns.ts'
import { findBus, lookUpRule } from './bus-reference.ts'
import type { BusSubject } from './bus-reference.ts'
import { alreadyExists, noBus, notFound, readPattern, validation } from './errors.ts'
import { byName, pageOf } from './paging.ts'
import { putRule, removeRule } from './rules.ts'
import { archives } from './store.ts'
import type { ArchiveRow, RuleRow } from './store.ts'

const manager = 'prod.vhs.events.aws.internal'

/** The refusal of an archive that does not exist. */
export const noArchive = (name: string) => notFound(`Archive ${name} does not exist.`)

async function findArchive(ctx: Context, name = ''): Promise<ArchiveRow> {
  const row = await ctx.store.table(archives).get(name)
  if (!row) throw noArchive(name)
  return row
}

/** The bus whose events an archive is to keep: one of the caller's own. */
async function sourceBus(ctx: Context, arn: string): Promise<BusSubject> {
  const parts = arnParts(arn)
  if (!parts?.resource.startsWith('event-bus/')) {
    throw validation(
      'Parameter EventSourceArn is not valid. Reason: Must contain an event bus ARN.',
    )
  }
  const name = parts.resource.slice('event-bus/'.length)
  if (parts.account !== ctx.account || parts.region !== ctx.region) throw noBus(name)
  return findBus(ctx, arn)
}

/** The rule by which an archive gets its events, as AWS makes it: replayed ones are not kept again. */
function archiveRule(ctx: Context, bus: BusSubject, archive: ArchiveRow): RuleRow {
  const pattern = JSON.parse(archive.pattern ?? '{}') as object
  const name = ruleName(archive)
  return {
    name,
    bus: bus.name,
    arn: ruleArn(bus, bus.name, name),
    createdAt: ctx.now.toISOString(),
    createdBy: ctx.account,
    state: 'ENABLED',
    pattern: JSON.stringify({ ...pattern, 'replay-name': [{ exists: false }] }),
    managedBy: manager,
    archive: archive.id,
    ...(archive.kmsKeyIdentifier !== undefined && { encryptedArchive: archive.name }),
    targets: [],
    tags: [],
  }
}

const ruleName = ({ name }: ArchiveRow) => `Events-Archive-${name}`

const archiveAccess = (ctx: Context, name = '') => ({ resource: arnOf(ctx, `archive/${name}`) })

function changed(row: ArchiveRow): CreateArchiveResponse {
  return { ArchiveArn: row.arn, State: row.state, CreationTime: new Date(row.createdAt) }
}

/** CreateArchive: keeps the events of a bus, or those that match a pattern. */
export const CreateArchive = operation<CreateArchiveRequest, CreateArchiveResponse>(
  CreateArchive$,
  {
    check: ({ EventPattern }) => {
      if (EventPattern) readPattern(EventPattern)
    },
    access: (input, ctx) => archiveAccess(ctx, input.ArchiveName),
    async handle(input, ctx) {
      const { ArchiveName: name = '', EventSourceArn = '' } = input
      const bus = await sourceBus(ctx, EventSourceArn)
      const table = ctx.store.table(archives)
      if (await table.get(name)) throw alreadyExists(`Archive ${name} already exists.`)
      const row: ArchiveRow = {
        name,
        arn: arnOf(ctx, `archive/${name}`),
        id: ctx.ids.uuid(),
        busArn: bus.arn,
        bus: bus.name,
        createdAt: ctx.now.toISOString(),
        state: 'ENABLED',
        ...(input.Description && { description: input.Description }),
        ...(input.EventPattern && { pattern: input.EventPattern }),
        ...(input.KmsKeyIdentifier && { kmsKeyIdentifier: input.KmsKeyIdentifier }),
        retentionDays: input.RetentionDays ?? 0,
      }
      table.put(name, row)
      scheduleExpiry(ctx, row)
      await putRule(ctx, bus, archiveRule(ctx, bus, row))
      return changed(row)
    },
  },
)

/** UpdateArchive: members that are left out stay as they are. */
export const UpdateArchive = operation<UpdateArchiveRequest, UpdateArchiveResponse>(
  UpdateArchive$,
  {
    check: ({ EventPattern }) => {
      if (EventPattern) readPattern(EventPattern)
    },
    access: (input, ctx) => archiveAccess(ctx, input.ArchiveName),
    async handle(input, ctx) {
      const known = await findArchive(ctx, input.ArchiveName)
      const row: ArchiveRow = {
        ...known,
        ...(input.Description !== undefined && { description: input.Description }),
        ...(input.EventPattern && { pattern: input.EventPattern }),
        ...(input.KmsKeyIdentifier && { kmsKeyIdentifier: input.KmsKeyIdentifier }),
        ...(input.RetentionDays !== undefined && { retentionDays: input.RetentionDays }),
      }
      ctx.store.table(archives).put(row.name, row)
      scheduleExpiry(ctx, row)
      const bus = await findBus(ctx, row.busArn)
      await putRule(ctx, bus, archiveRule(ctx, bus, row))
      return changed(row)
    },
  },
)

/** DeleteArchive: with its events. */
export const DeleteArchive = operation<DeleteArchiveRequest, object>(DeleteArchive$, {
  access: (input, ctx) => archiveAccess(ctx, input.ArchiveName),
  async handle(input, ctx) {
    const row = await findArchive(ctx, input.ArchiveName)
    ctx.store.table(archives).delete(row.name)
    ctx.schedule.cancel(expireEventsJob, row.name)
    ctx.schedule.at(emptyArchiveJob, row.id, ctx.now)
    const { bus, rule } = await lookUpRule(ctx, ruleName(row), row.busArn)
    if (rule) await removeRule(ctx, bus, rule)
    return {}
  },
})

async function archiveOut(ctx: Context, row: ArchiveRow): Promise<Archive> {
  const { events, bytes } = await archiveTotals(ctx.store, row)
  return {
    ArchiveName: row.name,
    EventSourceArn: row.busArn,
    State: row.state,
    RetentionDays: row.retentionDays,
    SizeBytes: bytes,
    EventCount: events,
    CreationTime: new Date(row.createdAt),
  }
}

/** DescribeArchive: with how much it holds at the moment. */
export const DescribeArchive = operation<DescribeArchiveRequest, DescribeArchiveResponse>(
  DescribeArchive$,
  {
    access: (input, ctx) => archiveAccess(ctx, input.ArchiveName),
    async handle(input, ctx) {
      const row = await findArchive(ctx, input.ArchiveName)
      return {
        ...(await archiveOut(ctx, row)),
        ArchiveArn: row.arn,
        ...(row.description !== undefined && { Description: row.description }),
        ...(row.pattern !== undefined && { EventPattern: row.pattern }),
        ...(row.kmsKeyIdentifier !== undefined && { KmsKeyIdentifier: row.kmsKeyIdentifier }),
      }
    },
  },
)

function checkFilters(input: ListArchivesRequest): void {
  const given = [input.NamePrefix, input.EventSourceArn, input.State]
  if (given.filter((each) => each !== undefined).length > 1) {
    throw validation(
      'At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix.',
    )
  }
}

/** ListArchives: all, or by one filter. */
export const ListArchives = operation<ListArchivesRequest, ListArchivesResponse>(ListArchives$, {
  check: checkFilters,
  access: (_input, ctx) => archiveAccess(ctx, '*'),
  async handle(input, ctx) {
    const { EventSourceArn: source, State: state } = input
    if (source !== undefined) await sourceBus(ctx, source)
    const rows = byName(await ctx.store.table(archives).list(), input.NamePrefix).filter(
      (row) =>
        (source === undefined || row.busArn === source) &&
        (state === undefined || row.state === state),
    )
    const { page, ...next } = pageOf(ctx, input, rows)
    return { Archives: await Promise.all(page.map((row) => archiveOut(ctx, row))), ...next }
  },
})
