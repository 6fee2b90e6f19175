import { DescribeEventCategories$, DescribeEvents$ } from '@aws-sdk/client-rds'
import type {
  DescribeEventCategoriesMessage,
  DescribeEventsMessage,
  Event,
  EventCategoriesMessage,
  EventsMessage,
} from '@aws-sdk/client-rds'
import { operation } from '../../kernel/service.ts'
import { invalidCombination } from './errors.ts'
import { sliceOf } from './listing.ts'
import { events, type EventRow } from './store.ts'

const minuteMs = 60_000
const defaultMinutes = 60
const keptDays = 14
const dayMinutes = 24 * 60

function view(row: EventRow): Event {
  const isSource = (type: string): type is NonNullable<Event['SourceType']> => type !== ''
  return {
    SourceIdentifier: row.source,
    ...(isSource(row.sourceType) && { SourceType: row.sourceType }),
    SourceArn: row.sourceArn,
    Message: row.message,
    EventCategories: [...row.categories],
    Date: new Date(row.at),
  }
}

/** DescribeEvents: of the last hour unless told otherwise, of the last 14 days at most. */
export const DescribeEvents = operation<DescribeEventsMessage, EventsMessage>(DescribeEvents$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const { SourceIdentifier: source, SourceType: type, EventCategories: categories } = input
    if (source && !type) {
      throw invalidCombination('SourceType is required when SourceIdentifier is supplied')
    }
    const end = input.EndTime ?? ctx.now
    const minutes = Math.min(input.Duration ?? defaultMinutes, keptDays * dayMinutes)
    const start = input.StartTime ?? new Date(end.getTime() - minutes * minuteMs)
    const upTo = end.toISOString()
    const found = await ctx.store
      .table(events)
      .list({ index: 'at', from: start.toISOString(), upTo })
    const wanted = found
      .map(({ value }) => value)
      .filter((row) => !source || row.source === source.toLowerCase())
      .filter((row) => !type || row.sourceType === type)
      .filter(
        (row) => !categories?.length || row.categories.some((each) => categories.includes(each)),
      )
    const page = sliceOf(ctx, 'events', input, wanted)
    return { Events: page.items.map(view), ...page.marker }
  },
})

const categoriesOf = {
  'db-instance': [
    'availability',
    'configuration change',
    'creation',
    'deletion',
    'failure',
    'notification',
    'restoration',
  ],
  'db-cluster': [
    'availability',
    'configuration change',
    'creation',
    'deletion',
    'failure',
    'notification',
    'restoration',
  ],
  'db-snapshot': ['creation'],
  'db-cluster-snapshot': ['creation'],
}

/** DescribeEventCategories: of the events that there are here. */
export const DescribeEventCategories = operation<
  DescribeEventCategoriesMessage,
  EventCategoriesMessage
>(DescribeEventCategories$, {
  access: () => ({ resource: '*' }),
  handle: (input) => ({
    EventCategoriesMapList: Object.entries(categoriesOf)
      .filter(([SourceType]) => !input.SourceType || SourceType === input.SourceType)
      .map(([SourceType, EventCategories]) => ({ SourceType, EventCategories })),
  }),
})
