import { rotationTemplate, templateVersion, type RotationTemplate } from '@bartizan/rotation'
import type { Context } from '../../kernel/context.ts'
import type { Access } from '../../kernel/service.ts'
import { badRequest, notFound } from './errors.ts'

/** The accounts of AWS that offer the rotation functions, by the partition. */
const publishers: Readonly<Record<string, string>> = {
  aws: '297356227824',
  'aws-cn': '193023089310',
  'aws-us-gov': '023102451235',
}

const publishedAt = '2026-01-01T00:00:00.000Z'
const form = /^arn:(aws[\w-]*):serverlessrepo:[a-z0-9-]+:(\d{12}):applications\/([\w-]+)$/

/** An application as a call names it. */
export interface Application {
  readonly id: string
  readonly template: RotationTemplate
}

/** When every application was published; ISO 8601. */
export const publication = publishedAt

/** The ARN of an application in the commercial partition. */
export function applicationArn({ name }: RotationTemplate): string {
  return `arn:aws:serverlessrepo:us-east-1:${publishers['aws']}:applications/${name}`
}

/** The application of an ARN, which is the one that AWS offers it under. Throws NotFoundException. */
export function requireApplication(id: string): Application {
  const [, partition = '', account, name = ''] = form.exec(id) ?? []
  const template = publishers[partition] === account ? rotationTemplate(name) : undefined
  if (!template) throw notFound(`No application with id ${id} is found.`)
  return { id, template }
}

/** Everybody may be allowed to use an application: it is public, and its owner is no account here. */
export function applicationAccess(id: string, ctx: Context): Access {
  return { resource: id, resourceAccount: ctx.account }
}

/**
 * The version that a call asks for. There is one, and it answers to every number that AWS has published: templates
 * that name one go on working. Throws BadRequestException or NotFoundException.
 */
export function versionAsked(asked: string | undefined): string {
  if (asked === undefined) return templateVersion
  if (!/^\d+\.\d+\.\d+$/.test(asked)) {
    throw badRequest(`Semantic version ${asked} is not valid.`)
  }
  if (!asked.startsWith('1.')) throw notFound(`Semantic version ${asked} is not found.`)
  return asked
}
