import { compilePolicy } from '@bartizan/policy'
import type { PolicySource } from '@bartizan/policy'
import type { Context, Tables } from '../../kernel/context.ts'
import type { Access } from '../../kernel/service.ts'
import { resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { invalid, notFound } from './errors.ts'
import { repositories } from './store.ts'
import type { RepositoryRow } from './store.ts'

/** A repository that a request names, whether it exists or not. */
export interface RepositorySubject {
  readonly name: string
  readonly registry: string
  readonly row: RepositoryRow | undefined
  readonly tables: Tables
}

/** How a request names a repository. */
export interface RepositoryNaming {
  readonly repositoryName?: string | undefined
  readonly registryId?: string | undefined
}

/** A repository's ARN. */
export function repositoryArn(region: string, account: string, name: string): string {
  return `arn:aws:ecr:${region}:${account}:repository/${name}`
}

/** Finds the repository of a name, in the caller's registry or the one that is named. */
export async function seekRepository(
  ctx: Context,
  { repositoryName: name = '', registryId: registry = ctx.account }: RepositoryNaming,
): Promise<RepositorySubject> {
  const tables = registry === ctx.account ? ctx.store : ctx.store.at({ account: registry })
  const row = await tables.table(repositories).get(name)
  return { name, registry, row, tables }
}

/** Finds the repository of an ARN of the call's Region. */
export async function seekByArn(ctx: Context, arn = ''): Promise<RepositorySubject> {
  const [, registryId, repositoryName] =
    new RegExp(`^arn:aws:ecr:${ctx.region}:(\\d{12}):repository/(.+)$`).exec(arn) ?? []
  if (!registryId || !repositoryName) throw invalid('resourceArn', 'Invalid ARN')
  return seekRepository(ctx, { repositoryName, registryId })
}

/** The row of a repository. Throws RepositoryNotFoundException. */
export function required({ row, name, registry }: RepositorySubject): RepositoryRow {
  if (!row) throw notFound(name, registry)
  return row
}

/** A repository's policy needs no Resource: it is about the repository that it lies on. */
function withResource(text: string): string {
  const document: unknown = JSON.parse(text)
  const { Statement } = document as { readonly Statement?: unknown }
  const statements = Array.isArray(Statement) ? (Statement as unknown[]) : [Statement]
  const isBare = (each: object) => !('Resource' in each || 'NotResource' in each)
  const whole = statements.map((each) =>
    typeof each === 'object' && each !== null && isBare(each) ? { ...each, Resource: '*' } : each,
  )
  return JSON.stringify({ ...(document as object), Statement: whole })
}

/** Compiles a repository's policy. Throws PolicySyntaxError and SyntaxError. */
export const compileRepositoryPolicy = (text: string): PolicySource['policy'] =>
  compilePolicy(withResource(text), 'resource')

const compiled = new WeakMap<RepositoryRow, PolicySource>()

function policyOf(row: RepositoryRow): PolicySource | undefined {
  if (row.policy === undefined) return undefined
  let source = compiled.get(row)
  if (!source) {
    source = { id: row.arn, policy: compileRepositoryPolicy(row.policy) }
    compiled.set(row, source)
  }
  return source
}

/** The permission that a call on a repository needs. */
export function repositoryAccess(
  ctx: Context,
  { name, registry, row }: RepositorySubject,
  conditions: NonNullable<Access['conditions']> = {},
): Access {
  const resource = repositoryArn(ctx.region, registry, name)
  const resourcePolicy = row && policyOf(row)
  ctx.audit.resource({ ARN: resource, accountId: registry, type: 'AWS::ECR::Repository' })
  return {
    resource,
    resourceAccount: registry,
    unseen: 'this resource',
    ...(resourcePolicy && { resourcePolicy }),
    conditions: { ...resourceTagConditions(row?.tags, 'ecr'), ...conditions },
  }
}

/** Keeps a changed repository. */
export function put({ tables }: RepositorySubject, row: RepositoryRow): void {
  tables.table(repositories).put(row.name, row)
}
