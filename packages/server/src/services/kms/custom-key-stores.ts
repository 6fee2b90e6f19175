import {
  CloudHsmClusterNotActiveException$,
  ConnectCustomKeyStore$,
  CreateCustomKeyStore$,
  CustomKeyStoreHasCMKsException$,
  CustomKeyStoreInvalidStateException$,
  CustomKeyStoreNotFoundException$,
  DeleteCustomKeyStore$,
  DescribeCustomKeyStores$,
  DisconnectCustomKeyStore$,
  UpdateCustomKeyStore$,
} from '@aws-sdk/client-kms'
import type {
  ConnectCustomKeyStoreRequest,
  CreateCustomKeyStoreRequest,
  CreateCustomKeyStoreResponse,
  CustomKeyStoresListEntry,
  DeleteCustomKeyStoreRequest,
  DescribeCustomKeyStoresRequest,
  DescribeCustomKeyStoresResponse,
  DisconnectCustomKeyStoreRequest,
  UpdateCustomKeyStoreRequest,
} from '@aws-sdk/client-kms'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import type { Access } from '../../kernel/service.ts'
import { callConditions } from './authorisation.ts'
import { customKeyStore } from './custom-key-store-keys.ts'
import {
  checkNewStore,
  checkStoreInput,
  checkUpdate,
  newStore,
  updatedStore,
} from './custom-key-store-rules.ts'
import { validation } from './errors.ts'
import { pageOf, pageOfList } from './paging.ts'
import { customKeyStores, keys } from './store.ts'
import type { CustomKeyStoreRow } from './store.ts'

/** Custom key stores are in IAM policies only, without a resource of their own. */
function storeAccess(_input: object, ctx: Context): Access {
  return { resource: '*', conditions: callConditions(ctx) }
}

async function allStores(ctx: Context): Promise<readonly CustomKeyStoreRow[]> {
  return (await ctx.store.table(customKeyStores).list()).map((row) => row.value)
}

/** CreateCustomKeyStore. It starts DISCONNECTED. */
export const CreateCustomKeyStore = operation<
  CreateCustomKeyStoreRequest,
  CreateCustomKeyStoreResponse
>(CreateCustomKeyStore$, {
  check: checkStoreInput,
  access: storeAccess,
  async handle(input, ctx) {
    checkNewStore(await allStores(ctx), input)
    const id = `cks-${ctx.ids.hex(17)}`
    const store = newStore({ id, account: ctx.account, createdAt: ctx.now.toISOString() }, input)
    ctx.store.table(customKeyStores).put(id, store)
    return { CustomKeyStoreId: id }
  },
})

function stateError(store: CustomKeyStoreRow, operationName: string): Error {
  return awsError(
    CustomKeyStoreInvalidStateException$,
    `${operationName} is not valid for custom key store ${store.id}, whose ConnectionState is ${store.connection}.`,
  )
}

/**
 * ConnectCustomKeyStore. Bartizan has no CloudHSM clusters and no VPC endpoint services to find, so
 * it says what the store would need, as AWS does when that is missing.
 */
export const ConnectCustomKeyStore = operation<ConnectCustomKeyStoreRequest, object>(
  ConnectCustomKeyStore$,
  {
    access: storeAccess,
    async handle(input, ctx) {
      const store = await customKeyStore(ctx, input.CustomKeyStoreId ?? '')
      if (store.connection === 'CONNECTED') return {}
      if (store.connection === 'FAILED' || store.connection === 'DISCONNECTING') {
        throw stateError(store, 'ConnectCustomKeyStore')
      }
      if (store.type === 'AWS_CLOUDHSM') {
        throw awsError(
          CloudHsmClusterNotActiveException$,
          `The AWS CloudHSM cluster ${store.cloudHsmClusterId} is not active: a custom key store needs an initialized, active cluster with at least one active HSM and a kmsuser crypto user, and there is none.`,
        )
      }
      ctx.store.table(customKeyStores).put(store.id, {
        ...store,
        connection: 'FAILED',
        connectionError: 'XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND',
      })
      return {}
    },
  },
)

