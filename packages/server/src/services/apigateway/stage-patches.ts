import type { MethodSetting } from '@aws-sdk/client-api-gateway'
import { badRequest } from './errors.ts'
import { booleanOf, entry, numberOf, text, withMember, type Patchable } from './patch.ts'
import type { StageRow } from './store.ts'

/** A method's setting by the path that patches name it with, and how its value is read. */
const settings: Readonly<
  Record<string, readonly [member: keyof MethodSetting, read: (value: string) => unknown]>
> = {
  'metrics/enabled': ['metricsEnabled', booleanOf],
  'throttling/burstLimit': ['throttlingBurstLimit', numberOf],
  'throttling/rateLimit': ['throttlingRateLimit', numberOf],
  'caching/enabled': ['cachingEnabled', (value) => neverOf('Caching', booleanOf(value))],
  'caching/ttlInSeconds': ['cacheTtlInSeconds', secondsOf],
  'caching/dataEncrypted': ['cacheDataEncrypted', booleanOf],
  'caching/requireAuthorizationForCacheControl': ['requireAuthorizationForCacheControl', booleanOf],
  'caching/unauthorizedCacheControlHeaderStrategy': [
    'unauthorizedCacheControlHeaderStrategy',
    strategyOf,
  ],
  'logging/dataTrace': ['dataTraceEnabled', (value) => neverOf('Traces', booleanOf(value))],
  'logging/loglevel': ['loggingLevel', levelOf],
}

function neverOf(what: string, isWanted: boolean): boolean {
  if (isWanted) throw badRequest(`${what} of stages are not supported by Bartizan`)
  return isWanted
}

function levelOf(value: string): string {
  neverOf('Logs', value !== 'OFF' && value !== '')
  return 'OFF'
}

function secondsOf(value: string): number {
  const seconds = numberOf(value)
  if (seconds >= 0 && seconds <= 3600) return seconds
  throw badRequest('Invalid cache ttl value: must be between 0 and 3600')
}

const strategies = [
  'FAIL_WITH_403',
  'SUCCEED_WITH_RESPONSE_HEADER',
  'SUCCEED_WITHOUT_RESPONSE_HEADER',
]

function strategyOf(value: string): string {
  if (strategies.includes(value)) return value
  throw badRequest(`Invalid strategy, must be one of: [${strategies.join(', ')}]`)
}

const defaults: MethodSetting = {
  metricsEnabled: false,
  dataTraceEnabled: false,
  throttlingBurstLimit: 5000,
  throttlingRateLimit: 10_000,
  cachingEnabled: false,
  cacheTtlInSeconds: 300,
  cacheDataEncrypted: false,
  requireAuthorizationForCacheControl: true,
  unauthorizedCacheControlHeaderStrategy: 'SUCCEED_WITH_RESPONSE_HEADER',
}

const methodSettings: readonly Patchable<StageRow>[] = Object.entries(settings).map(
  ([path, [member, read]]) => ({
    path: `/*/*/${path}`,
    ops: ['replace', 'add', 'remove'],
    apply(row, value, [resource = '', method = '']) {
      const key = `${resource.replace(/^\//, '')}/${method}`
      const before = row.methodSettings[key] ?? defaults
      const after = withMember(before, member, value === undefined ? undefined : read(value))
      return { ...row, methodSettings: { ...row.methodSettings, [key]: after } }
    },
  }),
)

const allOfMethod: Patchable<StageRow> = {
  path: '/*/*',
  ops: ['remove'],
  apply(row, _value, [resource = '', method = '']) {
    const key = `${resource.replace(/^\//, '')}/${method}`
    return { ...row, methodSettings: withMember(row.methodSettings, key, undefined) }
  },
}

/** What UpdateStage can change. */
export const stagePatches: readonly Patchable<StageRow>[] = [
  text('/deploymentId', 'deploymentId'),
  text('/description', 'description'),
  text('/documentationVersion', 'documentationVersion'),
  entry('/variables/*', 'variables'),
  allOfMethod,
  ...methodSettings,
]
