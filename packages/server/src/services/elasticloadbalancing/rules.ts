import {
  CreateRule$,
  DeleteRule$,
  DescribeRules$,
  ModifyRule$,
  SetRulePriorities$,
  type CreateRuleInput,
  type CreateRuleOutput,
  type DeleteRuleInput,
  type DescribeRulesInput,
  type DescribeRulesOutput,
  type ModifyRuleInput,
  type ModifyRuleOutput,
  type Rule,
  type SetRulePrioritiesInput,
  type SetRulePrioritiesOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { accessTo, accessToMake } from './access.ts'
import { checkedActions } from './actions.ts'
import { ruleArn } from './arns.ts'
import { checkedConditions } from './condition-input.ts'
import { invalid, noListener, noRule, notPermitted, priorityInUse } from './errors.ts'
import { allOf, rowOf, sliceOf } from './listing.ts'
import { changed } from './plane.ts'
import { listeners, rules, type ListenerRow, type RuleRow } from './store.ts'
import { mergeTags } from './tagging.ts'

function ruleOut(row: RuleRow): Rule {
  return {
    RuleArn: row.arn,
    Priority: String(row.priority),
    Conditions: [...row.conditions],
    Actions: [...row.actions],
    IsDefault: false,
  }
}

/** The default rule of a listener, which has its own ARN. */
function defaultRuleOut({ arn, defaultActions }: ListenerRow): Rule {
  return {
    RuleArn: defaultRuleArn(arn),
    Priority: 'default',
    Conditions: [],
    Actions: [...defaultActions],
    IsDefault: true,
  }
}

function defaultRuleArn(listener: string): string {
  return ruleArn(listener, 'default')
}

function refuseTransforms({
  Transforms,
}: {
  readonly Transforms?: readonly object[] | undefined
}): void {
  if (Transforms?.length) throw invalid('Transforms of host headers and URLs are not supported')
}

async function rulesOf(ctx: Context, listener: string): Promise<RuleRow[]> {
  return allOf(ctx, rules, { index: 'listener', equals: listener })
}

/** CreateRule. */
export const CreateRule = operation<CreateRuleInput, CreateRuleOutput, ListenerRow>(CreateRule$, {
  check: refuseTransforms,
  resolve: ({ ListenerArn }, ctx) => rowOf(ctx, listeners, ListenerArn, noListener),
  access: (input, _ctx, row) => [
    accessTo(row),
    ...accessToMake('CreateRule', ruleArn(row.arn, '*'), input.Tags).slice(1),
  ],
  async handle(input, ctx, listener) {
    const { Priority: priority = 0 } = input
    const others = await rulesOf(ctx, listener.arn)
    if (others.some((each) => each.priority === priority)) throw priorityInUse(priority)
    const row: RuleRow = {
      arn: ruleArn(listener.arn, ctx.ids.hex(16)),
      listener: listener.arn,
      priority,
      conditions: checkedConditions(input.Conditions),
      actions: await checkedActions(ctx, input.Actions),
      tags: mergeTags({}, input.Tags),
    }
    ctx.store.table(rules).put(row.arn, row)
    changed(ctx)
    return { Rules: [ruleOut(row)] }
  },
})

/** DescribeRules: of a listener in the order of their priorities, or by ARN. */
export const DescribeRules = operation<DescribeRulesInput, DescribeRulesOutput>(DescribeRules$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const found = await soughtRules(ctx, input)
    const { items, marker } = sliceOf(ctx, 'rules', input, found)
    return { Rules: items, ...marker }
  },
})

async function soughtRules(
  ctx: Context,
  { ListenerArn, RuleArns }: DescribeRulesInput,
): Promise<Rule[]> {
  if (ListenerArn !== undefined) {
    const listener = await rowOf(ctx, listeners, ListenerArn, noListener)
    const own = (await rulesOf(ctx, listener.arn)).toSorted((a, b) => a.priority - b.priority)
    return [...own.map(ruleOut), defaultRuleOut(listener)]
  }
  if (!RuleArns?.length)
    throw invalid('You must specify either listener rule ARNs or a listener ARN')
  return Promise.all(
    RuleArns.map(async (arn) => {
      const listener = await listenerOfDefault(ctx, arn)
      return listener ? defaultRuleOut(listener) : ruleOut(await rowOf(ctx, rules, arn, noRule))
    }),
  )
}

async function listenerOfDefault(ctx: Context, arn: string): Promise<ListenerRow | undefined> {
  if (!arn.endsWith('/default')) return undefined
  const listener = arn.slice(0, -'/default'.length).replace(':listener-rule/', ':listener/')
  return ctx.store.table(listeners).get(listener)
}

/** ModifyRule: what is mentioned replaces what there was. */
export const ModifyRule = operation<ModifyRuleInput, ModifyRuleOutput, RuleRow>(ModifyRule$, {
  check: refuseTransforms,
  resolve: ({ RuleArn }, ctx) => rowOf(ctx, rules, RuleArn, noRule),
  access: (_input, _ctx, row) => accessTo(row),
  async handle({ Conditions, Actions }, ctx, row) {
    const next: RuleRow = {
      ...row,
      ...(Conditions && { conditions: checkedConditions(Conditions) }),
      ...(Actions && { actions: await checkedActions(ctx, Actions) }),
    }
    ctx.store.table(rules).put(row.arn, next)
    changed(ctx)
    return { Rules: [ruleOut(next)] }
  },
})

/** SetRulePriorities: of several rules at once, so that two can change places. */
export const SetRulePriorities = operation<
  SetRulePrioritiesInput,
  SetRulePrioritiesOutput,
  readonly RuleRow[]
>(SetRulePriorities$, {
  resolve: ({ RulePriorities = [] }, ctx) =>
    Promise.all(RulePriorities.map(({ RuleArn }) => rowOf(ctx, rules, RuleArn, noRule))),
  access: (_input, _ctx, rows) => rows.map((row) => accessTo(row)),
  async handle({ RulePriorities = [] }, ctx, rows) {
    const moved = rows.map((row, index) => ({
      ...row,
      priority: RulePriorities[index]?.Priority ?? row.priority,
    }))
    const [first] = rows
    const others = first ? await rulesOf(ctx, first.listener) : []
    const still = others.filter(({ arn }) => !moved.some((row) => row.arn === arn))
    const all = [...still, ...moved].map(({ priority }) => priority)
    const twice = all.find((priority, index) => all.indexOf(priority) !== index)
    if (twice !== undefined) throw priorityInUse(twice)
    for (const row of moved) ctx.store.table(rules).put(row.arn, row)
    changed(ctx)
    return { Rules: moved.map(ruleOut) }
  },
})

/** DeleteRule. */
export const DeleteRule = operation<DeleteRuleInput, object, RuleRow>(DeleteRule$, {
  async resolve({ RuleArn = '' }, ctx) {
    if (await listenerOfDefault(ctx, RuleArn)) {
      throw notPermitted(`Default rule '${RuleArn}' cannot be deleted`)
    }
    return rowOf(ctx, rules, RuleArn, noRule)
  },
  access: (_input, _ctx, row) => accessTo(row),
  handle(_input, ctx, row) {
    ctx.store.table(rules).delete(row.arn)
    changed(ctx)
    return {}
  },
})
