import type { Context } from '../../../kernel/context.ts'
import { arnParts } from '../arns.ts'
import type { Place } from '../arns.ts'
import { sealEvent, type EventKey } from '../encryption.ts'
import type { RuleRow, TargetRow } from '../store.ts'
import type { DeliveryBatch, Event } from './delivery.ts'
import { deliveriesOf } from './delivery.ts'
import { ruleMetric } from './metrics.ts'
import { maxBatch } from './queue-batch.ts'
import { deliverBatchTask, deliverTask, invokeTask } from './tasks.ts'

interface Group {
  readonly rule: RuleRow
  readonly target: TargetRow
  readonly place: Place
  readonly isForwarded: boolean
  readonly key: EventKey | undefined
  readonly events: string[]
}

/** How an event came to a rule, where it was not simply put on the rule's bus. */
export interface Passage {
  readonly place?: Place
  readonly isForwarded?: boolean
  /** Encrypts the event for as long as it waits, on a bus with a KMS key. */
  readonly key?: EventKey
}

/** Gathers the deliveries of one unit of work, so that a queue gets its events together. */
export class Departures {
  readonly #ctx: Context
  readonly #groups = new Map<string, Group>()
  readonly #texts = new Map<Event, string>()

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  /** Adds an event for every target of a rule that it triggers. */
  add(rule: RuleRow, event: Event, passage: Passage = {}): void {
    const { place = this.#ctx, isForwarded = false, key: eventKey } = passage
    ruleMetric(this.#ctx, rule, 'TriggeredRules')
    for (const target of rule.targets) {
      const key = `${rule.arn}|${target.id}|${isForwarded}`
      const group = this.#groups.get(key)
      const text = this.#textOf(event, eventKey)
      if (group) group.events.push(text)
      else
        this.#groups.set(key, { rule, target, place, isForwarded, key: eventKey, events: [text] })
      ruleMetric(this.#ctx, rule, 'InvocationsCreated')
    }
  }

  /** An event's JSON, which all of its targets share. */
  #textOf(event: Event, key: EventKey | undefined): string {
    let text = this.#texts.get(event)
    if (text === undefined) {
      text = JSON.stringify(event)
      if (key) text = sealEvent(key, text)
      this.#texts.set(event, text)
    }
    return text
  }

  /** Enqueues what was added. */
  enqueue(): void {
    for (const group of this.#groups.values()) {
      for (let at = 0; at < group.events.length; at += maxBatch) {
        this.#enqueue(group, group.events.slice(at, at + maxBatch))
      }
    }
    this.#groups.clear()
  }

  #enqueue(group: Group, events: readonly string[]): void {
    const { rule, target, isForwarded, key } = group
    const { account, region } = group.place
    const batch: DeliveryBatch = {
      rule: { name: rule.name, arn: rule.arn, bus: rule.bus },
      target,
      ingestedAt: this.#ctx.now.toISOString(),
      ...(isForwarded && { isForwarded }),
      ...(key && { sealing: key.sealing }),
      events,
    }
    const { service, resource } = arnParts(target.arn) ?? {}
    if (service === 'sqs' && events.length > 1) {
      this.#ctx.enqueue(deliverBatchTask, batch, { account, region })
      return
    }
    const isWebhook = service === 'events' && resource?.startsWith('api-destination/') === true
    const task = isWebhook ? invokeTask : deliverTask
    for (const delivery of deliveriesOf(batch))
      this.#ctx.enqueue(task, delivery, { account, region })
  }
}
