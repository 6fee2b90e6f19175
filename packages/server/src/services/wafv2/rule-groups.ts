import {
  CheckCapacity$,
  CreateRuleGroup$,
  DeleteRuleGroup$,
  GetRuleGroup$,
  ListRuleGroups$,
  UpdateRuleGroup$,
} from '@aws-sdk/client-wafv2'
import type {
  CheckCapacityRequest,
  CheckCapacityResponse,
  CreateRuleGroupRequest,
  CreateRuleGroupResponse,
  DeleteRuleGroupRequest,
  GetRuleGroupRequest,
  GetRuleGroupResponse,
  LabelSummary,
  ListRuleGroupsRequest,
  ListRuleGroupsResponse,
  Rule,
  RuleGroup,
  UpdateRuleGroupRequest,
  UpdateRuleGroupResponse,
} from '@aws-sdk/client-wafv2'
import type { PolicySource } from '@bartizan/policy'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { entityNamed } from './arns.ts'
import { definitionText, ruleGroupOf, type RuleGroupDefinition } from './definitions.ts'
import {
  addEntity,
  checkedScope,
  creation,
  entityAccess,
  newEntity,
  removeEntity,
  replaceEntity,
  required,
  seekEntity,
  unlocked,
  type EntitySubject,
} from './entities.ts'
import { entityAnywhere, groupPolicy } from './group-policy.ts'
import { entityPage, summaryOf } from './paging.ts'
import { referredBy } from './references.ts'
import {
  checkCapacity,
  checkedRules,
  checkMetric,
  ruleSubject,
  type RuleSubject,
} from './rule-checks.ts'
import { permissionPolicies, type EntityRow, type WafScope } from './store.ts'
import { checkedTags } from './tagging.ts'

const capacityQuota = 5000

type Given = Pick<CreateRuleGroupRequest, 'VisibilityConfig' | 'CustomResponseBodies'> & {
  readonly Capacity: number
}

/** A rule group's definition, checked: its rules use no more than its capacity. */
function defined(ctx: Context, scope: WafScope, given: Given, subject: RuleSubject) {
  const { VisibilityConfig, CustomResponseBodies, Capacity } = given
  checkMetric(VisibilityConfig)
  const used = checkedRules(ctx, subject, {
    scope,
    home: 'rule group',
    customResponseBodies: CustomResponseBodies,
  })
  checkCapacity('RULE_GROUP', Capacity, capacityQuota)
  checkCapacity('RULE_GROUP', used, Capacity)
  const Rules = [...subject.rules]
  const definition: RuleGroupDefinition = {
    Capacity,
    Rules,
    VisibilityConfig,
    ...(CustomResponseBodies && { CustomResponseBodies }),
  }
  return { definition: definitionText(definition), uses: referredBy(Rules).arns }
}

/** CreateRuleGroup. */
export const CreateRuleGroup = operation<
  CreateRuleGroupRequest,
  CreateRuleGroupResponse,
  RuleSubject & { readonly blank: EntityRow }
>(CreateRuleGroup$, {
  resolve: async (input, ctx) => ({
    ...(await ruleSubject(ctx, input.Rules)),
    blank: newEntity('rulegroup', input, ctx),
  }),
  access: ({ Tags }, _ctx, { blank, access }) => [creation(blank, Tags), ...access],
  async handle({ Description, Tags, Capacity = 0, ...given }, ctx, subject) {
    const { blank } = subject
    const row: EntityRow = {
      ...blank,
      ...(Description !== undefined && { description: Description }),
      ...defined(ctx, blank.scope, { ...given, Capacity }, subject),
      tags: checkedTags({}, Tags),
    }
    await addEntity(ctx, row)
    return { Summary: summaryOf(row) }
  },
})

/** The labels that a group's rules add, and those that they look for, with all their namespaces. */
function labelsOf(row: EntityRow): Pick<RuleGroup, 'AvailableLabels' | 'ConsumedLabels'> {
  const { Rules = [], LabelNamespace = '' } = ruleGroupOf(row)
  const added = Rules.flatMap(({ RuleLabels = [] }: Rule) => RuleLabels.map(({ Name }) => Name))
  const looked = new Set<string>()
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return
    for (const [name, member] of Object.entries(value)) {
      if (name === 'LabelMatchStatement' && member) {
        const { Key } = member as { readonly Key?: string }
        if (Key !== undefined) looked.add(Key.startsWith('awswaf:') ? Key : LabelNamespace + Key)
      } else walk(member)
    }
  }
  walk(Rules)
  const summaries = (names: Iterable<string>): LabelSummary[] =>
    [...names].map((Name) => ({ Name }))
  return {
    AvailableLabels: summaries(new Set(added.map((name) => LabelNamespace + (name ?? '')))),
    ConsumedLabels: summaries(looked),
  }
}

