import { GetKeyLastUsage$ } from '@aws-sdk/client-kms'
import type {
  GetKeyLastUsageRequest,
  GetKeyLastUsageResponse,
  KeyLastUsageTrackingOperation,
} from '@aws-sdk/client-kms'
import { operation } from '../../kernel/service.ts'
import { keyAccess } from './authorisation.ts'
import type { KeySubject } from './key-reference.ts'
import { ownKey } from './keys.ts'

/** GetKeyLastUsage: tracking begins with the key itself. */
export const GetKeyLastUsage = operation<
  GetKeyLastUsageRequest,
  GetKeyLastUsageResponse,
  KeySubject
>(GetKeyLastUsage$, {
  resolve: (input, ctx) => ownKey(ctx, input.KeyId, 'GetKeyLastUsage'),
  access: (_input, ctx, subject) => keyAccess(ctx, subject),
  async handle(_input, ctx, { key }) {
    const facts = await ctx.lastUsed.of('kms-key', key.arn)
    const createdAt = new Date(key.createdAt)
    const usage = facts && {
      Operation: facts['operation'] as KeyLastUsageTrackingOperation,
      Timestamp: new Date(Number(facts['timestampMs'])),
      CloudTrailEventId: facts['eventId'],
      KmsRequestId: facts['requestId'],
    }
    return {
      KeyId: key.id,
      KeyLastUsage: usage ?? {},
      TrackingStartDate: createdAt,
      KeyCreationDate: createdAt,
    }
  },
})
