import { AssociateKmsKey$, DisassociateKmsKey$ } from '@aws-sdk/client-cloudwatch-logs'
import type {
  AssociateKmsKeyRequest,
  DisassociateKmsKeyRequest,
} from '@aws-sdk/client-cloudwatch-logs'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { groupAccess, required, seekGroup } from './access.ts'
import { namedGroup } from './arns.ts'
import { newDataKey } from './data-keys.ts'
import { logGroups } from './store.ts'
import type { LogGroupRow } from './store.ts'

function groupOf(
  ctx: Context,
  input: { logGroupName?: string | undefined; resourceIdentifier?: string | undefined },
): string {
  return namedGroup(ctx, {
    logGroupName: input.logGroupName,
    logGroupIdentifier: input.resourceIdentifier,
  })
}

/** AssociateKmsKey: events that come in from now on are encrypted under the key. */
export const AssociateKmsKey = operation<AssociateKmsKeyRequest, object, LogGroupRow | undefined>(
  AssociateKmsKey$,
  {
    resolve: (input, ctx) => seekGroup(ctx, groupOf(ctx, input)),
    access: (input, ctx, group) => groupAccess(ctx, groupOf(ctx, input), group),
    async handle(input, ctx, found) {
      const group = { ...required(found), kmsKeyId: input.kmsKeyId ?? '' }
      await newDataKey(ctx, group)
      ctx.store.table(logGroups).put(group.name, group)
      return {}
    },
  },
)

/** DisassociateKmsKey: events that come in from now on are not; earlier ones still need the key. */
export const DisassociateKmsKey = operation<
  DisassociateKmsKeyRequest,
  object,
  LogGroupRow | undefined
>(DisassociateKmsKey$, {
  resolve: (input, ctx) => seekGroup(ctx, groupOf(ctx, input)),
  access: (input, ctx, group) => groupAccess(ctx, groupOf(ctx, input), group),
  handle(_input, ctx, found) {
    const { kmsKeyId: _gone, ...group } = required(found)
    ctx.store.table(logGroups).put(group.name, group)
    return {}
  },
})
