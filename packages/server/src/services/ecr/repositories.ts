import {
  CreateRepository$,
  DeleteRepository$,
  DescribeRepositories$,
  PutImageScanningConfiguration$,
  PutImageTagMutability$,
} from '@aws-sdk/client-ecr'
import type {
  CreateRepositoryRequest,
  CreateRepositoryResponse,
  DeleteRepositoryRequest,
  DeleteRepositoryResponse,
  DescribeRepositoriesRequest,
  DescribeRepositoriesResponse,
  EncryptionConfiguration,
  ImageTagMutability,
  ImageTagMutabilityExclusionFilter,
  PutImageScanningConfigurationRequest,
  PutImageScanningConfigurationResponse,
  PutImageTagMutabilityRequest,
  PutImageTagMutabilityResponse,
  Repository,
} from '@aws-sdk/client-ecr'
import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import { sealedPages } from '../../kernel/sealed-pages.ts'
import { operation } from '../../kernel/service.ts'
import type { Access } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { alreadyExists, invalid, kmsError, notFound } from './errors.ts'
import {
  put,
  repositoryAccess,
  repositoryArn,
  required,
  seekRepository,
  type RepositorySubject,
} from './repository-reference.ts'
import { repositories } from './store.ts'
import type { RepositoryRow } from './store.ts'
import { mergeTags, tagMap } from './tagging.ts'

const defaultPage = 100
const pages = sealedPages('ecr-page', () => invalid('nextToken', 'Invalid token'))

function repositoryOut(row: RepositoryRow): Repository {
  const { account, region, name, encryption, exclusions } = row
  return {
    repositoryArn: row.arn,
    registryId: account,
    repositoryName: name,
    repositoryUri: `${account}.dkr.ecr.${region}.amazonaws.com/${name}`,
    createdAt: new Date(row.createdAt),
    imageTagMutability: row.tagMutability,
    ...(exclusions && { imageTagMutabilityExclusionFilters: [...exclusions] }),
    imageScanningConfiguration: { scanOnPush: row.scanOnPush },
    encryptionConfiguration: {
      encryptionType: encryption.type,
      ...(encryption.kmsKey !== undefined && { kmsKey: encryption.kmsKey }),
    },
  }
}

/** How far tags of images may be moved; some mutabilities name exceptions, the others must not. */
function mutabilityOf(input: {
  readonly imageTagMutability?: ImageTagMutability | undefined
  readonly imageTagMutabilityExclusionFilters?:
    readonly ImageTagMutabilityExclusionFilter[] | undefined
}): Pick<RepositoryRow, 'tagMutability' | 'exclusions'> {
  const { imageTagMutability: tagMutability = 'MUTABLE' } = input
  const exclusions = input.imageTagMutabilityExclusionFilters ?? []
  if (tagMutability.endsWith('_WITH_EXCLUSION') !== exclusions.length > 0) {
    const must = exclusions.length > 0 ? 'must be null' : "can't be null"
    throw invalid(
      'imageTagMutabilityExclusionFilters',
      `ImageTagMutabilityExclusionFilters ${must} when imageTagMutability is set as ${tagMutability}`,
    )
  }
  return { tagMutability, ...(exclusions.length > 0 && { exclusions }) }
}

/** The key must be one that the caller knows; without one it is the account's own for ECR. */
async function encryptionOf(
  ctx: Context,
  given: EncryptionConfiguration | undefined,
): Promise<RepositoryRow['encryption']> {
  const type = given?.encryptionType ?? 'AES256'
  if (type === 'AES256') return { type }
  try {
    const KeyId = given?.kmsKey ?? 'alias/aws/ecr'
    const { KeyMetadata } = await ctx.call('kms', 'DescribeKey', { KeyId })
    return { type, kmsKey: String((KeyMetadata as { readonly Arn?: string }).Arn) }
  } catch (error) {
    if (error instanceof AwsError) throw kmsError(error.code, error.message)
    throw error
  }
}

