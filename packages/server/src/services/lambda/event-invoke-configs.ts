import {
  DeleteFunctionEventInvokeConfig$,
  GetFunctionEventInvokeConfig$,
  ListFunctionEventInvokeConfigs$,
  PutFunctionEventInvokeConfig$,
  UpdateFunctionEventInvokeConfig$,
} from '@aws-sdk/client-lambda'
import type {
  DeleteFunctionEventInvokeConfigRequest,
  DestinationConfig,
  FunctionEventInvokeConfig,
  GetFunctionEventInvokeConfigRequest,
  ListFunctionEventInvokeConfigsRequest,
  ListFunctionEventInvokeConfigsResponse,
  PutFunctionEventInvokeConfigRequest,
  UpdateFunctionEventInvokeConfigRequest,
} from '@aws-sdk/client-lambda'
import { parseArn } from '@bartizan/policy'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { functionArn } from './arns.ts'
import { destinationServices } from './destinations.ts'
import { invalid, notFound } from './errors.ts'
import {
  findFunction,
  functionAccess,
  requireFunction,
  versionOf,
  type FunctionSubject,
  type MissingFunction,
} from './function-reference.ts'
import { pageOf } from './paging.ts'
import { functions, type EventInvokeSettings, type FunctionRow } from './store.ts'

type Found = FunctionSubject | MissingFunction

function shown(
  row: FunctionRow,
  qualifier: string,
  settings: EventInvokeSettings,
): FunctionEventInvokeConfig {
  const { onSuccess, onFailure, maximumRetryAttempts, maximumEventAgeInSeconds } = settings
  return {
    LastModified: new Date(settings.lastModified),
    FunctionArn: functionArn(row, row.name, qualifier),
    ...(maximumRetryAttempts !== undefined && { MaximumRetryAttempts: maximumRetryAttempts }),
    ...(maximumEventAgeInSeconds !== undefined && {
      MaximumEventAgeInSeconds: maximumEventAgeInSeconds,
    }),
    DestinationConfig: {
      OnSuccess: { ...(onSuccess !== undefined && { Destination: onSuccess }) },
      OnFailure: { ...(onFailure !== undefined && { Destination: onFailure }) },
    },
  }
}

function qualifierOf({ reference }: FunctionSubject): string {
  return reference.qualifier ?? '$LATEST'
}

function existing(subject: FunctionSubject): EventInvokeSettings {
  const settings = subject.row.eventInvoke[qualifierOf(subject)]
  if (settings) return settings
  throw notFound(
    `The function ${functionArn(subject.row, subject.row.name, qualifierOf(subject))} doesn't have an EventInvokeConfig`,
  )
}

function checkDestination(arn: string | undefined): void {
  if (arn === undefined) return
  const service = parseArn(arn)?.service
  if (!destinationServices.some((each) => each === service)) {
    throw invalid(`The provided destination config DestinationConfig is not valid: ${arn}`)
  }
}

function changes(input: {
  readonly MaximumRetryAttempts?: number | undefined
  readonly MaximumEventAgeInSeconds?: number | undefined
  readonly DestinationConfig?: DestinationConfig | undefined
}): Omit<EventInvokeSettings, 'lastModified'> {
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig: to } = input
  const onSuccess = to?.OnSuccess?.Destination
  const onFailure = to?.OnFailure?.Destination
  checkDestination(onSuccess)
  checkDestination(onFailure)
  return {
    ...(MaximumRetryAttempts !== undefined && { maximumRetryAttempts: MaximumRetryAttempts }),
    ...(MaximumEventAgeInSeconds !== undefined && {
      maximumEventAgeInSeconds: MaximumEventAgeInSeconds,
    }),
    ...(onSuccess !== undefined && { onSuccess }),
    ...(onFailure !== undefined && { onFailure }),
  }
}

function put(
  ctx: Context,
  subject: FunctionSubject,
  settings: Omit<EventInvokeSettings, 'lastModified'>,
) {
  const { row, tables } = subject
  const qualifier = qualifierOf(subject)
  const kept = { ...settings, lastModified: ctx.now.toISOString() }
  const eventInvoke = { ...row.eventInvoke, [qualifier]: kept }
  tables.table(functions).put(row.name, { ...row, eventInvoke })
  return shown(row, qualifier, kept)
}

/** PutFunctionEventInvokeConfig. */
export const PutFunctionEventInvokeConfig = operation<
  PutFunctionEventInvokeConfigRequest,
  FunctionEventInvokeConfig,
  Found
>(PutFunctionEventInvokeConfig$, {
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName, input.Qualifier),
  access: (_input, _ctx, subject) => functionAccess(subject),
  async handle(input, ctx, found) {
    const subject = await versionOf(requireFunction(found))
    return put(ctx, subject, changes(input))
  },
})

/** UpdateFunctionEventInvokeConfig: what is not named stays. */
export const UpdateFunctionEventInvokeConfig = operation<
  UpdateFunctionEventInvokeConfigRequest,
  FunctionEventInvokeConfig,
  Found
>(UpdateFunctionEventInvokeConfig$, {
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName, input.Qualifier),
  access: (_input, _ctx, subject) => functionAccess(subject),
  handle(input, ctx, found) {
    const subject = requireFunction(found)
    return put(ctx, subject, { ...existing(subject), ...changes(input) })
  },
})

/** GetFunctionEventInvokeConfig. */
export const GetFunctionEventInvokeConfig = operation<
  GetFunctionEventInvokeConfigRequest,
  FunctionEventInvokeConfig,
  Found
>(GetFunctionEventInvokeConfig$, {
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName, input.Qualifier),
  access: (_input, _ctx, subject) => functionAccess(subject),
  handle(_input, _ctx, found) {
    const subject = requireFunction(found)
    return shown(subject.row, qualifierOf(subject), existing(subject))
  },
})

/** DeleteFunctionEventInvokeConfig. */
export const DeleteFunctionEventInvokeConfig = operation<
  DeleteFunctionEventInvokeConfigRequest,
  object,
  Found
>(DeleteFunctionEventInvokeConfig$, {
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName, input.Qualifier),
  access: (_input, _ctx, subject) => functionAccess(subject),
  handle(_input, _ctx, found) {
    const subject = requireFunction(found)
    existing(subject)
    const { row, tables } = subject
    const { [qualifierOf(subject)]: _, ...eventInvoke } = row.eventInvoke
    tables.table(functions).put(row.name, { ...row, eventInvoke })
    return {}
  },
})

/** ListFunctionEventInvokeConfigs. */
export const ListFunctionEventInvokeConfigs = operation<
  ListFunctionEventInvokeConfigsRequest,
  ListFunctionEventInvokeConfigsResponse,
  Found
>(ListFunctionEventInvokeConfigs$, {
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName),
  access: (_input, _ctx, subject) => functionAccess(subject),
  async handle(input, ctx, found) {
    const { row } = requireFunction(found)
    const all = Object.entries(row.eventInvoke)
      .map(([key, value]) => ({ key, value: { qualifier: key, settings: value } }))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
    const listing = { ctx, name: `event-invoke/${row.name}`, defaultLimit: 50, maxLimit: 50 }
    const { items, ...page } = await pageOf(listing, input, ({ after = '', limit }) =>
      Promise.resolve(all.filter(({ key }) => key > after).slice(0, limit)),
    )
    const configs = items.map(({ qualifier, settings }) => shown(row, qualifier, settings))
    return { FunctionEventInvokeConfigs: configs, ...page }
  },
})
