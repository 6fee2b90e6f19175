import {
  CreateTrail$,
  DeleteTrail$,
  DescribeTrails$,
  GetTrail$,
  ListTrails$,
  MaximumNumberOfTrailsExceededException$,
  TrailAlreadyExistsException$,
  UpdateTrail$,
} from '@aws-sdk/client-cloudtrail'
import type {
  CreateTrailRequest,
  CreateTrailResponse,
  DeleteTrailRequest,
  DescribeTrailsRequest,
  DescribeTrailsResponse,
  GetTrailRequest,
  GetTrailResponse,
  ListTrailsRequest,
  ListTrailsResponse,
  Trail,
  UpdateTrailRequest,
  UpdateTrailResponse,
} from '@aws-sdk/client-cloudtrail'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import type { Access } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { checkDestinations } from './destinations.ts'
import { deliverJob } from './delivery.ts'
import { digestJob } from './digests.ts'
import { checkTrailName } from './trail-errors.ts'
import {
  allTrails,
  findTrail,
  ownTrail,
  putTrail,
  seekTrail,
  seenIn,
  trailAccess,
  trailArn,
} from './trail-lookup.ts'
import { deliveries, notStarted, trailKey, trails } from './trail-store.ts'
import type { TrailRow } from './trail-store.ts'
import { applied, checkSettings, settingsOut, trailOut } from './trail-settings.ts'
import { mergeTags } from './trail-tagging.ts'

const maxTrails = 5

function passRole(role: string | undefined): Access[] {
  if (!role) return []
  const conditions = { 'iam:passedtoservice': 'cloudtrail.amazonaws.com' }
  return [{ action: 'iam:PassRole', resource: role, conditions }]
}

/** CreateTrail: it records nothing until StartLogging. */
export const CreateTrail = operation<CreateTrailRequest, CreateTrailResponse>(CreateTrail$, {
  check(input) {
    checkTrailName(input.Name)
    checkSettings(input)
  },
  access(input, ctx) {
    const arn = trailArn(ctx, input.Name ?? '')
    const tags = mergeTags({}, input.TagsList)
    const create = {
      ...trailAccess(ctx, { arn, tags: {} }),
      conditions: requestTagConditions(tags),
    }
    const addTags = { ...create, action: 'cloudtrail:AddTags' }
    const more = Object.keys(tags).length > 0 ? [addTags] : []
    return [create, ...more, ...passRole(input.CloudWatchLogsRoleArn)]
  },
  async handle(input, ctx) {
    const name = input.Name ?? ''
    const view = ctx.store.table(trails)
    const all = (await view.list()).map(({ value }) => value)
    if (all.some((trail) => trail.name === name && trail.homeRegion === ctx.region)) {
      throw awsError(
        TrailAlreadyExistsException$,
        `Trail ${name} already exists for customer: ${ctx.account}`,
      )
    }
    if (all.filter((trail) => seenIn(ctx.region, trail)).length >= maxTrails) {
      throw awsError(
        MaximumNumberOfTrailsExceededException$,
        `User: ${ctx.account} already has ${maxTrails} trails in ${ctx.region}.`,
      )
    }
    const tags = mergeTags({}, input.TagsList)
    const base = { name, homeRegion: ctx.region, arn: trailArn(ctx, name), tags }
    const trail = await applied(ctx, input, base)
    await checkDestinations(ctx, trail)
    view.put(trailKey(trail), trail)
    ctx.store.table(deliveries).put(trailKey(trail), notStarted)
    return settingsOut(trail)
  },
})

/** UpdateTrail: what the request leaves out stays; empty text takes away. */
export const UpdateTrail = operation<UpdateTrailRequest, UpdateTrailResponse, TrailRow>(
  UpdateTrail$,
  {
    check: checkSettings,
    resolve: (input, ctx) => ownTrail(ctx, input.Name),
    access: (input, ctx, trail) => [
      trailAccess(ctx, trail),
      ...passRole(input.CloudWatchLogsRoleArn),
    ],
    async handle(input, ctx, before) {
      const trail = await applied(ctx, input, before)
      await checkDestinations(ctx, trail)
      putTrail(ctx, trail)
      if (trail.validatesFiles !== before.validatesFiles) await switchValidation(ctx, trail)
      return settingsOut(trail)
    },
  },
)

/** Switching validation off and on again breaks the chain of digests, as on AWS. */
async function switchValidation(ctx: Context, trail: TrailRow): Promise<void> {
  const view = ctx.store.table(deliveries)
  const key = trailKey(trail)
  const state = (await view.get(key)) ?? notStarted
  const { digestFrom: _before, ...rest } = state
  const isOn = trail.validatesFiles && state.isLogging
  view.put(key, {
    ...rest,
    undigested: [],
    lastDigests: {},
    ...(isOn && { digestFrom: ctx.now.toISOString() }),
  })
  if (isOn) ctx.schedule.at(digestJob, key, new Date(ctx.now.getTime() + 3_600_000))
  else ctx.schedule.cancel(digestJob, key)
}

/** DeleteTrail: what it delivered stays in the bucket. */
export const DeleteTrail = operation<DeleteTrailRequest, object, TrailRow>(DeleteTrail$, {
  resolve: (input, ctx) => ownTrail(ctx, input.Name),
  access: (_input, ctx, trail) => trailAccess(ctx, trail),
  handle(_input, ctx, trail) {
    const key = trailKey(trail)
    ctx.store.table(trails).delete(key)
    ctx.store.table(deliveries).delete(key)
    ctx.schedule.cancel(deliverJob, key)
    ctx.schedule.cancel(digestJob, key)
    return {}
  },
})

/** DescribeTrails; multi-Region and organization trails are shadowed everywhere unless told otherwise. */
export const DescribeTrails = operation<DescribeTrailsRequest, DescribeTrailsResponse>(
  DescribeTrails$,
  {
    access: () => ({ resource: '*' }),
    async handle({ trailNameList: names = [], includeShadowTrails: withShadows = true }, ctx) {
      if (names.length === 0) {
        const seen = (await allTrails(ctx)).filter((trail) =>
          withShadows ? seenIn(ctx.region, trail) : trail.homeRegion === ctx.region,
        )
        return { trailList: seen.map(trailOut) }
      }
      const found: Trail[] = []
      for (const name of names) {
        if (!name.startsWith('arn:')) checkTrailName(name)
        const trail = await seekTrail(ctx, name)
        if (trail) found.push(trailOut(trail))
      }
      return { trailList: found }
    },
  },
)

/** GetTrail. */
export const GetTrail = operation<GetTrailRequest, GetTrailResponse, TrailRow>(GetTrail$, {
  resolve: (input, ctx) => findTrail(ctx, input.Name),
  access: (_input, ctx, trail) => trailAccess(ctx, trail),
  handle: (_input, _ctx, trail) => ({ Trail: trailOut(trail) }),
})

/** ListTrails: of every Region. */
export const ListTrails = operation<ListTrailsRequest, ListTrailsResponse>(ListTrails$, {
  access: () => ({ resource: '*' }),
  async handle(_input, ctx) {
    const all = await allTrails(ctx)
    return {
      Trails: all.map(({ arn, name, homeRegion }) => ({
        TrailARN: arn,
        Name: name,
        HomeRegion: homeRegion,
      })),
    }
  },
})
