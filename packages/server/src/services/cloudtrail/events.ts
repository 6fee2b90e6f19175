import {
  InvalidLookupAttributesException$,
  InvalidNextTokenException$,
  InvalidTimeRangeException$,
  LookupEvents$,
  type Event,
  type LookupEventsRequest,
  type LookupEventsResponse,
} from '@aws-sdk/client-cloudtrail'
import type { AuditRecord } from '../../kernel/audit-record.ts'
import { touchedResources } from '../../kernel/audit-resources.ts'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import type { AuditQuery } from '../../kernel/store/store.ts'

const daysMs = 24 * 60 * 60 * 1000
const historyMs = 90 * daysMs
const defaultResults = 50

type AuditLookup = Omit<AuditQuery, 'account'>

/**
 * The account's management events of the last 90 days, newest first
 * (https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html).
 */
export const LookupEvents = operation<LookupEventsRequest, LookupEventsResponse>(LookupEvents$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    if (input.EventCategory !== undefined) return { Events: [] }
    const wanted = input.MaxResults ?? defaultResults
    const query = lookupOf(input, ctx)
    const found = await ctx.lookupAudit({ ...query, managementOnly: true, limit: wanted + 1 })
    const shown = found.slice(0, wanted)
    const last = shown.at(-1)
    return {
      Events: shown.map(({ record }) => eventOf(record)),
      ...(found.length > wanted && last && { NextToken: tokenFor(last.sequence, query, ctx) }),
    }
  },
})

function lookupOf(input: LookupEventsRequest, ctx: Context): Omit<AuditLookup, 'limit'> {
  const from = input.StartTime?.getTime()
  const to = input.EndTime?.getTime()
  if (from !== undefined && to !== undefined && from > to) {
    throw awsError(
      InvalidTimeRangeException$,
      'The time range is not valid: the start time is after the end time.',
    )
  }
  const attribute = attributeOf(input)
  const query = {
    from: Math.max(from ?? 0, ctx.now.getTime() - historyMs),
    ...(to !== undefined && { to }),
    region: ctx.region,
    ...(attribute && { attribute }),
  }
  const before = input.NextToken === undefined ? undefined : readToken(input.NextToken, query, ctx)
  return { ...query, ...(before !== undefined && { before }) }
}

function attributeOf(input: LookupEventsRequest): AuditLookup['attribute'] {
  const [attribute, second] = input.LookupAttributes ?? []
  if (second) {
    throw awsError(
      InvalidLookupAttributesException$,
      'You can only specify one lookup attribute in a LookupEvents request.',
    )
  }
  const { AttributeKey: name, AttributeValue: value } = attribute ?? {}
  return name === undefined || value === undefined ? undefined : { name, value }
}

/** What a page token must be used with again: the same question. */
function questionOf({ region, attribute }: Omit<AuditLookup, 'limit'>): string {
  return JSON.stringify([region, attribute])
}

const tokenPurpose = 'cloudtrail-page'

function tokenFor(sequence: number, query: Omit<AuditLookup, 'limit'>, ctx: Context): string {
  return ctx.secrets.seal(tokenPurpose, JSON.stringify([sequence, questionOf(query), ctx.account]))
}

function readToken(token: string, query: Omit<AuditLookup, 'limit'>, ctx: Context): number {
  const text = ctx.secrets.open(tokenPurpose, token)
  const [sequence, question, account]: unknown[] = text === undefined ? [] : JSON.parse(text)
  if (typeof sequence === 'number' && question === questionOf(query) && account === ctx.account) {
    return sequence
  }
  throw awsError(InvalidNextTokenException$, 'Invalid nextToken.')
}

/** A record as LookupEvents shows it. */
export function eventOf(record: AuditRecord): Event {
  const { userIdentity } = record
  const userName = userIdentity.userName ?? sessionName(userIdentity.arn) ?? userIdentity.invokedBy
  return {
    EventId: record.eventID,
    EventName: record.eventName,
    ReadOnly: String(record.readOnly),
    ...(userIdentity.accessKeyId !== undefined && { AccessKeyId: userIdentity.accessKeyId }),
    EventTime: new Date(record.eventTime),
    EventSource: record.eventSource,
    ...(userName !== undefined && { Username: userName }),
    Resources: touchedResources(record).map(({ type, name }) => ({
      ResourceType: type,
      ResourceName: name,
    })),
    CloudTrailEvent: JSON.stringify(record),
  }
}

/** The session's name, for assumed roles and federated users. */
function sessionName(arn: string | undefined): string | undefined {
  if (arn?.endsWith(':root')) return 'root'
  return arn?.startsWith('arn:aws:sts:') ? arn.slice(arn.lastIndexOf('/') + 1) : undefined
}
