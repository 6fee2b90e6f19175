import type { Aftermath, PlacedEvent } from './aftermath.ts'
import type { AuditRecord } from './audit-record.ts'
import { Draft } from './audit.ts'
import { CallContext } from './call-context.ts'
import { serviceCaller } from './service-caller.ts'
import { apiCallEvent, eventInterest, type EventEnvelope } from './events.ts'
import type { Kernel } from './kernel.ts'
import type { Batch } from './store/store.ts'
import { scopeOf } from './store/store.ts'
import { beginWork, type Work } from './unit-of-work.ts'

const nothing: Pick<Batch, 'changes' | 'expectations'> = { changes: [], expectations: [] }

/**
 * Commits what a call, job or task did (undefined: nothing, it was refused) with its audit records,
 * its events and tasks in one transaction, then sets off what follows. Throws WriteConflict.
 */
export async function settle(
  kernel: Kernel,
  work: Work | undefined,
  audit: readonly AuditRecord[],
): Promise<void> {
  const own = work ? await work.batch() : nothing
  const events = heardEvents(kernel, work?.aftermath, audit)
  if (!events) {
    if (own.changes.length + audit.length > 0) await kernel.store.commit({ ...own, audit })
    if (work) afterwards(kernel, work.aftermath)
    return
  }
  const batches = [own]
  const works = work ? [work] : []
  for (const event of events) {
    const reaction = await react(kernel, event)
    if (!reaction) continue
    batches.push(await reaction.batch())
    works.push(reaction)
  }
  await kernel.store.commit({
    changes: batches.flatMap(({ changes }) => changes),
    expectations: batches.flatMap(({ expectations }) => expectations),
    audit,
  })
  for (const each of works) afterwards(kernel, each.aftermath)
}

function afterwards(kernel: Kernel, { tasks, effects }: Aftermath): void {
  if (tasks.length > 0) kernel.tasks.accept(tasks)
  for (const effect of effects) effect()
}

/** The events of places that may have rules; undefined when there are none, as for most calls. */
function heardEvents(
  kernel: Kernel,
  aftermath: Aftermath | undefined,
  audit: readonly AuditRecord[],
): EventEnvelope[] | undefined {
  let heard: EventEnvelope[] | undefined
  for (const event of aftermath?.events ?? []) {
    if (mayHaveRules(kernel, event)) (heard ??= []).push(envelope(kernel, event))
  }
  for (const record of audit) {
    const place = { account: record.recipientAccountId, region: record.awsRegion }
    if (record.managementEvent && place.account !== '' && mayHaveRules(kernel, place)) {
      ;(heard ??= []).push(apiCallEvent(record))
    }
  }
  return heard
}

function mayHaveRules(kernel: Kernel, { account, region }: { account: string; region: string }) {
  const scope = scopeOf(eventInterest.scope, account, region)
  const row = kernel.store.peek(eventInterest, scope, 'default')
  return row === undefined || (row !== null && row.value.rules > 0)
}

function envelope(kernel: Kernel, event: PlacedEvent): EventEnvelope {
  return {
    version: '0',
    id: kernel.ids.uuid(),
    'detail-type': event.detailType,
    source: event.source,
    account: event.account,
    time: `${event.now.toISOString().slice(0, 19)}Z`,
    region: event.region,
    resources: event.resources ?? [],
    detail: event.detail,
  }
}

async function react(kernel: Kernel, event: EventEnvelope): Promise<Work | undefined> {
  const { account, region } = event
  const scope = scopeOf(eventInterest.scope, account, region)
  const interest = await kernel.store.get(eventInterest, scope, 'default')
  if (!interest || interest.value.rules === 0) return undefined
  const sink = (await kernel.services.load('events'))?.eventSink
  if (!sink) return undefined
  const work = beginWork(kernel.store, account, region)
  await sink.onEvent(event, serviceContext(kernel, { account, region, service: 'events' }, work))
  return work
}

/** The context of a service that does something of its own accord. */
export function serviceContext(
  kernel: Kernel,
  place: { account: string; region: string; service: string; now?: Date },
  work: Work,
  draft = new Draft(),
): CallContext {
  const { account, region, service, now = kernel.clock.now() } = place
  const name = service.includes('.') ? service : `${service}.amazonaws.com`
  const caller = serviceCaller(kernel, { account, region, service: name, now })
  return new CallContext(kernel, caller, {
    requestId: kernel.ids.uuid(),
    eventId: kernel.ids.uuid(),
    work,
    audit: draft,
    call: () => Promise.reject(new Error('there is no caller to act for')),
    // What a service does of its own accord, nobody has to allow.
    require: () => Promise.resolve(),
    conditions: () => ({}),
  })
}
