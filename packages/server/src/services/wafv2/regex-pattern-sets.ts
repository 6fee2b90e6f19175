import {
  CreateRegexPatternSet$,
  DeleteRegexPatternSet$,
  GetRegexPatternSet$,
  ListRegexPatternSets$,
  UpdateRegexPatternSet$,
} from '@aws-sdk/client-wafv2'
import type {
  CreateRegexPatternSetRequest,
  CreateRegexPatternSetResponse,
  DeleteRegexPatternSetRequest,
  GetRegexPatternSetRequest,
  GetRegexPatternSetResponse,
  ListRegexPatternSetsRequest,
  ListRegexPatternSetsResponse,
  Regex,
  UpdateRegexPatternSetRequest,
  UpdateRegexPatternSetResponse,
} from '@aws-sdk/client-wafv2'
import { ruleFaults } from '@bartizan/waf'
import { operation } from '../../kernel/service.ts'
import { definitionText, regexPatternSetOf } from './definitions.ts'
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
import { invalidParameter, limitExceeded, reasons } from './errors.ts'
import { entityPage, summaryOf } from './paging.ts'
import type { EntityRow } from './store.ts'
import { checkedTags } from './tagging.ts'

const patternQuota = 10
const lengthQuota = 200

function checkedPatterns(patterns: readonly Regex[]): string {
  if (patterns.length > patternQuota) throw limitExceeded()
  for (const { RegexString = '' } of patterns) {
    if (RegexString.length > lengthQuota) throw limitExceeded()
    if (!isPattern(RegexString)) {
      throw invalidParameter('REGEX_PATTERN_REFERENCE_STATEMENT', RegexString, reasons.format)
    }
  }
  return definitionText({ RegularExpressionList: patterns })
}

/** Whether the engine takes a regular expression: asked of a rule that matches it. */
function isPattern(RegexString: string): boolean {
  const RegexMatchStatement = {
    RegexString,
    FieldToMatch: { UriPath: {} },
    TextTransformations: [{ Priority: 0, Type: 'NONE' as const }],
  }
  const VisibilityConfig = undefined
  const rule = { Name: 'x', Priority: 0, Action: { Count: {} }, VisibilityConfig }
  const rules = [{ ...rule, Statement: { RegexMatchStatement } }]
  return ruleFaults(rules, { home: 'rule group' }).length === 0
}

/** CreateRegexPatternSet. */
export const CreateRegexPatternSet = operation<
  CreateRegexPatternSetRequest,
  CreateRegexPatternSetResponse,
  EntityRow
>(CreateRegexPatternSet$, {
  resolve: (input, ctx) => newEntity('regexpatternset', input, ctx),
  access: ({ Tags }, _ctx, row) => creation(row, Tags),
  async handle({ Description, RegularExpressionList = [], Tags }, ctx, blank) {
    const row = {
      ...blank,
      ...(Description !== undefined && { description: Description }),
      definition: checkedPatterns(RegularExpressionList),
      tags: checkedTags({}, Tags),
    }
    await addEntity(ctx, row)
    return { Summary: summaryOf(row) }
  },
})

/** GetRegexPatternSet. */
export const GetRegexPatternSet = operation<
  GetRegexPatternSetRequest,
  GetRegexPatternSetResponse,
  EntitySubject
>(GetRegexPatternSet$, {
  resolve: (input, ctx) => seekEntity('regexpatternset', input, ctx),
  access: (_input, _ctx, subject) => entityAccess(subject),
  handle(_input, _ctx, subject) {
    const row = required(subject)
    return { RegexPatternSet: regexPatternSetOf(row), LockToken: row.lockToken }
  },
})

/** UpdateRegexPatternSet: replaces the patterns. */
export const UpdateRegexPatternSet = operation<
  UpdateRegexPatternSetRequest,
  UpdateRegexPatternSetResponse,
  EntitySubject
>(UpdateRegexPatternSet$, {
  resolve: (input, ctx) => seekEntity('regexpatternset', input, ctx),
  access: (_input, _ctx, subject) => entityAccess(subject),
  handle({ Description, RegularExpressionList = [], LockToken }, ctx, subject) {
    const before = unlocked(subject, LockToken)
    const { description: _replaced, ...kept } = before
    const row = {
      ...kept,
      ...(Description !== undefined && { description: Description }),
      definition: checkedPatterns(RegularExpressionList),
    }
    return { NextLockToken: replaceEntity(ctx, before, row) }
  },
})

/** DeleteRegexPatternSet. */
export const DeleteRegexPatternSet = operation<DeleteRegexPatternSetRequest, object, EntitySubject>(
  DeleteRegexPatternSet$,
  {
    resolve: (input, ctx) => seekEntity('regexpatternset', input, ctx),
    access: (_input, _ctx, subject) => entityAccess(subject),
    async handle({ LockToken }, ctx, subject) {
      await removeEntity(ctx, unlocked(subject, LockToken))
      return {}
    },
  },
)

/** ListRegexPatternSets. */
export const ListRegexPatternSets = operation<
  ListRegexPatternSetsRequest,
  ListRegexPatternSetsResponse
>(ListRegexPatternSets$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const { items, marker } = await entityPage(ctx, 'regexpatternset', input)
    return { ...marker, RegexPatternSets: items.map(summaryOf) }
  },
})
