import {
  CustomKeyStoreInvalidStateException$,
  CustomKeyStoreNotFoundException$,
} from '@aws-sdk/client-kms'
import type { CreateKeyRequest } from '@aws-sdk/client-kms'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { validation } from './errors.ts'
import { customKeyStores } from './store.ts'
import type { CustomKeyStoreRow, KeyRow } from './store.ts'

/** A custom key store by id. Throws CustomKeyStoreNotFoundException. */
export async function customKeyStore(ctx: Context, id: string): Promise<CustomKeyStoreRow> {
  const store = await ctx.store.table(customKeyStores).get(id)
  if (!store) {
    throw awsError(CustomKeyStoreNotFoundException$, `Custom key store ${id} does not exist.`)
  }
  return store
}

/** Refuses a custom key store that is not connected. */
export function requireConnected(store: CustomKeyStoreRow): void {
  if (store.connection !== 'CONNECTED') {
    throw awsError(
      CustomKeyStoreInvalidStateException$,
      `Custom key store ${store.id} is ${store.connection}; it must be CONNECTED.`,
    )
  }
}

/** What CreateKey records of the custom key store it names, which must be connected. */
export async function connectedStore(
  ctx: Context,
  input: CreateKeyRequest,
): Promise<Pick<KeyRow, 'customKeyStoreId' | 'cloudHsmClusterId' | 'xksKeyId'>> {
  if (input.CustomKeyStoreId === undefined) return {}
  const store = await customKeyStore(ctx, input.CustomKeyStoreId)
  const expected = store.type === 'AWS_CLOUDHSM' ? 'AWS_CLOUDHSM' : 'EXTERNAL_KEY_STORE'
  if (input.Origin !== expected) {
    throw validation(`Keys in custom key store ${store.id} have Origin ${expected}.`)
  }
  requireConnected(store)
  return {
    customKeyStoreId: store.id,
    ...(store.cloudHsmClusterId && { cloudHsmClusterId: store.cloudHsmClusterId }),
    ...(input.XksKeyId && { xksKeyId: input.XksKeyId }),
  }
}
