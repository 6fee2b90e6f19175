import {
  CreateEventBus$,
  DeleteEventBus$,
  DescribeEventBus$,
  ListEventBuses$,
  UpdateEventBus$,
} from '@aws-sdk/client-eventbridge'
import type {
  CreateEventBusRequest,
  CreateEventBusResponse,
  DeleteEventBusRequest,
  DescribeEventBusRequest,
  DescribeEventBusResponse,
  EventBus,
  ListEventBusesRequest,
  ListEventBusesResponse,
  UpdateEventBusRequest,
  UpdateEventBusResponse,
} from '@aws-sdk/client-eventbridge'
import type { Context } from '../../kernel/context.ts'
import { shownPolicy } from '../../kernel/identity/principal-ids.ts'
import { accounts } from '../../kernel/identity/tables.ts'
import { operation } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { arnOf } from './arns.ts'
import { busAccess, defaultBus, findBus, lookUpBus } from './bus-reference.ts'
import type { BusSubject } from './bus-reference.ts'
import { checkDeadLetterArn } from './dead-letter-rules.ts'
import { alreadyExists, limitExceeded, notFound, validation } from './errors.ts'
import { byName, pageOf } from './paging.ts'
import { buses, rules, ruleSets } from './store.ts'
import type { BusRow } from './store.ts'
import { mergeTags } from './tagging.ts'

/** Custom buses of an account and Region (Service Quotas, "Event buses"). */
const maxBuses = 100

function checkNewBus({ Name = '', EventSourceName, DeadLetterConfig }: CreateEventBusRequest) {
  if (EventSourceName !== undefined && EventSourceName !== Name) {
    throw validation('Event bus name must match event source name.')
  }
  if (EventSourceName === undefined && Name.includes('/')) {
    throw validation("Event bus name must not contain '/'.")
  }
  checkDeadLetterArn(DeadLetterConfig?.Arn)
}

/** What CreateEventBus and UpdateEventBus set. */
function settingsOf(
  input: CreateEventBusRequest | UpdateEventBusRequest,
): Pick<BusRow, 'description' | 'kmsKeyIdentifier' | 'deadLetterArn' | 'logConfig'> {
  const { Description, KmsKeyIdentifier, DeadLetterConfig, LogConfig } = input
  return {
    ...(Description && { description: Description }),
    ...(KmsKeyIdentifier && { kmsKeyIdentifier: KmsKeyIdentifier }),
    ...(DeadLetterConfig?.Arn && { deadLetterArn: DeadLetterConfig.Arn }),
    ...(LogConfig && { logConfig: LogConfig }),
  }
}

function settingsOut(row: BusRow | undefined) {
  return {
    ...(row?.description !== undefined && { Description: row.description }),
    ...(row?.kmsKeyIdentifier !== undefined && { KmsKeyIdentifier: row.kmsKeyIdentifier }),
    ...(row?.deadLetterArn !== undefined && { DeadLetterConfig: { Arn: row.deadLetterArn } }),
    ...(row?.logConfig && { LogConfig: row.logConfig }),
  }
}

/** CreateEventBus: a custom bus. */
export const CreateEventBus = operation<CreateEventBusRequest, CreateEventBusResponse>(
  CreateEventBus$,
  {
    check: checkNewBus,
    access: (input, ctx) => {
      const resource = arnOf(ctx, `event-bus/${input.Name}`)
      const conditions = requestTagConditions(input.Tags)
      const create = { resource, conditions }
      if (!input.Tags?.length) return create
      return [create, { action: 'events:TagResource', resource, conditions }]
    },
    async handle(input, ctx) {
      const name = input.Name ?? ''
      const table = ctx.store.table(buses)
      if (name === defaultBus || (await table.get(name))) {
        throw alreadyExists(`Event bus ${name} already exists.`)
      }
      if (input.EventSourceName !== undefined) {
        throw notFound(`Event source ${input.EventSourceName} does not exist.`)
      }
      const existing = await table.list()
      if (existing.filter(({ key }) => key !== defaultBus).length >= maxBuses) throw limitExceeded()
      const row: BusRow = {
        name,
        arn: arnOf(ctx, `event-bus/${name}`),
        createdAt: ctx.now.toISOString(),
        modifiedAt: ctx.now.toISOString(),
        ...settingsOf(input),
        tags: mergeTags([], input.Tags),
      }
      table.put(name, row)
      return { EventBusArn: row.arn, ...settingsOut(row) }
    },
  },
)

