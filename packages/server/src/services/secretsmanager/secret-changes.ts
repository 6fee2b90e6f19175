import type { Context, Tables } from '../../kernel/context.ts'
import { replicate } from './replication-task.ts'
import type { ReplicatedValue } from './replication-task.ts'
import { secrets } from './store.ts'
import type { SecretRow } from './store.ts'

/** Writes a changed secret, and has its replicas follow; `values` are those that they do not have yet. */
export function saveSecret(
  ctx: Context,
  tables: Tables,
  row: SecretRow,
  values: readonly ReplicatedValue[] = [],
): SecretRow {
  const saved: SecretRow = { ...row, changedAt: ctx.now.toISOString() }
  tables.table(secrets).put(row.name, saved)
  for (const { region } of row.replicas ?? []) replicate(ctx, saved, region, values)
  return saved
}

/** An event that Secrets Manager logs of its own accord ("CloudTrail entries for Secrets Manager"). */
export function announce(
  ctx: Context,
  { arn, account }: Pick<SecretRow, 'arn' | 'account'>,
  name: string,
  more: Readonly<Record<string, string>> = {},
): void {
  ctx.audit.serviceEvent({
    name,
    resources: [{ ARN: arn, accountId: account, type: 'AWS::SecretsManager::Secret' }],
    additional: { SecretId: arn, ...more },
  })
}

/** What CloudTrail shows of an answer: the ARN under the name that AWS gives it since 2024. */
export function answered<Answer extends { ARN?: string | undefined; Name?: string | undefined }>(
  ctx: Context,
  answer: Answer,
  more: Readonly<Record<string, unknown>> = {},
): Answer {
  ctx.audit.responseElements({
    arn: answer.ARN,
    ...(answer.Name && { name: answer.Name }),
    ...more,
  })
  return answer
}
