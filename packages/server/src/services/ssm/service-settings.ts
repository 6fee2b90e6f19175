import {
  GetServiceSetting$,
  ResetServiceSetting$,
  UpdateServiceSetting$,
} from '@aws-sdk/client-ssm'
import type {
  GetServiceSettingRequest,
  GetServiceSettingResult,
  ResetServiceSettingRequest,
  ResetServiceSettingResult,
  ServiceSetting,
  UpdateServiceSettingRequest,
  UpdateServiceSettingResult,
} from '@aws-sdk/client-ssm'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import type { Access } from '../../kernel/service.ts'
import { ssmArn } from './arns.ts'
import { noSetting, validation } from './errors.ts'
import { settings } from './store.ts'
import type { SettingRow } from './store.ts'

const prefix = '/ssm/parameter-store/'

/** Parameter Store's settings: their defaults and what they can be (API reference, UpdateServiceSetting). */
const known = {
  'default-parameter-tier': {
    fallback: 'Standard',
    values: ['Standard', 'Advanced', 'Intelligent-Tiering'],
  },
  'high-throughput-enabled': { fallback: 'false', values: ['true', 'false'] },
} as const

/** A setting of Parameter Store. */
type SettingName = keyof typeof known

/** What a setting is, changed or not. */
export async function settingOf(
  ctx: Context,
  name: SettingName,
): Promise<Partial<SettingRow> & { readonly value: string }> {
  return (await ctx.store.table(settings).get(prefix + name)) ?? { value: known[name].fallback }
}

/** The setting of an id or ARN. Throws ServiceSettingNotFound. */
function named(ctx: Context, text = ''): SettingName {
  const names = Object.keys(known) as SettingName[]
  const name = names.find((each) => text === prefix + each || text === arnOf(ctx, each))
  if (!name) throw noSetting(text)
  return name
}

function arnOf(ctx: Context, name: SettingName): string {
  return ssmArn(ctx, `servicesetting${prefix}${name}`)
}

async function shown(ctx: Context, name: SettingName): Promise<ServiceSetting> {
  const { value, modifiedAt, modifiedBy } = await settingOf(ctx, name)
  return {
    SettingId: prefix + name,
    SettingValue: value,
    ARN: arnOf(ctx, name),
    Status: modifiedBy === undefined ? 'Default' : 'Customized',
    ...(modifiedAt !== undefined && { LastModifiedDate: new Date(modifiedAt) }),
    LastModifiedUser: modifiedBy ?? 'System',
  }
}

const settingAccess = (ctx: Context, name: SettingName): Access => ({ resource: arnOf(ctx, name) })

/** GetServiceSetting. */
export const GetServiceSetting = operation<
  GetServiceSettingRequest,
  GetServiceSettingResult,
  SettingName
>(GetServiceSetting$, {
  resolve: (input, ctx) => named(ctx, input.SettingId),
  access: (_input, ctx, name) => settingAccess(ctx, name),
  handle: async (_input, ctx, name) => ({ ServiceSetting: await shown(ctx, name) }),
})

/** UpdateServiceSetting. */
export const UpdateServiceSetting = operation<
  UpdateServiceSettingRequest,
  UpdateServiceSettingResult,
  SettingName
>(UpdateServiceSetting$, {
  resolve: (input, ctx) => named(ctx, input.SettingId),
  access: (_input, ctx, name) => settingAccess(ctx, name),
  handle(input, ctx, name) {
    const { SettingValue: value = '' } = input
    const { values } = known[name]
    if (!values.some((each) => each === value)) {
      throw validation(
        `Invalid value for service setting ${prefix}${name}. Valid values are: ${values.join(', ')}.`,
      )
    }
    const row = { value, modifiedAt: ctx.now.toISOString(), modifiedBy: ctx.principal.arn }
    ctx.store.table(settings).put(prefix + name, row)
    return {}
  },
})

/** ResetServiceSetting: back to the default. */
export const ResetServiceSetting = operation<
  ResetServiceSettingRequest,
  ResetServiceSettingResult,
  SettingName
>(ResetServiceSetting$, {
  resolve: (input, ctx) => named(ctx, input.SettingId),
  access: (_input, ctx, name) => settingAccess(ctx, name),
  async handle(_input, ctx, name) {
    ctx.store.table(settings).delete(prefix + name)
    return { ServiceSetting: await shown(ctx, name) }
  },
})