/** GetRuleGroup: by name, or by ARN, which may be of a group that another account shares. */
export const GetRuleGroup = operation<
  GetRuleGroupRequest,
  GetRuleGroupResponse,
  EntitySubject & { readonly resourcePolicy?: PolicySource | undefined }
>(GetRuleGroup$, {
  async resolve(input, ctx) {
    const arn = input.ARN ?? ''
    if (input.Name !== undefined || entityNamed(arn)?.account === ctx.account) {
      return seekEntity('rulegroup', input, ctx)
    }
    const subject = await seekEntity('rulegroup', input, ctx)
    const row = await entityAnywhere(ctx, arn)
    return { ...subject, row, resourcePolicy: await groupPolicy(ctx, arn) }
  },
  access: (_input, _ctx, subject) => ({
    ...entityAccess(subject),
    unseen: 'this resource',
    ...(subject.resourcePolicy && { resourcePolicy: subject.resourcePolicy }),
  }),
  handle(_input, _ctx, subject) {
    const row = required(subject)
    const labels = labelsOf(row)
    return { RuleGroup: { ...ruleGroupOf(row), ...labels }, LockToken: row.lockToken }
  },
})

/** UpdateRuleGroup: its capacity stays as it was declared. */
export const UpdateRuleGroup = operation<
  UpdateRuleGroupRequest,
  UpdateRuleGroupResponse,
  RuleSubject & EntitySubject
>(UpdateRuleGroup$, {
  resolve: async (input, ctx) => ({
    ...(await ruleSubject(ctx, input.Rules)),
    ...(await seekEntity('rulegroup', input, ctx)),
  }),
  access: (_input, _ctx, subject) => [entityAccess(subject), ...subject.access],
  handle({ Description, LockToken, ...given }, ctx, subject) {
    const before = unlocked(subject, LockToken)
    const { Capacity = 0 } = ruleGroupOf(before)
    const { description: _replaced, ...kept } = before
    const row = {
      ...kept,
      ...(Description !== undefined && { description: Description }),
      ...defined(ctx, before.scope, { ...given, Capacity }, subject),
    }
    return { NextLockToken: replaceEntity(ctx, before, row) }
  },
})

/** DeleteRuleGroup. */
export const DeleteRuleGroup = operation<DeleteRuleGroupRequest, object, EntitySubject>(
  DeleteRuleGroup$,
  {
    resolve: (input, ctx) => seekEntity('rulegroup', input, ctx),
    access: (_input, _ctx, subject) => entityAccess(subject),
    async handle({ LockToken }, ctx, subject) {
      const row = unlocked(subject, LockToken)
      await removeEntity(ctx, row)
      ctx.store.table(permissionPolicies).delete(row.arn)
      return {}
    },
  },
)

/** ListRuleGroups. */
export const ListRuleGroups = operation<ListRuleGroupsRequest, ListRuleGroupsResponse>(
  ListRuleGroups$,
  {
    access: () => ({ resource: '*' }),
    async handle(input, ctx) {
      const { items, marker } = await entityPage(ctx, 'rulegroup', input)
      return { ...marker, RuleGroups: items.map(summaryOf) }
    },
  },
)

/** CheckCapacity: what rules would use. */
export const CheckCapacity = operation<CheckCapacityRequest, CheckCapacityResponse, RuleSubject>(
  CheckCapacity$,
  {
    readOnly: true,
    resolve: ({ Rules }, ctx) => ruleSubject(ctx, Rules),
    access: (_input, _ctx, { access }) => [{ resource: '*' }, ...access],
    handle({ Scope }, ctx, subject) {
      const scope = checkedScope(ctx, Scope)
      return { Capacity: checkedRules(ctx, subject, { scope, home: 'web ACL' }) }
    },
  },
)
