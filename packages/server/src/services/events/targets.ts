import {
  ListRuleNamesByTarget$,
  ListTargetsByRule$,
  PutTargets$,
  RemoveTargets$,
} from '@aws-sdk/client-eventbridge'
import type {
  ListRuleNamesByTargetRequest,
  ListRuleNamesByTargetResponse,
  ListTargetsByRuleRequest,
  ListTargetsByRuleResponse,
  PutTargetsRequest,
  PutTargetsResponse,
  RemoveTargetsRequest,
  RemoveTargetsResponse,
  Target,
} from '@aws-sdk/client-eventbridge'
import { operation } from '../../kernel/service.ts'
import { ruleArn } from './arns.ts'
import { busAccess, findBus, lookUpRule, passRole, ruleAccess } from './bus-reference.ts'
import type { BusSubject, RuleSubject } from './bus-reference.ts'
import { limitExceeded } from './errors.ts'
import { byName, pageOf } from './paging.ts'
import { existing, putRule, refuseManaged } from './rules.ts'
import { rules } from './store.ts'
import type { TargetRow } from './store.ts'
import { checkDeadLetterRegion, checkTargets } from './target-rules.ts'

/** Targets of a rule (EventBridge User Guide, "Quotas"). */
const maxTargets = 5

/** PutTargets: adds targets to a rule, or replaces those of the same ids. */
export const PutTargets = operation<PutTargetsRequest, PutTargetsResponse, RuleSubject>(
  PutTargets$,
  {
    check: ({ Targets = [] }) => checkTargets(Targets),
    resolve: (input, ctx) => lookUpRule(ctx, input.Rule ?? '', input.EventBusName),
    access: ({ Targets = [] }, _ctx, subject) => {
      const arns = Targets.map(({ Arn = '' }) => Arn)
      const roles = new Set(Targets.flatMap(({ RoleArn }) => RoleArn ?? []))
      return [ruleAccess(subject, { 'events:targetarn': arns }), ...[...roles].map(passRole)]
    },
    async handle({ Targets = [] }, ctx, subject) {
      const rule = existing(subject)
      refuseManaged(rule)
      for (const target of Targets) checkDeadLetterRegion(target, subject.bus)
      const merged = new Map(rule.targets.map((target) => [target.id, target]))
      for (const target of Targets) merged.set(target.Id ?? '', targetRow(target))
      if (merged.size > maxTargets) throw limitExceeded()
      await putRule(ctx, subject.bus, { ...rule, targets: [...merged.values()] })
      return { FailedEntryCount: 0, FailedEntries: [] }
    },
  },
)

/** RemoveTargets: by their ids. */
export const RemoveTargets = operation<RemoveTargetsRequest, RemoveTargetsResponse, RuleSubject>(
  RemoveTargets$,
  {
    resolve: (input, ctx) => lookUpRule(ctx, input.Rule ?? '', input.EventBusName),
    access: (_input, _ctx, subject) => ruleAccess(subject),
    async handle({ Ids = [], Force }, ctx, subject) {
      const rule = existing(subject)
      refuseManaged(rule, Force)
      const known = new Set(rule.targets.map(({ id }) => id))
      const missing = Ids.filter((id) => !known.has(id))
      const targets = rule.targets.filter(({ id }) => !Ids.includes(id))
      await putRule(ctx, subject.bus, { ...rule, targets })
      return {
        FailedEntryCount: missing.length,
        FailedEntries: missing.map((TargetId) => ({
          TargetId,
          ErrorCode: 'ResourceNotFoundException',
          ErrorMessage: `Rule ${rule.name} does not have a target with the Id ${TargetId}.`,
        })),
      }
    },
  },
)

function targetRow(target: Target): TargetRow {
  const { Id = '', Arn = '', RoleArn, Input, InputPath, InputTransformer, ...rest } = target
  const { SqsParameters, HttpParameters, DeadLetterConfig, RetryPolicy, ...other } = rest
  return {
    id: Id,
    arn: Arn,
    ...(RoleArn !== undefined && { roleArn: RoleArn }),
    ...(Input !== undefined && { input: Input }),
    ...(InputPath !== undefined && { inputPath: InputPath }),
    ...(InputTransformer && { inputTransformer: InputTransformer }),
    ...(SqsParameters && { sqs: SqsParameters }),
    ...(HttpParameters && { http: HttpParameters }),
    ...(DeadLetterConfig?.Arn !== undefined && { deadLetterArn: DeadLetterConfig.Arn }),
    ...(RetryPolicy && { retryPolicy: RetryPolicy }),
    ...(Object.keys(other).length > 0 && { other: JSON.stringify(other) }),
  }
}

function targetOut(row: TargetRow): Target {
  return {
    Id: row.id,
    Arn: row.arn,
    ...(row.roleArn !== undefined && { RoleArn: row.roleArn }),
    ...(row.input !== undefined && { Input: row.input }),
    ...(row.inputPath !== undefined && { InputPath: row.inputPath }),
    ...(row.inputTransformer && { InputTransformer: row.inputTransformer }),
    ...(row.sqs && { SqsParameters: row.sqs }),
    ...(row.http && { HttpParameters: row.http }),
    ...(row.deadLetterArn !== undefined && { DeadLetterConfig: { Arn: row.deadLetterArn } }),
    ...(row.retryPolicy && { RetryPolicy: row.retryPolicy }),
    ...(row.other !== undefined && (JSON.parse(row.other) as object)),
  }
}

/** ListTargetsByRule. */
export const ListTargetsByRule = operation<
  ListTargetsByRuleRequest,
  ListTargetsByRuleResponse,
  RuleSubject
>(ListTargetsByRule$, {
  resolve: (input, ctx) => lookUpRule(ctx, input.Rule ?? '', input.EventBusName),
  access: (_input, _ctx, subject) => ruleAccess(subject),
  handle(input, ctx, subject) {
    const named = existing(subject).targets.map((target) => ({ name: target.id, target }))
    const sorted = named.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    const { page, ...next } = pageOf(ctx, input, sorted)
    return { Targets: page.map(({ target }) => targetOut(target)), ...next }
  },
})

/** ListRuleNamesByTarget: the rules of a bus that have a target. */
export const ListRuleNamesByTarget = operation<
  ListRuleNamesByTargetRequest,
  ListRuleNamesByTargetResponse,
  BusSubject
>(ListRuleNamesByTarget$, {
  resolve: (input, ctx) => findBus(ctx, input.EventBusName),
  access: (_input, _ctx, bus) => busAccess(bus, { resource: ruleArn(bus, bus.name, '*') }),
  async handle(input, ctx, bus) {
    const query = { index: 'target', equals: `${bus.name}|${input.TargetArn}` }
    const rows = byName(await bus.tables.table(rules).list(query))
    const { page, ...next } = pageOf(ctx, input, rows)
    return { RuleNames: page.map(({ name }) => name), ...next }
  },
})
