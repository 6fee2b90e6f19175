import type { LoggingConfiguration } from '@aws-sdk/client-wafv2'
import type { Context } from '../../kernel/context.ts'
import { loggingConfigurations, type EntityRow, type LoggingRow } from './store.ts'

/** The key of a web ACL's logging configuration. */
export function loggingKey({ scope, arn }: Pick<EntityRow, 'scope' | 'arn'>): string {
  return `${scope}/${arn}`
}

/** Removes the logging configuration of a web ACL, where it has one. */
export function dropLogging(ctx: Context, row: EntityRow): void {
  ctx.store.table(loggingConfigurations).delete(loggingKey(row))
}

const parsed = new WeakMap<LoggingRow, LoggingConfiguration>()

/** The configuration that a row holds; to be read only. */
export function loggingOf(row: LoggingRow): LoggingConfiguration {
  let configuration = parsed.get(row)
  if (!configuration) {
    configuration = JSON.parse(row.configuration) as LoggingConfiguration
    parsed.set(row, configuration)
  }
  return configuration
}