/** DisconnectCustomKeyStore; it also ends a FAILED connection. */
export const DisconnectCustomKeyStore = operation<DisconnectCustomKeyStoreRequest, object>(
  DisconnectCustomKeyStore$,
  {
    access: storeAccess,
    async handle(input, ctx) {
      const store = await customKeyStore(ctx, input.CustomKeyStoreId ?? '')
      if (store.connection === 'DISCONNECTED' || store.connection === 'DISCONNECTING') {
        throw stateError(store, 'DisconnectCustomKeyStore')
      }
      const { connectionError: _error, ...rest } = store
      ctx.store.table(customKeyStores).put(store.id, { ...rest, connection: 'DISCONNECTED' })
      const query = { index: 'customKeyStore', equals: store.id }
      for (const { key, value } of await ctx.store.table(keys).list(query)) {
        ctx.store.table(keys).put(key, { ...value, unavailable: true })
      }
      return {}
    },
  },
)

/** DeleteCustomKeyStore, disconnected and empty. */
export const DeleteCustomKeyStore = operation<DeleteCustomKeyStoreRequest, object>(
  DeleteCustomKeyStore$,
  {
    access: storeAccess,
    async handle(input, ctx) {
      const store = await customKeyStore(ctx, input.CustomKeyStoreId ?? '')
      const query = { index: 'customKeyStore', equals: store.id, limit: 1 }
      if ((await ctx.store.table(keys).list(query)).length > 0) {
        throw awsError(
          CustomKeyStoreHasCMKsException$,
          `Custom key store ${store.id} contains KMS keys.`,
        )
      }
      if (store.connection !== 'DISCONNECTED') throw stateError(store, 'DeleteCustomKeyStore')
      ctx.store.table(customKeyStores).delete(store.id)
      return {}
    },
  },
)

/** UpdateCustomKeyStore. */
export const UpdateCustomKeyStore = operation<UpdateCustomKeyStoreRequest, object>(
  UpdateCustomKeyStore$,
  {
    access: storeAccess,
    async handle(input, ctx) {
      const store = await customKeyStore(ctx, input.CustomKeyStoreId ?? '')
      const others = (await allStores(ctx)).filter(({ id }) => id !== store.id)
      checkUpdate(store, others, input)
      ctx.store.table(customKeyStores).put(store.id, updatedStore(store, input))
      return {}
    },
  },
)

function entryOf(store: CustomKeyStoreRow): CustomKeyStoresListEntry {
  const { xks } = store
  return {
    CustomKeyStoreId: store.id,
    CustomKeyStoreName: store.name,
    CustomKeyStoreType: store.type,
    ConnectionState: store.connection,
    ...(store.connectionError && { ConnectionErrorCode: store.connectionError }),
    CreationDate: new Date(store.createdAt),
    ...(store.cloudHsmClusterId && { CloudHsmClusterId: store.cloudHsmClusterId }),
    ...(store.trustAnchorCertificate && { TrustAnchorCertificate: store.trustAnchorCertificate }),
    ...(xks && {
      XksProxyConfiguration: {
        Connectivity: xks.connectivity,
        AccessKeyId: xks.accessKeyId,
        UriEndpoint: xks.endpoint,
        UriPath: xks.path,
        ...(xks.vpcService && { VpcEndpointServiceName: xks.vpcService }),
        ...(xks.vpcServiceOwner && { VpcEndpointServiceOwner: xks.vpcServiceOwner }),
      },
    }),
  }
}

/** DescribeCustomKeyStores: all, or one by id or name. */
export const DescribeCustomKeyStores = operation<
  DescribeCustomKeyStoresRequest,
  DescribeCustomKeyStoresResponse
>(DescribeCustomKeyStores$, {
  check(input) {
    if (input.CustomKeyStoreId !== undefined && input.CustomKeyStoreName !== undefined) {
      throw validation('You can specify CustomKeyStoreId or CustomKeyStoreName, but not both.')
    }
  },
  access: storeAccess,
  async handle(input, ctx) {
    const listing = { ctx, name: 'custom-key-stores', defaultLimit: 100 }
    const { CustomKeyStoreId: id, CustomKeyStoreName: name } = input
    if (id === undefined && name === undefined) {
      const { items, ...page } = await pageOf(listing, input, (query) =>
        ctx.store.table(customKeyStores).list(query),
      )
      return { CustomKeyStores: items.map(entryOf), ...page }
    }
    const found = (await allStores(ctx)).filter((row) => row.id === id || row.name === name)
    if (found.length === 0) {
      throw awsError(
        CustomKeyStoreNotFoundException$,
        `Custom key store ${id ?? name} does not exist.`,
      )
    }
    const { items, ...page } = await pageOfList(listing, input, found)
    return { CustomKeyStores: items.map(entryOf), ...page }
  },
})
