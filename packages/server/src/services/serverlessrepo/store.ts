import { defineTable } from '../../kernel/store/store.ts'

/** A template that somebody had made of an application. Times are ISO 8601. */
export interface TemplateRow {
  readonly id: string
  readonly applicationId: string
  readonly name: string
  readonly semanticVersion: string
  readonly createdAt: string
  readonly expiresAt: string
}

/** Templates by their id. */
export const templates = defineTable<TemplateRow>({
  name: 'serverlessrepo.templates',
  scope: 'region',
})
