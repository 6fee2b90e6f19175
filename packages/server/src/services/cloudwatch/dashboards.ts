import {
  DashboardInvalidInputError$,
  DashboardNotFoundError$,
  DeleteDashboards$,
  GetDashboard$,
  ListDashboards$,
  PutDashboard$,
} from '@aws-sdk/client-cloudwatch'
import type {
  DashboardValidationMessage,
  DeleteDashboardsInput,
  GetDashboardInput,
  GetDashboardOutput,
  ListDashboardsInput,
  ListDashboardsOutput,
  PutDashboardInput,
  PutDashboardOutput,
} from '@aws-sdk/client-cloudwatch'
import { awsError } from '../../kernel/errors.ts'
import type { AwsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { defineTable } from '../../kernel/store/store.ts'
import { dashboardArn } from './alarm-arns.ts'
import { invalidValue } from './errors.ts'
import { pageOf } from './paging.ts'
import { tagMap } from './tagging.ts'

const maxBytes = 1_048_576
const pageSize = 1000

/** A dashboard. */
interface DashboardRow {
  readonly name: string
  readonly body: string
  /** ISO 8601. */
  readonly modifiedAt: string
  readonly tags: Readonly<Record<string, string>>
}

/** The dashboards of an account, by name. */
export const dashboards = defineTable<DashboardRow>({
  name: 'cloudwatch.dashboards',
  scope: 'account',
})

const notFound = (name: string): AwsError =>
  awsError(DashboardNotFoundError$, `Dashboard ${name} does not exist`)

/** What is wrong with a dashboard's body; only a body that is no dashboard at all is refused. */
function validated(body: string): DashboardValidationMessage[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    throw refused([
      { DataPath: '/', Message: 'The field DashboardBody must be a valid JSON object' },
    ])
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw refused([
      { DataPath: '/', Message: 'The field DashboardBody must be a valid JSON object' },
    ])
  }
  if (!('widgets' in parsed)) {
    throw refused([{ DataPath: '/', Message: 'Should have required property "widgets"' }])
  }
  const { widgets } = parsed
  if (!Array.isArray(widgets)) {
    throw refused([{ DataPath: '/widgets', Message: 'Should be array' }])
  }
  return widgets.flatMap((widget: unknown, index) => {
    const isTyped = typeof widget === 'object' && widget !== null && 'type' in widget
    return isTyped
      ? []
      : [{ DataPath: `/widgets/${index}`, Message: 'Should have required property "type"' }]
  })
}

function refused(DashboardValidationMessages: DashboardValidationMessage[]): AwsError {
  const count = DashboardValidationMessages.length
  return awsError(
    DashboardInvalidInputError$,
    `The dashboard body is invalid, there are ${count} validation errors: ${JSON.stringify(DashboardValidationMessages)}`,
    { dashboardValidationMessages: DashboardValidationMessages },
  )
}

/** PutDashboard. */
export const PutDashboard = operation<PutDashboardInput, PutDashboardOutput>(PutDashboard$, {
  check({ DashboardName: name = '', DashboardBody: body = '' }) {
    if (!/^[0-9A-Za-z_-]{1,255}$/.test(name)) {
      throw invalidValue(
        `The value ${name} for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).`,
      )
    }
    if (Buffer.byteLength(body) > maxBytes) throw invalidValue('The dashboard body is too large.')
  },
  access: (input, ctx) => ({ resource: dashboardArn(ctx, input.DashboardName ?? '') }),
  async handle(input, ctx) {
    const { DashboardName: name = '', DashboardBody: body = '' } = input
    const messages = validated(body)
    const view = ctx.store.table(dashboards)
    const tags = (await view.get(name))?.tags ?? tagMap(input.Tags)
    view.put(name, { name, body, modifiedAt: ctx.now.toISOString(), tags })
    return { DashboardValidationMessages: messages }
  },
})

/** GetDashboard. */
export const GetDashboard = operation<GetDashboardInput, GetDashboardOutput>(GetDashboard$, {
  access: (input, ctx) => ({ resource: dashboardArn(ctx, input.DashboardName ?? '') }),
  async handle({ DashboardName: name = '' }, ctx) {
    const row = await ctx.store.table(dashboards).get(name)
    if (!row) throw notFound(name)
    return {
      DashboardArn: dashboardArn(ctx, name),
      DashboardBody: row.body,
      DashboardName: row.name,
    }
  },
})

/** ListDashboards. */
export const ListDashboards = operation<ListDashboardsInput, ListDashboardsOutput>(
  ListDashboards$,
  {
    access: (_input, ctx) => ({ resource: dashboardArn(ctx, '*') }),
    async handle({ DashboardNamePrefix: prefix, NextToken }, ctx) {
      const { items, ...page } = await pageOf(
        ctx,
        {
          name: `dashboards|${prefix ?? ''}`,
          limit: pageSize,
          fetch: (query) =>
            ctx.store.table(dashboards).list({ ...query, ...(prefix !== undefined && { prefix }) }),
        },
        NextToken,
      )
      return {
        DashboardEntries: items.map((row) => ({
          DashboardName: row.name,
          DashboardArn: dashboardArn(ctx, row.name),
          LastModified: new Date(row.modifiedAt),
          Size: Buffer.byteLength(row.body),
        })),
        ...page,
      }
    },
  },
)

/** DeleteDashboards: all or none. */
export const DeleteDashboards = operation<DeleteDashboardsInput, object>(DeleteDashboards$, {
  access: (input, ctx) =>
    (input.DashboardNames ?? []).map((name) => ({ resource: dashboardArn(ctx, name) })),
  async handle({ DashboardNames: names = [] }, ctx) {
    const view = ctx.store.table(dashboards)
    for (const name of names) {
      if (!(await view.get(name))) throw notFound(name)
      view.delete(name)
    }
    return {}
  },
})
