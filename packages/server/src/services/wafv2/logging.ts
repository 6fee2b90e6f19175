import {
  DeleteLoggingConfiguration$,
  GetLoggingConfiguration$,
  ListLoggingConfigurations$,
  PutLoggingConfiguration$,
} from '@aws-sdk/client-wafv2'
import type {
  DeleteLoggingConfigurationRequest,
  FieldToMatch,
  GetLoggingConfigurationRequest,
  GetLoggingConfigurationResponse,
  ListLoggingConfigurationsRequest,
  ListLoggingConfigurationsResponse,
  LoggingConfiguration,
  LoggingFilter,
  PutLoggingConfigurationRequest,
  PutLoggingConfigurationResponse,
} from '@aws-sdk/client-wafv2'
import { operation } from '../../kernel/service.ts'
import { checkedScope, entityAccess, required, seekByArn, type EntitySubject } from './entities.ts'
import { invalidParameter, nonexistent, reasons } from './errors.ts'
import { logDestination, openDestination } from './log-destinations.ts'
import { loggingKey, loggingOf } from './logging-store.ts'
import { pages } from './paging.ts'
import { loggingConfigurations, type LoggingRow } from './store.ts'

const redactable = ['SingleHeader', 'UriPath', 'QueryString', 'Method']

function checkRedaction(fields: readonly FieldToMatch[]): void {
  for (const field of fields) {
    const given = Object.entries(field).flatMap(([name, value]) => (value ? [name] : []))
    if (given.length !== 1 || !redactable.includes(given[0] ?? '')) {
      throw invalidParameter('FIELD_TO_MATCH', 'RedactedFields', reasons.exactlyOne)
    }
  }
}

function checkFilter({ Filters = [] }: LoggingFilter): void {
  for (const condition of Filters.flatMap(({ Conditions = [] }) => Conditions)) {
    const { ActionCondition, LabelNameCondition } = condition
    if ((ActionCondition === undefined) === (LabelNameCondition === undefined)) {
      throw invalidParameter('FILTER_CONDITION', 'Condition', reasons.exactlyOne)
    }
  }
}

/** PutLoggingConfiguration: replaces the one there is. */
export const PutLoggingConfiguration = operation<
  PutLoggingConfigurationRequest,
  PutLoggingConfigurationResponse,
  EntitySubject
>(PutLoggingConfiguration$, {
  resolve: ({ LoggingConfiguration: configuration }, ctx) =>
    seekByArn(ctx, configuration?.ResourceArn ?? '', 'webacl'),
  access: (_input, _ctx, subject) => entityAccess(subject),
  async handle({ LoggingConfiguration: given }, ctx, subject) {
    const row = required(subject)
    const { LogDestinationConfigs: destinations = [], RedactedFields, LoggingFilter } = given ?? {}
    const [arn = ''] = destinations
    if (destinations.length !== 1) {
      throw invalidParameter('LOG_DESTINATION', 'LogDestinationConfigs', reasons.exactlyOne)
    }
    checkRedaction(RedactedFields ?? [])
    if (LoggingFilter) checkFilter(LoggingFilter)
    await openDestination(ctx, logDestination(arn))
    const configuration: LoggingConfiguration = {
      ResourceArn: row.arn,
      LogDestinationConfigs: [arn],
      ...(RedactedFields && { RedactedFields }),
      ...(LoggingFilter && { LoggingFilter }),
      ManagedByFirewallManager: false,
      LogType: given?.LogType ?? 'WAF_LOGS',
      LogScope: given?.LogScope ?? 'CUSTOMER',
    }
    ctx.store.table(loggingConfigurations).put(loggingKey(row), {
      webAclArn: row.arn,
      scope: row.scope,
      configuration: JSON.stringify(configuration),
    })
    return { LoggingConfiguration: configuration }
  },
})

/** GetLoggingConfiguration. */
export const GetLoggingConfiguration = operation<
  GetLoggingConfigurationRequest,
  GetLoggingConfigurationResponse,
  EntitySubject
>(GetLoggingConfiguration$, {
  resolve: ({ ResourceArn = '' }, ctx) => seekByArn(ctx, ResourceArn, 'webacl'),
  access: (_input, _ctx, subject) => entityAccess(subject),
  async handle(_input, ctx, subject) {
    const row = await ctx.store.table(loggingConfigurations).get(loggingKey(required(subject)))
    if (!row) throw nonexistent()
    return { LoggingConfiguration: loggingOf(row) }
  },
})

/** DeleteLoggingConfiguration. */
export const DeleteLoggingConfiguration = operation<
  DeleteLoggingConfigurationRequest,
  object,
  EntitySubject
>(DeleteLoggingConfiguration$, {
  resolve: ({ ResourceArn = '' }, ctx) => seekByArn(ctx, ResourceArn, 'webacl'),
  access: (_input, _ctx, subject) => entityAccess(subject),
  async handle(_input, ctx, subject) {
    const key = loggingKey(required(subject))
    const table = ctx.store.table(loggingConfigurations)
    if (!(await table.get(key))) throw nonexistent()
    table.delete(key)
    return {}
  },
})

/** ListLoggingConfigurations of a scope. */
export const ListLoggingConfigurations = operation<
  ListLoggingConfigurationsRequest,
  ListLoggingConfigurationsResponse
>(ListLoggingConfigurations$, {
  access: () => ({ resource: '*' }),
  async handle({ Scope, NextMarker, Limit = 100, LogScope = 'CUSTOMER' }, ctx) {
    const prefix = `${checkedScope(ctx, Scope)}/`
    const table = ctx.store.table(loggingConfigurations)
    const listing = {
      name: `logging/${prefix}`,
      limit: Limit,
      keep: (row: LoggingRow) => loggingOf(row).LogScope === LogScope,
      fetch: (page: { after?: string; limit: number }) => table.list({ prefix, ...page }),
    }
    const { items, next } = await pages.page(ctx, listing, NextMarker)
    return {
      LoggingConfigurations: items.map(loggingOf),
      ...(next !== undefined && { NextMarker: next }),
    }
  },
})
