import {
  GetEventSelectors$,
  GetInsightSelectors$,
  InsightNotEnabledException$,
  InvalidEventSelectorsException$,
  InvalidParameterCombinationException$,
  PutEventSelectors$,
} from '@aws-sdk/client-cloudtrail'
import type {
  GetEventSelectorsRequest,
  GetEventSelectorsResponse,
  GetInsightSelectorsRequest,
  GetInsightSelectorsResponse,
  PutEventSelectorsRequest,
  PutEventSelectorsResponse,
} from '@aws-sdk/client-cloudtrail'
import { awsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { checkAdvancedSelectors, checkSelectors } from './selectors.ts'
import { findTrail, ownTrail, putTrail, trailAccess } from './trail-lookup.ts'
import type { TrailRow } from './trail-store.ts'

/** PutEventSelectors: basic or advanced ones, in place of whatever there was. */
export const PutEventSelectors = operation<
  PutEventSelectorsRequest,
  PutEventSelectorsResponse,
  TrailRow
>(PutEventSelectors$, {
  check({ EventSelectors: basic, AdvancedEventSelectors: advanced }) {
    const count = (basic?.length ?? 0) + (advanced?.length ?? 0)
    if (count === 0) {
      throw awsError(
        InvalidEventSelectorsException$,
        'Specify EventSelectors or AdvancedEventSelectors.',
      )
    }
    if (basic && basic.length > 0 && advanced && advanced.length > 0) {
      throw awsError(
        InvalidEventSelectorsException$,
        'You can use either EventSelectors or AdvancedEventSelectors, but not both.',
      )
    }
    checkSelectors(basic ?? [])
    checkAdvancedSelectors(advanced ?? [])
  },
  resolve: (input, ctx) => ownTrail(ctx, input.TrailName),
  access: (_input, ctx, trail) => trailAccess(ctx, trail),
  handle(input, ctx, trail) {
    const selectors = (input.EventSelectors ?? []).map((selector) => ({
      ReadWriteType: selector.ReadWriteType ?? 'All',
      IncludeManagementEvents: selector.IncludeManagementEvents ?? true,
      DataResources: selector.DataResources ?? [],
      ExcludeManagementEventSources: selector.ExcludeManagementEventSources ?? [],
    }))
    const advancedSelectors = input.AdvancedEventSelectors ?? []
    putTrail(ctx, { ...trail, selectors, advancedSelectors, hasCustomSelectors: true })
    return {
      TrailARN: trail.arn,
      ...(selectors.length > 0
        ? { EventSelectors: selectors }
        : { AdvancedEventSelectors: advancedSelectors }),
    }
  },
})

/** GetEventSelectors. */
export const GetEventSelectors = operation<
  GetEventSelectorsRequest,
  GetEventSelectorsResponse,
  TrailRow
>(GetEventSelectors$, {
  resolve: (input, ctx) => findTrail(ctx, input.TrailName),
  access: (_input, ctx, trail) => trailAccess(ctx, trail),
  handle: (_input, _ctx, { arn, selectors, advancedSelectors }) => ({
    TrailARN: arn,
    ...(advancedSelectors.length > 0
      ? { AdvancedEventSelectors: [...advancedSelectors] }
      : { EventSelectors: [...selectors] }),
  }),
})

/** GetInsightSelectors: no trail has any. */
export const GetInsightSelectors = operation<
  GetInsightSelectorsRequest,
  GetInsightSelectorsResponse,
  TrailRow
>(GetInsightSelectors$, {
  check({ TrailName, EventDataStore }) {
    if ((TrailName === undefined) === (EventDataStore === undefined)) {
      throw awsError(
        InvalidParameterCombinationException$,
        'Specify either TrailName or EventDataStore.',
      )
    }
  },
  resolve: (input, ctx) => findTrail(ctx, input.TrailName),
  access: (_input, ctx, trail) => trailAccess(ctx, trail),
  handle(_input, ctx, trail) {
    throw awsError(
      InsightNotEnabledException$,
      `Trail ${trail.arn} does not have Insights enabled for the user: ${ctx.account}`,
    )
  },
})
