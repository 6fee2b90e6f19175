import { InvalidTimeRangeException$, ListPublicKeys$ } from '@aws-sdk/client-cloudtrail'
import type { ListPublicKeysRequest, ListPublicKeysResponse } from '@aws-sdk/client-cloudtrail'
import { awsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { signingKeys } from './trail-store.ts'

/** ListPublicKeys: the keys that were good for signing digests within a time range. */
export const ListPublicKeys = operation<ListPublicKeysRequest, ListPublicKeysResponse>(
  ListPublicKeys$,
  {
    access: () => ({ resource: '*' }),
    async handle({ StartTime = new Date(0), EndTime }, ctx) {
      const end = EndTime ?? ctx.now
      if (StartTime > end) {
        throw awsError(
          InvalidTimeRangeException$,
          'The time range is not valid: the start time is after the end time.',
        )
      }
      const rows = await ctx.store.table(signingKeys).list()
      const good = rows
        .map(({ value }) => value)
        .filter((key) => new Date(key.validFrom) <= end && new Date(key.validTo) >= StartTime)
      return {
        PublicKeyList: good.map((key) => ({
          Value: Buffer.from(key.publicKey, 'base64'),
          ValidityStartTime: new Date(key.validFrom),
          ValidityEndTime: new Date(key.validTo),
          Fingerprint: key.fingerprint,
        })),
      }
    },
  },
)