/** CreateRepository. */
export const CreateRepository = operation<CreateRepositoryRequest, CreateRepositoryResponse>(
  CreateRepository$,
  {
    access(input, ctx) {
      const { repositoryName = '', tags } = input
      const resource = repositoryArn(ctx.region, ctx.account, repositoryName)
      const conditions = requestTagConditions(tagMap(tags))
      const create: Access = { resource, conditions }
      return tags?.length ? [create, { ...create, action: 'ecr:TagResource' }] : create
    },
    async handle(input, ctx) {
      const { repositoryName: name = '', registryId } = input
      if (registryId !== undefined && registryId !== ctx.account) {
        throw invalid('registryId', 'must be the id of your own registry')
      }
      const table = ctx.store.table(repositories)
      if (await table.get(name)) throw alreadyExists(name, ctx.account)
      const row: RepositoryRow = {
        name,
        arn: repositoryArn(ctx.region, ctx.account, name),
        account: ctx.account,
        region: ctx.region,
        createdAt: ctx.now.toISOString(),
        ...mutabilityOf(input),
        scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
        encryption: await encryptionOf(ctx, input.encryptionConfiguration),
        tags: mergeTags({}, input.tags),
      }
      table.put(name, row)
      return { repository: repositoryOut(row) }
    },
  },
)

type Sought = readonly RepositorySubject[]

/** DescribeRepositories: those of these names, or all. */
export const DescribeRepositories = operation<
  DescribeRepositoriesRequest,
  DescribeRepositoriesResponse,
  Sought
>(DescribeRepositories$, {
  resolve: ({ repositoryNames = [], registryId }, ctx) =>
    Promise.all(
      repositoryNames.map((repositoryName) => seekRepository(ctx, { repositoryName, registryId })),
    ),
  access(input, ctx, sought) {
    if (sought.length > 0) return sought.map((each) => repositoryAccess(ctx, each))
    const account = input.registryId ?? ctx.account
    return { resource: repositoryArn(ctx.region, account, '*'), resourceAccount: account }
  },
  async handle({ nextToken, maxResults, registryId }, ctx, sought) {
    if (sought.length > 0) return { repositories: sought.map(required).map(repositoryOut) }
    if (registryId !== undefined && registryId !== ctx.account) throw notFound('*', registryId)
    const listing = {
      name: 'repositories',
      limit: maxResults ?? defaultPage,
      fetch: (page: { after?: string; limit: number }) => ctx.store.table(repositories).list(page),
    }
    const { items, next } = await pages.page<RepositoryRow>(ctx, listing, nextToken)
    return {
      repositories: items.map(repositoryOut),
      ...(next !== undefined && { nextToken: next }),
    }
  },
})

/** DeleteRepository. */
export const DeleteRepository = operation<
  DeleteRepositoryRequest,
  DeleteRepositoryResponse,
  RepositorySubject
>(DeleteRepository$, {
  resolve: (input, ctx) => seekRepository(ctx, input),
  access: (_input, ctx, subject) => repositoryAccess(ctx, subject),
  handle(_input, _ctx, subject) {
    const row = required(subject)
    subject.tables.table(repositories).delete(row.name)
    return { repository: repositoryOut(row) }
  },
})

/** PutImageTagMutability. */
export const PutImageTagMutability = operation<
  PutImageTagMutabilityRequest,
  PutImageTagMutabilityResponse,
  RepositorySubject
>(PutImageTagMutability$, {
  resolve: (input, ctx) => seekRepository(ctx, input),
  access: (_input, ctx, subject) => repositoryAccess(ctx, subject),
  handle(input, _ctx, subject) {
    const { exclusions: _before, ...row } = required(subject)
    const changed = { ...row, ...mutabilityOf(input) }
    put(subject, changed)
    const { registryId, repositoryName, ...shown } = repositoryOut(changed)
    const { imageTagMutability, imageTagMutabilityExclusionFilters: filters } = shown
    return {
      registryId,
      repositoryName,
      imageTagMutability,
      ...(filters && { imageTagMutabilityExclusionFilters: filters }),
    }
  },
})

/** PutImageScanningConfiguration. */
export const PutImageScanningConfiguration = operation<
  PutImageScanningConfigurationRequest,
  PutImageScanningConfigurationResponse,
  RepositorySubject
>(PutImageScanningConfiguration$, {
  resolve: (input, ctx) => seekRepository(ctx, input),
  access: (_input, ctx, subject) => repositoryAccess(ctx, subject),
  handle(input, _ctx, subject) {
    const scanOnPush = input.imageScanningConfiguration?.scanOnPush ?? false
    const row = { ...required(subject), scanOnPush }
    put(subject, row)
    const { registryId, repositoryName, imageScanningConfiguration } = repositoryOut(row)
    return { registryId, repositoryName, imageScanningConfiguration }
  },
})
