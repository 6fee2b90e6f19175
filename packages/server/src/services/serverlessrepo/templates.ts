import { applicationTemplate, rotationTemplate } from '@bartizan/rotation'
import { callbackAddress, type Callback } from '../../kernel/callback.ts'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import {
  applicationAccess,
  requireApplication,
  versionAsked,
  type Application,
} from './application-reference.ts'
import {
  CreateCloudFormationTemplate$,
  GetCloudFormationTemplate$,
  type CreateCloudFormationTemplateRequest,
  type CreateCloudFormationTemplateResponse,
  type GetCloudFormationTemplateRequest,
  type GetCloudFormationTemplateResponse,
} from './data/schemas.ts'
import { notFound } from './errors.ts'
import { templates, type TemplateRow } from './store.ts'

/** How long a template is there (AWS: six hours). */
const validMs = 21_600_000
const purpose = 'serverlessrepo-template'

/** CreateCloudFormationTemplate: ready when the call returns. */
export const CreateCloudFormationTemplate = operation<
  CreateCloudFormationTemplateRequest,
  CreateCloudFormationTemplateResponse,
  Application
>(CreateCloudFormationTemplate$, {
  resolve: ({ ApplicationId = '' }) => requireApplication(ApplicationId),
  access: (_input, ctx, { id }) => applicationAccess(id, ctx),
  handle(input, ctx, { id: applicationId, template }) {
    const row: TemplateRow = {
      id: ctx.ids.uuid(),
      applicationId,
      name: template.name,
      semanticVersion: versionAsked(input.SemanticVersion),
      createdAt: ctx.now.toISOString(),
      expiresAt: new Date(ctx.now.getTime() + validMs).toISOString(),
    }
    ctx.store.table(templates).put(row.id, row)
    return shapeOf(ctx, row)
  },
})

/** GetCloudFormationTemplate. */
export const GetCloudFormationTemplate = operation<
  GetCloudFormationTemplateRequest,
  GetCloudFormationTemplateResponse,
  Application
>(GetCloudFormationTemplate$, {
  resolve: ({ ApplicationId = '' }) => requireApplication(ApplicationId),
  access: (_input, ctx, { id }) => applicationAccess(id, ctx),
  handle: async ({ TemplateId = '' }, ctx, application) =>
    shapeOf(ctx, await requireTemplate(ctx, application, TemplateId)),
})

/** A template that was made of an application in the caller's account. Throws NotFoundException. */
export async function requireTemplate(
  ctx: Context,
  { id: applicationId }: Application,
  templateId: string,
): Promise<TemplateRow> {
  const row = await ctx.store.table(templates).get(templateId)
  if (row?.applicationId === applicationId) return row
  throw notFound(`No template with id ${templateId} is found.`)
}

/** Whether a template can be used no more. */
export function isExpired({ now }: Context, { expiresAt }: TemplateRow): boolean {
  return now.toISOString() > expiresAt
}

function shapeOf(ctx: Context, row: TemplateRow): GetCloudFormationTemplateResponse {
  return {
    ApplicationId: row.applicationId,
    SemanticVersion: row.semanticVersion,
    TemplateId: row.id,
    TemplateUrl: templateAddress(ctx, row.name),
    CreationTime: row.createdAt,
    ExpirationTime: row.expiresAt,
    Status: isExpired(ctx, row) ? 'EXPIRED' : 'ACTIVE',
  }
}

/** Where an application's template can be fetched without credentials, for six hours. */
export function templateAddress(ctx: Context, name: string): string {
  const ticket = JSON.stringify({ name, expires: ctx.now.getTime() + validMs })
  const token = Buffer.from(ctx.secrets.seal(purpose, ticket)).toString('base64url')
  return callbackAddress(ctx.endpoint, 'serverlessrepo', token)
}

/** The text of an application's template. */
export function templateText(name: string): string {
  const template = rotationTemplate(name)
  if (!template) throw new Error(`there is no rotation template ${name}`)
  return JSON.stringify(applicationTemplate(template), undefined, 2)
}

/** Gives out templates at the addresses that `templateAddress` made. */
export const templateDownload: Callback = {
  run: () => Promise.resolve(false),
  fetch(ctx, token) {
    const opened = ctx.secrets.open(purpose, Buffer.from(token, 'base64url').toString())
    if (opened === undefined) return Promise.resolve(undefined)
    const { name, expires } = JSON.parse(opened) as { name: string; expires: number }
    const isGood = ctx.now.getTime() <= expires
    return Promise.resolve(isGood ? Buffer.from(templateText(name)) : undefined)
  },
}
