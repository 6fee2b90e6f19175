import { BatchGetSecretValue$ } from '@aws-sdk/client-secrets-manager'
import type {
  APIErrorType,
  BatchGetSecretValueRequest,
  BatchGetSecretValueResponse,
  SecretValueEntry,
} from '@aws-sdk/client-secrets-manager'
import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { invalidParameter } from './errors.ts'
import { readVersion, versionConditions } from './get-secret-value.ts'
import { matchingSecrets } from './list-secrets.ts'
import { pageOf } from './paging.ts'
import { accessTo, live, seekSecret } from './secret-reference.ts'

const pageSize = 20

function checkInput(input: BatchGetSecretValueRequest): void {
  const { SecretIdList, Filters, MaxResults } = input
  if ((SecretIdList === undefined) === (Filters === undefined)) {
    throw invalidParameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.")
  }
  if (MaxResults !== undefined && Filters === undefined) {
    throw invalidParameter(
      "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
    )
  }
}

/** Which secrets are meant, a page of them where filters choose. */
async function wanted(
  ctx: Context,
  input: BatchGetSecretValueRequest,
): Promise<{ readonly items: readonly string[]; readonly next?: string }> {
  if (input.SecretIdList) return { items: input.SecretIdList }
  const rows = await matchingSecrets(ctx, input.Filters, false)
  const list = {
    name: 'batch',
    items: rows.map(({ name }) => name),
    placeOf: (name: string) => name,
  }
  return pageOf(ctx, list, { limit: input.MaxResults ?? pageSize, token: input.NextToken })
}

/** One secret of the batch, as GetSecretValue would give it to the caller. */
async function entry(ctx: Context, id: string): Promise<SecretValueEntry> {
  const sought = await seekSecret(ctx, id)
  const conditions = versionConditions({})
  await ctx.require(accessTo(sought, { action: 'GetSecretValue', conditions }))
  return readVersion(ctx, live(sought), {})
}

/** BatchGetSecretValue: what cannot be read is listed among the errors. */
export const BatchGetSecretValue = operation<
  BatchGetSecretValueRequest,
  BatchGetSecretValueResponse
>(BatchGetSecretValue$, {
  check: checkInput,
  access: (input) => [
    { resource: '*' },
    ...(input.Filters ? [{ action: 'secretsmanager:ListSecrets', resource: '*' }] : []),
  ],
  async handle(input, ctx) {
    const SecretValues: SecretValueEntry[] = []
    const Errors: APIErrorType[] = []
    const { items, next } = await wanted(ctx, input)
    for (const id of items) {
      try {
        SecretValues.push(await entry(ctx, id))
      } catch (error) {
        if (!(error instanceof AwsError)) throw error
        Errors.push({ SecretId: id, ErrorCode: error.code, Message: error.message })
      }
    }
    return { SecretValues, Errors, ...(next !== undefined && { NextToken: next }) }
  },
})
