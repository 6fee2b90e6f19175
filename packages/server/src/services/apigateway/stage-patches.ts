import type { MethodSetting } from '@aws-sdk/client-api-gateway'
import { booleanOf, entry, numberOf, text, withMember, type Patchable } from './patch.ts'
import type { StageRow } from './store.ts'

/** A method's setting by the path that patches name it with, and how its value is read. */
const settings: Readonly<
  Record<string, readonly [member: keyof MethodSetting, read: (value: string) => unknown]>
> = {
  'metrics/enabled': ['metricsEnabled', booleanOf],
  'throttling/burstLimit': ['throttlingBurstLimit', numberOf],
  'throttling/rateLimit': ['throttlingRateLimit', numberOf],
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
