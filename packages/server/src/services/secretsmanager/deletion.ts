import { DeleteSecret$, RestoreSecret$ } from '@aws-sdk/client-secrets-manager'
import type {
  DeleteSecretRequest,
  DeleteSecretResponse,
  RestoreSecretRequest,
  RestoreSecretResponse,
} from '@aws-sdk/client-secrets-manager'
import type { Context } from '../../kernel/context.ts'
import type { Job } from '../../kernel/jobs.ts'
import { operation } from '../../kernel/service.ts'
import { invalidParameter, invalidRequest, noSecret, onReplica } from './errors.ts'
import { newArn } from './names.ts'
import { removeValues } from './replication-task.ts'
import { planned, unplan } from './rotation-plan.ts'
import { announce, answered, saveSecret } from './secret-changes.ts'
import { found, requireOwner, secretAccess, seekSecret } from './secret-reference.ts'
import type { SoughtSecret } from './secret-reference.ts'
import { secrets } from './store.ts'
import type { SecretRow } from './store.ts'

const defaultDays = 30
const fewestDays = 7
const mostDays = 30
const dayMs = 86_400_000

/** Deletes a secret when its recovery window is over; the subject is its name. */
export const deleteJob: Job = {
  name: 'secretsmanager.delete',
  async run(ctx, name) {
    const row = await ctx.store.table(secrets).get(name)
    if (row?.deletion) erase(ctx, row)
  },
}

/** Removes a secret with all its values at once. */
export function erase(ctx: Context, row: SecretRow): void {
  removeValues(ctx, row)
  const { name, account, region } = row
  ctx.store.at({ account, region }).table(secrets).delete(name)
  ctx.schedule.cancel(deleteJob, name, { account, region })
  unplan(ctx, row)
  announce(ctx, row, 'EndSecretVersionDelete')
}

function checkWindow(input: DeleteSecretRequest): void {
  const { RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: isForced } = input
  if (days !== undefined && isForced) {
    throw invalidParameter(
      "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    )
  }
  if (days !== undefined && (days < fewestDays || days > mostDays)) {
    throw invalidParameter(
      'The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).',
    )
  }
}

/** Refuses what must be deleted elsewhere, or not yet. */
function deletable(ctx: Context, row: SecretRow): void {
  if (row.primaryRegion !== undefined) throw onReplica()
  requireOwner(ctx, row)
  if (!row.replicas?.length) return
  const regions = row.replicas.map(({ region }) => region).join(',')
  throw invalidParameter(
    `You can't delete secret ${row.name} that still has replica regions [${regions}]`,
  )
}

/** DeleteSecret. */
export const DeleteSecret = operation<DeleteSecretRequest, DeleteSecretResponse, SoughtSecret>(
  DeleteSecret$,
  {
    check: checkWindow,
    resolve: (input, ctx) => seekSecret(ctx, input.SecretId),
    access: (input, ctx, sought) =>
      secretAccess(ctx, sought, {
        conditions: {
          'secretsmanager:recoverywindowindays':
            input.RecoveryWindowInDays === undefined
              ? undefined
              : String(input.RecoveryWindowInDays),
          'secretsmanager:forcedeletewithoutrecovery': String(
            input.ForceDeleteWithoutRecovery ?? false,
          ),
        },
      }),
    handle(input, ctx, sought) {
      const { SecretId = '', RecoveryWindowInDays: days = defaultDays } = input
      const isForced = input.ForceDeleteWithoutRecovery ?? false
      if (!sought.row) {
        if (!isForced || sought.account !== ctx.account) throw noSecret()
        // AWS answers as if it had been there.
        const ARN = SecretId.startsWith('arn:')
          ? SecretId
          : newArn(ctx.region, ctx.account, SecretId)
        return answered(ctx, { ARN, Name: SecretId, DeletionDate: ctx.now })
      }
      const { row, tables } = found(sought)
      deletable(ctx, row)
      const { arn, name, account, region } = row
      if (isForced) {
        erase(ctx, row)
        return answered(ctx, { ARN: arn, Name: name, DeletionDate: ctx.now })
      }
      if (row.deletion) {
        throw invalidRequest(
          "You tried to perform the operation on a secret that's currently marked deleted.",
        )
      }
      const at = new Date(ctx.now.getTime() + days * dayMs)
      const deletion = { requestedAt: ctx.now.toISOString(), at: at.toISOString() }
      saveSecret(ctx, tables, { ...row, deletion })
      ctx.schedule.at(deleteJob, name, at, { account, region })
      unplan(ctx, row)
      announce(ctx, row, 'StartSecretVersionDelete')
      return answered(
        ctx,
        { ARN: arn, Name: name, DeletionDate: at },
        { deletionDate: at.toISOString() },
      )
    },
  },
)

/** RestoreSecret. */
export const RestoreSecret = operation<RestoreSecretRequest, RestoreSecretResponse, SoughtSecret>(
  RestoreSecret$,
  {
    resolve: (input, ctx) => seekSecret(ctx, input.SecretId),
    access: (_input, ctx, sought) => secretAccess(ctx, sought),
    handle(_input, ctx, sought) {
      const { row, tables } = found(sought)
      if (row.primaryRegion !== undefined) throw onReplica()
      requireOwner(ctx, row)
      const { deletion, rotation, ...rest } = row
      if (deletion) {
        const { name, account, region } = row
        ctx.schedule.cancel(deleteJob, name, { account, region })
        const again = rotation && planned(ctx, row, rotation)
        saveSecret(ctx, tables, { ...rest, ...(again && { rotation: again }) })
        announce(ctx, row, 'CancelSecretVersionDelete')
      }
      return answered(ctx, { ARN: row.arn, Name: row.name })
    },
  },
)