/** The row of a bus to be changed; the default bus gets its first one. */
export async function busRowOf(ctx: Context, bus: BusSubject): Promise<BusRow> {
  if (bus.row) return bus.row
  const createdAt = await createdAtOf(ctx, bus)
  return { name: bus.name, arn: bus.arn, createdAt, modifiedAt: createdAt, tags: [] }
}

/** The default bus is as old as its account. */
async function createdAtOf(ctx: Context, bus: BusSubject): Promise<string> {
  const account = await ctx.store.table(accounts).get(bus.account)
  return bus.row?.createdAt ?? account?.createdAt ?? ctx.now.toISOString()
}

/** UpdateEventBus: members that are left out stay as they are. */
export const UpdateEventBus = operation<UpdateEventBusRequest, UpdateEventBusResponse, BusSubject>(
  UpdateEventBus$,
  {
    check: (input) => checkDeadLetterArn(input.DeadLetterConfig?.Arn),
    resolve: (input, ctx) => findBus(ctx, input.Name),
    access: (_input, _ctx, bus) => busAccess(bus),
    async handle(input, ctx, bus) {
      const known = await busRowOf(ctx, bus)
      const { kmsKeyIdentifier, deadLetterArn, ...rest } = known
      const row = {
        ...rest,
        // Given empty, they go back to what they were before they were set.
        ...(input.KmsKeyIdentifier === undefined && kmsKeyIdentifier && { kmsKeyIdentifier }),
        ...(input.DeadLetterConfig === undefined && deadLetterArn && { deadLetterArn }),
        ...settingsOf(input),
        modifiedAt: ctx.now.toISOString(),
      }
      bus.tables.table(buses).put(bus.name, row)
      return { Arn: bus.arn, Name: bus.name, ...settingsOut(row) }
    },
  },
)

/** DeleteEventBus: not the default bus, and none that has rules. */
export const DeleteEventBus = operation<DeleteEventBusRequest, object, BusSubject>(
  DeleteEventBus$,
  {
    check: ({ Name }) => {
      if (Name === defaultBus) throw validation('Cannot delete event bus default.')
    },
    resolve: (input, ctx) => lookUpBus(ctx, input.Name),
    access: (_input, _ctx, bus) => busAccess(bus),
    async handle(_input, _ctx, { name, tables }) {
      const [rule] = await tables.table(rules).list({ prefix: `${name}|`, limit: 1 })
      if (rule) throw validation(`Event bus ${name} can't be deleted since it has rules.`)
      tables.table(buses).delete(name)
      tables.table(ruleSets).delete(name)
      return {}
    },
  },
)

/** DescribeEventBus: a bus with its policy. */
export const DescribeEventBus = operation<
  DescribeEventBusRequest,
  DescribeEventBusResponse,
  BusSubject
>(DescribeEventBus$, {
  resolve: (input, ctx) => findBus(ctx, input.Name),
  access: (_input, _ctx, bus) => busAccess(bus),
  async handle(_input, ctx, bus) {
    return { ...(await busOut(ctx, bus)), ...settingsOut(bus.row) }
  },
})

async function busOut(ctx: Context, bus: BusSubject): Promise<EventBus> {
  const createdAt = await createdAtOf(ctx, bus)
  const policy = bus.row?.policy
  return {
    Name: bus.name,
    Arn: bus.arn,
    ...(bus.row?.description !== undefined && { Description: bus.row.description }),
    ...(policy !== undefined && { Policy: await shownPolicy(ctx, policy) }),
    CreationTime: new Date(createdAt),
    LastModifiedTime: new Date(bus.row?.modifiedAt ?? createdAt),
  }
}

/** ListEventBuses: the default bus among them. */
export const ListEventBuses = operation<ListEventBusesRequest, ListEventBusesResponse>(
  ListEventBuses$,
  {
    access: () => ({ resource: '*' }),
    async handle(input, ctx) {
      const rows = byName(await ctx.store.table(buses).list(), input.NamePrefix)
      const names = new Set(rows.map(({ name }) => name))
      if (defaultBus.startsWith(input.NamePrefix ?? '')) names.add(defaultBus)
      const sorted = [...names].toSorted().map((name) => ({ name }))
      const { page, ...next } = pageOf(ctx, input, sorted)
      const found = await Promise.all(page.map(({ name }) => lookUpBus(ctx, name)))
      return { EventBuses: await Promise.all(found.map((bus) => busOut(ctx, bus))), ...next }
    },
  },
)
