import { compilePolicy, PolicySyntaxError } from '@bartizan/policy'
import type { PolicySource } from '@bartizan/policy'
import {
  DeleteResourcePolicy$,
  DescribeResourcePolicies$,
  OperationAbortedException$,
  PutResourcePolicy$,
} from '@aws-sdk/client-cloudwatch-logs'
import type {
  DeleteResourcePolicyRequest,
  DescribeResourcePoliciesRequest,
  DescribeResourcePoliciesResponse,
  PutResourcePolicyRequest,
  PutResourcePolicyResponse,
  ResourcePolicy,
} from '@aws-sdk/client-cloudwatch-logs'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { shownPolicy, storedPolicy } from '../../kernel/identity/principal-ids.ts'
import { operation } from '../../kernel/service.ts'
import { listAccess, required, seekGroup } from './access.ts'
import { groupArn, groupNameOf } from './arns.ts'
import { invalid, limitExceeded, notFound } from './errors.ts'
import { pageOf } from './paging.ts'
import { resourcePolicies } from './store.ts'
import type { ResourcePolicyRow } from './store.ts'

const maxAccountPolicies = 10
const defaultLimit = 50
const maxAccountPolicyBytes = 5120

function compile(document: string): PolicySource['policy'] {
  try {
    return compilePolicy(document, 'resource')
  } catch (error) {
    if (error instanceof PolicySyntaxError || error instanceof SyntaxError) {
      throw invalid('The policy document is not valid.')
    }
    throw error
  }
}

const compiled = new Map<string, PolicySource>()
const keptPolicies = 500

/**
 * The resource policies that bear on a log group, as one. They only ever matter to AWS services:
 * for users and roles CloudWatch Logs goes by their own policies (API reference of PutResourcePolicy).
 */
export async function policyFor(
  ctx: Context,
  group: string,
): Promise<{ readonly resourcePolicy?: PolicySource }> {
  if (ctx.principal.kind !== 'service') return {}
  const view = ctx.store.table(resourcePolicies)
  const ofAccount = await view.list({ prefix: 'account|' })
  const own = await view.get(`group|${groupArn(ctx, group)}`)
  const rows = [...ofAccount.map(({ value }) => value), ...(own ? [own] : [])]
  if (rows.length === 0) return {}
  const id = rows.map(({ revision }) => revision).join('|')
  let source = compiled.get(id)
  if (!source) {
    source = { id: 'resource policies', policy: compile(merged(rows)) }
    if (compiled.size >= keptPolicies) compiled.clear()
    compiled.set(id, source)
  }
  return { resourcePolicy: source }
}

function merged(rows: readonly ResourcePolicyRow[]): string {
  const statements = rows.flatMap(({ document }) => {
    const { Statement }: { Statement: unknown } = JSON.parse(document)
    return Array.isArray(Statement) ? (Statement as unknown[]) : [Statement]
  })
  const withoutIds = statements.map((statement) => ({ ...(statement as object), Sid: undefined }))
  return JSON.stringify({ Version: '2012-10-17', Statement: withoutIds })
}

async function shown(ctx: Context, row: ResourcePolicyRow): Promise<ResourcePolicy> {
  const { resourceArn } = row
  return {
    policyName: row.name,
    policyDocument: await shownPolicy(ctx, row.document),
    lastUpdatedTime: row.updatedMs,
    policyScope: resourceArn === undefined ? 'ACCOUNT' : 'RESOURCE',
    ...(resourceArn !== undefined && { resourceArn, revisionId: row.revision }),
  }
}

async function keyOf(
  ctx: Context,
  input: { policyName?: string | undefined; resourceArn?: string | undefined },
): Promise<string> {
  const { policyName, resourceArn } = input
  if (resourceArn !== undefined) {
    const group = required(await seekGroup(ctx, groupNameOf(ctx, resourceArn)))
    return `group|${groupArn(ctx, group.name)}`
  }
  if (!policyName) throw invalid('policyName is required.')
  return `account|${policyName}`
}

function checkRevision(row: ResourcePolicyRow | undefined, expected: string | undefined): void {
  if (row?.resourceArn !== undefined && row.revision !== expected) {
    throw awsError(OperationAbortedException$, 'The revision id is not that of the current policy.')
  }
}

/** PutResourcePolicy. */
export const PutResourcePolicy = operation<PutResourcePolicyRequest, PutResourcePolicyResponse>(
  PutResourcePolicy$,
  {
    access: (_input, ctx) => listAccess(ctx),
    async handle(input, ctx) {
      const document = input.policyDocument
      if (document === undefined) throw invalid('policyDocument is required.')
      compile(document)
      const key = await keyOf(ctx, input)
      const view = ctx.store.table(resourcePolicies)
      const existing = await view.get(key)
      checkRevision(existing, input.expectedRevisionId)
      if (input.resourceArn === undefined) {
        if (Buffer.byteLength(document) > maxAccountPolicyBytes) throw limitExceeded()
        const all = await view.list({ prefix: 'account|' })
        if (!existing && all.length >= maxAccountPolicies) throw limitExceeded()
      }
      const row: ResourcePolicyRow = {
        name: input.policyName ?? '',
        document: await storedPolicy(ctx, document, () => invalid('Invalid principal in policy.')),
        updatedMs: ctx.now.getTime(),
        revision: ctx.ids.hex(32),
        ...(input.resourceArn !== undefined && { resourceArn: key.slice('group|'.length) }),
      }
      view.put(key, row)
      const isOfGroup = row.resourceArn !== undefined
      return {
        resourcePolicy: await shown(ctx, row),
        ...(isOfGroup && { revisionId: row.revision }),
      }
    },
  },
)

/** DescribeResourcePolicies. */
export const DescribeResourcePolicies = operation<
  DescribeResourcePoliciesRequest,
  DescribeResourcePoliciesResponse
>(DescribeResourcePolicies$, {
  access: (_input, ctx) => listAccess(ctx),
  async handle(input, ctx) {
    const ofResource = input.policyScope === 'RESOURCE' || input.resourceArn !== undefined
    const arn = input.resourceArn?.replace(/:\*$/, '')
    const listing = {
      name: `policies|${ofResource}|${arn ?? ''}`,
      limit: input.limit ?? defaultLimit,
      keep: (row: ResourcePolicyRow) => arn === undefined || row.resourceArn === arn,
      fetch: (page: { after?: string; limit: number }) =>
        ctx.store
          .table(resourcePolicies)
          .list({ ...page, prefix: ofResource ? 'group|' : 'account|' }),
    }
    const { items, ...page } = await pageOf(ctx, listing, input.nextToken)
    return { resourcePolicies: await Promise.all(items.map((row) => shown(ctx, row))), ...page }
  },
})

/** DeleteResourcePolicy. */
export const DeleteResourcePolicy = operation<DeleteResourcePolicyRequest, object>(
  DeleteResourcePolicy$,
  {
    access: (_input, ctx) => listAccess(ctx),
    async handle(input, ctx) {
      const key = await keyOf(ctx, input)
      const view = ctx.store.table(resourcePolicies)
      const row = await view.get(key)
      if (!row) throw notFound('resource policy')
      checkRevision(row, input.expectedRevisionId)
      view.delete(key)
      return {}
    },
  },
)
