import {
  CreateAccessKey$,
  DeleteAccessKey$,
  GetAccessKeyLastUsed$,
  ListAccessKeys$,
  UpdateAccessKey$,
  type CreateAccessKeyRequest,
  type CreateAccessKeyResponse,
  type DeleteAccessKeyRequest,
  type GetAccessKeyLastUsedRequest,
  type GetAccessKeyLastUsedResponse,
  type ListAccessKeysRequest,
  type ListAccessKeysResponse,
  type UpdateAccessKeyRequest,
} from '@aws-sdk/client-iam'
import { claimOf } from '../../kernel/claims.ts'
import type { Context } from '../../kernel/context.ts'
import { accessKeys, users, type AccessKeyRow } from '../../kernel/identity/tables.ts'
import { operation } from '../../kernel/service.ts'
import {
  accessTo,
  accessToUserOrRoot,
  existingUser,
  keyOf,
  seek,
  seekUserOrCaller,
  userKind,
  type Sought,
  type UserOrRoot,
} from './entities.ts'
import type { UserRow } from '../../kernel/identity/tables.ts'
import { accessDenied, checkQuota, invalidInput, noSuchEntity } from './errors.ts'
import { pageOf } from './paging.ts'
import { keysOf } from './users.ts'
import { wholeSecond } from './shapes.ts'

const keysPerUser = 2

/** Makes an access key; its secret is shown this once. */
export const CreateAccessKey = operation<
  CreateAccessKeyRequest,
  CreateAccessKeyResponse,
  UserOrRoot
>(CreateAccessKey$, {
  resolve: seekUserOrCaller,
  access: accessToUserOrRoot,
  async handle(_input, ctx, sought) {
    const userName = ownerOf(sought)
    const claim = await claimOf(ctx.store, 'iam access keys of root')
    checkQuota('AccessKeysPerUser', keysPerUser, (await keysOf(ctx, userName)).length + 1)
    const key: AccessKeyRow = {
      id: ctx.ids.unique('AKIA', 16),
      accountId: ctx.account,
      ...(userName !== undefined && { userName }),
      secret: ctx.ids.secret(30),
      status: 'Active',
      createdAt: ctx.now.toISOString(),
    }
    ctx.store.table(accessKeys).put(key.id, key)
    // The owner is written too, so that of two keys made at once the second counts the first; root has no row.
    if (sought.row) ctx.store.table(users).put(keyOf(sought.row.name), sought.row)
    else claim()
    return {
      AccessKey: {
        UserName: userName ?? '',
        AccessKeyId: key.id,
        Status: key.status,
        SecretAccessKey: key.secret,
        CreateDate: wholeSecond(key.createdAt),
      },
    }
  },
})

/** Lists a user's access keys without their secrets. */
export const ListAccessKeys = operation<ListAccessKeysRequest, ListAccessKeysResponse, UserOrRoot>(
  ListAccessKeys$,
  {
    resolve: seekUserOrCaller,
    access: accessToUserOrRoot,
    async handle(input, ctx, sought) {
      const keys = await keysOf(ctx, ownerOf(sought))
      const { items, ...page } = pageOf(keys, (key) => key.id, input)
      return {
        AccessKeyMetadata: items.map((key) => ({
          ...(key.userName !== undefined && { UserName: key.userName }),
          AccessKeyId: key.id,
          Status: key.status,
          CreateDate: wholeSecond(key.createdAt),
        })),
        ...page,
      }
    },
  },
)

/** Makes a key active or inactive. */
export const UpdateAccessKey = operation<UpdateAccessKeyRequest, object, UserOrRoot>(
  UpdateAccessKey$,
  {
    resolve: seekUserOrCaller,
    access: accessToUserOrRoot,
    async handle(input, ctx, sought) {
      const key = await keyOfOwner(input.AccessKeyId, sought, ctx)
      const status = input.Status
      if (status !== 'Active' && status !== 'Inactive') {
        throw invalidInput(`The status ${status} cannot be set.`)
      }
      ctx.store.table(accessKeys).put(key.id, { ...key, status })
      return {}
    },
  },
)

/** Deletes a key. */
export const DeleteAccessKey = operation<DeleteAccessKeyRequest, object, UserOrRoot>(
  DeleteAccessKey$,
  {
    resolve: seekUserOrCaller,
    access: accessToUserOrRoot,
    async handle(input, ctx, sought) {
      ctx.store.table(accessKeys).delete((await keyOfOwner(input.AccessKeyId, sought, ctx)).id)
      return {}
    },
  },
)

/** A key of the caller's account, with its owner where that is a user. */
interface SoughtKey {
  readonly key: AccessKeyRow | undefined
  readonly user: Sought<UserRow>
}

/** When, where and for what a key was last used. */
export const GetAccessKeyLastUsed = operation<
  GetAccessKeyLastUsedRequest,
  GetAccessKeyLastUsedResponse,
  SoughtKey
>(GetAccessKeyLastUsed$, {
  async resolve(input, ctx) {
    const row = await ctx.store.table(accessKeys).get(input.AccessKeyId ?? '')
    const key = row?.accountId === ctx.account ? row : undefined
    return { key, user: await seek(userKind, key?.userName ?? '*', ctx) }
  },
  access: (_input, ctx, { user }) => accessTo(userKind, ctx, user),
  async handle(input, ctx, { key }) {
    if (!key) {
      throw accessDenied(
        `User: ${ctx.principal.arn} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key ${input.AccessKeyId}`,
      )
    }
    const used = await ctx.lastUsed.of('access-key', key.id)
    return {
      ...(key.userName !== undefined && { UserName: key.userName }),
      AccessKeyLastUsed: {
        ...(used?.['date'] !== undefined && { LastUsedDate: wholeSecond(used['date']) }),
        ServiceName: used?.['service'] ?? 'N/A',
        Region: used?.['region'] ?? 'N/A',
      },
    }
  },
})

function ownerOf(sought: UserOrRoot): string | undefined {
  return sought.root ? undefined : existingUser(sought).name
}

async function keyOfOwner(
  id: string | undefined,
  sought: UserOrRoot,
  ctx: Context,
): Promise<AccessKeyRow> {
  const userName = ownerOf(sought)
  const key = await ctx.store.table(accessKeys).get(id ?? '')
  if (key?.accountId === ctx.account && key.userName === userName) return key
  throw noSuchKey(id)
}

function noSuchKey(id: string | undefined) {
  return noSuchEntity(`The Access Key with id ${id} cannot be found.`)
}
