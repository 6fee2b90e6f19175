import {
  CreateAccountAlias$,
  DeleteAccountAlias$,
  ListAccountAliases$,
  type CreateAccountAliasRequest,
  type DeleteAccountAliasRequest,
  type ListAccountAliasesRequest,
  type ListAccountAliasesResponse,
} from '@aws-sdk/client-iam'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { accessToAll } from './entities.ts'
import { alreadyExists, noSuchEntity } from './errors.ts'
import { accountAliases } from './tables.ts'

/** Names the account; a new alias replaces the old one. */
export const CreateAccountAlias = operation<CreateAccountAliasRequest, object>(
  CreateAccountAlias$,
  {
    access: accessToAll,
    async handle(input, ctx) {
      const alias = input.AccountAlias ?? ''
      const view = ctx.store.table(accountAliases)
      if (await view.get(alias)) {
        throw alreadyExists(`The account alias ${alias} already exists.`)
      }
      for (const old of await aliasesOf(ctx)) view.delete(old)
      view.put(alias, { alias, accountId: ctx.account, createdAt: ctx.now.toISOString() })
      return {}
    },
  },
)

/** Takes the account's alias away. */
export const DeleteAccountAlias = operation<DeleteAccountAliasRequest, object>(
  DeleteAccountAlias$,
  {
    access: accessToAll,
    async handle(input, ctx) {
      const alias = input.AccountAlias ?? ''
      const row = await ctx.store.table(accountAliases).get(alias)
      if (row?.accountId !== ctx.account) {
        throw noSuchEntity(`The account alias ${alias} cannot be found.`)
      }
      ctx.store.table(accountAliases).delete(alias)
      return {}
    },
  },
)

/** Lists the account's alias, if it has one. */
export const ListAccountAliases = operation<ListAccountAliasesRequest, ListAccountAliasesResponse>(
  ListAccountAliases$,
  {
    access: accessToAll,
    handle: async (_input, ctx) => ({ AccountAliases: await aliasesOf(ctx), IsTruncated: false }),
  },
)

async function aliasesOf(ctx: Context): Promise<string[]> {
  const query = { index: 'account', equals: ctx.account }
  return (await ctx.store.table(accountAliases).list(query)).map(({ key }) => key)
}
