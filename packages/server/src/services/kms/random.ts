import { randomBytes } from 'node:crypto'
import { GenerateRandom$ } from '@aws-sdk/client-kms'
import type { GenerateRandomRequest, GenerateRandomResponse } from '@aws-sdk/client-kms'
import { operation } from '../../kernel/service.ts'
import { callConditions } from './authorisation.ts'
import { customKeyStore, requireConnected } from './custom-key-store-keys.ts'
import { unsupported, validation } from './errors.ts'
import { checkRecipient, forRecipient, recipientConditions } from './recipients.ts'

/** GenerateRandom. */
export const GenerateRandom = operation<GenerateRandomRequest, GenerateRandomResponse>(
  GenerateRandom$,
  {
    readOnly: true,
    check(input) {
      if (input.NumberOfBytes === undefined) throw validation('NumberOfBytes is required.')
      checkRecipient(input.Recipient)
    },
    access: async (input, ctx) => ({
      resource: '*',
      conditions: { ...callConditions(ctx), ...(await recipientConditions(ctx, input.Recipient)) },
    }),
    async handle(input, ctx) {
      if (input.CustomKeyStoreId !== undefined) {
        const store = await customKeyStore(ctx, input.CustomKeyStoreId)
        if (store.type !== 'AWS_CLOUDHSM') {
          throw unsupported(`Custom key store ${store.id} has no AWS CloudHSM cluster.`)
        }
        requireConnected(store)
        throw unsupported(`Custom key store ${store.id} cannot be reached.`)
      }
      const bytes = randomBytes(input.NumberOfBytes ?? 0)
      if (!input.Recipient) return { Plaintext: bytes }
      return { CiphertextForRecipient: await forRecipient(ctx, input.Recipient, bytes) }
    },
  },
)
