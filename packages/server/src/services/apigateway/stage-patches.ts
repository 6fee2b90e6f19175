import type { MethodSetting } from '@aws-sdk/client-api-gateway'
import { booleanOf, entry, flag, numberOf, text, withMember, type Patchable } from './patch.ts'
import type { StageRow } from './store.ts'

/** A method's setting by the path that patches name it with, and how its value is read. */
const settings: Readonly<
  Record<string, readonly [member: keyof MethodSetting, read: (value: string) => unknown]>
> = {
  'metrics/enabled': ['metricsEnabled', booleanOf],
  'logging/loglevel': ['loggingLevel', String],
  'logging/dataTrace': ['dataTraceEnabled', booleanOf],
  'throttling/burstLimit': ['throttlingBurstLimit', numberOf],
  'throttling/rateLimit': ['throttlingRateLimit', numberOf],
  'caching/enabled': ['cachingEnabled', booleanOf],
  'caching/ttlInSeconds': ['cacheTtlInSeconds', numberOf],
  'caching/dataEncrypted': ['cacheDataEncrypted', booleanOf],
  'caching/requireAuthorizationForCacheControl': ['requireAuthorizationForCacheControl', booleanOf],
  'caching/unauthorizedCacheControlHeaderStrategy': [
    'unauthorizedCacheControlHeaderStrategy',
    String,
  ],
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

const accessLog = (member: 'destinationArn' | 'format'): Patchable<StageRow> => ({
  path: `/accessLogSettings/${member}`,
  ops: ['replace', 'add', 'remove'],
  apply: (row, value) => ({
    ...row,
    accessLogSettings: withMember(row.accessLogSettings ?? {}, member, value),
  }),
})

const noAccessLog: Patchable<StageRow> = {
  path: '/accessLogSettings',
  ops: ['remove'],
  apply: ({ accessLogSettings: _gone, ...row }) => row,
}

/** What UpdateStage can change. */
export const stagePatches: readonly Patchable<StageRow>[] = [
  text('/deploymentId', 'deploymentId'),
  text('/description', 'description'),
  text('/documentationVersion', 'documentationVersion'),
  flag('/tracingEnabled', 'tracingEnabled'),
  entry('/variables/*', 'variables'),
  accessLog('destinationArn'),
  accessLog('format'),
  noAccessLog,
  allOfMethod,
  ...methodSettings,
]
