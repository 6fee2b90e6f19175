import {
  CreateWebACL$,
  DeleteWebACL$,
  GetWebACL$,
  ListWebACLs$,
  UpdateWebACL$,
} from '@aws-sdk/client-wafv2'
import type {
  CreateWebACLRequest,
  CreateWebACLResponse,
  DeleteWebACLRequest,
  GetWebACLRequest,
  GetWebACLResponse,
  ListWebACLsRequest,
  ListWebACLsResponse,
  UpdateWebACLRequest,
  UpdateWebACLResponse,
  WebACL,
} from '@aws-sdk/client-wafv2'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { resourcesBehind } from './association-users.ts'
import { definitionText, webAclOf, type WebAclDefinition } from './definitions.ts'
import {
  addEntity,
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
import { associated } from './errors.ts'
import { dropLogging } from './logging-store.ts'
import { entityPage, summaryOf } from './paging.ts'
import { referredBy } from './references.ts'
import {
  checkCapacity,
  checkDefaultAction,
  checkedRules,
  checkMetric,
  ruleSubject,
  type RuleSubject,
} from './rule-checks.ts'
import type { EntityRow, WafScope } from './store.ts'
import { checkedTags } from './tagging.ts'

const capacityQuota = 5000

/** What requests say of a web ACL beside its name. */
type Given = Omit<CreateWebACLRequest, 'Name' | 'Scope' | 'Description' | 'Tags'>

/** A web ACL's definition, checked. */
function defined(ctx: Context, scope: WafScope, given: Given, subject: RuleSubject) {
  const { DefaultAction, VisibilityConfig, CustomResponseBodies } = given
  checkDefaultAction(DefaultAction)
  checkMetric(VisibilityConfig)
  const Capacity = checkedRules(ctx, subject, {
    scope,
    home: 'web ACL',
    customResponseBodies: CustomResponseBodies,
  })
  checkCapacity('WEB_ACL', Capacity, capacityQuota)
  const optional = pick(given, [
    'CustomResponseBodies',
    'CaptchaConfig',
    'ChallengeConfig',
    'TokenDomains',
    'AssociationConfig',
    'DataProtectionConfig',
    'OnSourceDDoSProtectionConfig',
    'ApplicationConfig',
  ])
  const Rules = [...subject.rules]
  const definition: WebAclDefinition = {
    DefaultAction,
    VisibilityConfig,
    Rules,
    Capacity,
    ...optional,
  }
  return { definition: definitionText(definition), uses: referredBy(Rules).arns }
}

function pick<T extends object, K extends keyof T>(
  from: T,
  names: readonly K[],
): Partial<Pick<T, K>> {
  const picked: Partial<Pick<T, K>> = {}
  for (const name of names) if (from[name] !== undefined) picked[name] = from[name]
  return picked
}

/** CreateWebACL. */
export const CreateWebACL = operation<
  CreateWebACLRequest,
  CreateWebACLResponse,
  RuleSubject & { readonly blank: EntityRow }
>(CreateWebACL$, {
  resolve: async (input, ctx) => ({
    ...(await ruleSubject(ctx, input.Rules)),
    blank: newEntity('webacl', input, ctx),
  }),
  access: ({ Tags }, _ctx, { blank, access }) => [creation(blank, Tags), ...access],
  async handle({ Description, Tags, ...given }, ctx, subject) {
    const { blank } = subject
    const row: EntityRow = {
      ...blank,
      ...(Description !== undefined && { description: Description }),
      ...defined(ctx, blank.scope, given, subject),
      tags: checkedTags({}, Tags),
    }
    await addEntity(ctx, row)
    return { Summary: summaryOf(row) }
  },
})

/** GetWebACL. */
export const GetWebACL = operation<GetWebACLRequest, GetWebACLResponse, EntitySubject>(GetWebACL$, {
  resolve: (input, ctx) => seekEntity('webacl', input, ctx),
  access: (_input, _ctx, subject) => entityAccess(subject),
  handle(_input, _ctx, subject) {
    const row = required(subject)
    const WebACL: WebACL = webAclOf(row)
    return { WebACL, LockToken: row.lockToken }
  },
})

/** UpdateWebACL: replaces all that the web ACL says. */
export const UpdateWebACL = operation<
  UpdateWebACLRequest,
  UpdateWebACLResponse,
  RuleSubject & EntitySubject
>(UpdateWebACL$, {
  resolve: async (input, ctx) => ({
    ...(await ruleSubject(ctx, input.Rules)),
    ...(await seekEntity('webacl', input, ctx)),
  }),
  access: (_input, _ctx, subject) => [entityAccess(subject), ...subject.access],
  handle({ Description, LockToken, ...given }, ctx, subject) {
    const before = unlocked(subject, LockToken)
    const { description: _replaced, ...kept } = before
    const row = {
      ...kept,
      ...(Description !== undefined && { description: Description }),
      ...defined(ctx, before.scope, given, subject),
    }
    return { NextLockToken: replaceEntity(ctx, before, row) }
  },
})

/** DeleteWebACL: of one that stands in front of nothing. */
export const DeleteWebACL = operation<DeleteWebACLRequest, object, EntitySubject>(DeleteWebACL$, {
  resolve: (input, ctx) => seekEntity('webacl', input, ctx),
  access: (_input, _ctx, subject) => entityAccess(subject),
  async handle({ LockToken }, ctx, subject) {
    const row = unlocked(subject, LockToken)
    if ((await resourcesBehind(ctx, row.arn)).length > 0) throw associated()
    await removeEntity(ctx, row)
    dropLogging(ctx, row)
    return {}
  },
})

/** ListWebACLs. */
export const ListWebACLs = operation<ListWebACLsRequest, ListWebACLsResponse>(ListWebACLs$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const { items, marker } = await entityPage(ctx, 'webacl', input)
    return { ...marker, WebACLs: items.map(summaryOf) }
  },
})
