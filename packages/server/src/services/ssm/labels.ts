import { LabelParameterVersion$, UnlabelParameterVersion$ } from '@aws-sdk/client-ssm'
import type {
  LabelParameterVersionRequest,
  LabelParameterVersionResult,
  UnlabelParameterVersionRequest,
  UnlabelParameterVersionResult,
} from '@aws-sdk/client-ssm'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { noVersion } from './errors.ts'
import { attachLabels, detachLabels } from './label-rules.ts'
import { keyOf, plainName } from './names.ts'
import { announceChange } from './parameter-events.ts'
import { found, parameterAccess, seekName } from './parameter-reference.ts'
import type { Sought } from './parameter-reference.ts'
import { parameters } from './store.ts'
import type { ParameterRow } from './store.ts'

function versionIn(row: ParameterRow, asked: number | undefined): number {
  const version = asked ?? row.version
  if (version < row.oldest || version > row.version) throw noVersion(row.name, String(version))
  return version
}

function putLabels(ctx: Context, row: ParameterRow, labels: ParameterRow['labels']): void {
  ctx.store.table(parameters).put(keyOf(row.name), { ...row, labels })
}

/** LabelParameterVersion: attaches labels to a version, or moves them there. */
export const LabelParameterVersion = operation<
  LabelParameterVersionRequest,
  LabelParameterVersionResult,
  Sought
>(LabelParameterVersion$, {
  resolve: (input, ctx) => seekName(ctx, plainName(input.Name ?? '')),
  access: (_input, _ctx, sought) => parameterAccess(sought),
  handle(input, ctx, sought) {
    const row = found(ctx, sought)
    const ParameterVersion = versionIn(row, input.ParameterVersion)
    const { labels, invalid } = attachLabels(row.labels, ParameterVersion, input.Labels ?? [])
    if (invalid.length < new Set(input.Labels).size) {
      putLabels(ctx, row, labels)
      announceChange(ctx, row, 'LabelParameterVersion')
    }
    return { InvalidLabels: [...invalid], ParameterVersion }
  },
})

/** UnlabelParameterVersion: takes labels off a version. */
export const UnlabelParameterVersion = operation<
  UnlabelParameterVersionRequest,
  UnlabelParameterVersionResult,
  Sought
>(UnlabelParameterVersion$, {
  resolve: (input, ctx) => seekName(ctx, plainName(input.Name ?? '')),
  access: (_input, _ctx, sought) => parameterAccess(sought),
  handle(input, ctx, sought) {
    const row = found(ctx, sought)
    const version = versionIn(row, input.ParameterVersion)
    const { labels, removed, invalid } = detachLabels(row.labels, version, input.Labels ?? [])
    if (removed.length > 0) putLabels(ctx, row, labels)
    return { RemovedLabels: [...removed], InvalidLabels: [...invalid] }
  },
})
