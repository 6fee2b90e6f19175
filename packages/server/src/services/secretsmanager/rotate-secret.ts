import { CancelRotateSecret$, RotateSecret$ } from '@aws-sdk/client-secrets-manager'
import type {
  CancelRotateSecretRequest,
  CancelRotateSecretResponse,
  RotateSecretRequest,
  RotateSecretResponse,
  RotationRulesType,
} from '@aws-sdk/client-secrets-manager'
import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import {
  accessDenied,
  invalidParameter,
  invalidRequest,
  managedElsewhere,
  onReplica,
} from './errors.ts'
import { addVersion } from './new-version.ts'
import { planned, unplan } from './rotation-plan.ts'
import { retryJobName } from './rotation-retry.ts'
import { rotations } from './rotation-runtime.ts'
import { isBad, readRules } from './rotation-schedule.ts'
import { begin, resume } from './rotation-state.ts'
import { answered, saveSecret } from './secret-changes.ts'
import { changeable, live, secretAccess, seekSecret } from './secret-reference.ts'
import type { FoundSecret, SoughtSecret } from './secret-reference.ts'
import { secrets, valueKey, values } from './store.ts'
import type { RotationRules, SecretRotation, SecretRow } from './store.ts'
import { tokenOf } from './value-input.ts'
import { kmsOf, openValue } from './values.ts'
import { holderOf, stage, versionOf } from './versions.ts'

const service = 'secretsmanager.amazonaws.com'

/** The rules of a request. Throws InvalidParameterException. */
function rulesOf(input: RotationRulesType): RotationRules {
  const { AutomaticallyAfterDays, ScheduleExpression, Duration } = input
  const rules: RotationRules = {
    ...(AutomaticallyAfterDays !== undefined && { AutomaticallyAfterDays }),
    ...(ScheduleExpression !== undefined && { ScheduleExpression }),
    ...(Duration !== undefined && { Duration }),
  }
  const schedule = readRules(rules)
  if (isBad(schedule)) throw invalidParameter(schedule.problem)
  return rules
}

function checkExternal(input: RotateSecretRequest, row: SecretRow): void {
  const { ExternalSecretRotationMetadata: metadata, ExternalSecretRotationRoleArn: role } = input
  if (metadata === undefined && role === undefined && row.type === undefined) return
  if (row.type === undefined) {
    throw invalidParameter(
      'ExternalSecretRotationMetadata and ExternalSecretRotationRoleArn are for secrets with a Type.',
    )
  }
  const isExternal = metadata !== undefined || role !== undefined
  if (!isExternal && (input.RotationLambdaARN ?? row.rotation?.lambdaArn)) return
  throw invalidRequest(
    `Bartizan cannot rotate external secrets of type ${row.type}: it has no access to the partner's service. Use a rotation function.`,
  )
}

/** Whether Secrets Manager may call a function, and who sets it up too, as AWS tries it out. */
async function checkFunction(ctx: Context, { row }: FoundSecret, arn: string): Promise<void> {
  const input = { FunctionName: arn, InvocationType: 'DryRun' }
  const [, , , , account] = arn.split(':')
  if (account === row.account) {
    await ctx.require({ action: 'lambda:InvokeFunction', resource: arn })
  }
  try {
    await ctx.callAs({ service, sourceArn: row.arn }, 'lambda', 'Invoke', input)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw accessDenied(
      'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.',
    )
  }
}

/** A rotation that is not complete is tried again at once, and the request refused. */
async function refuseWhileIncomplete(ctx: Context, { row }: FoundSecret): Promise<void> {
  const pending = holderOf(row.versions, stage.pending)
  const running = row.rotation?.running
  const isOpen = pending !== undefined && !pending.stages.includes(stage.current)
  if (!isOpen && !running) return
  const { account, region, name } = row
  await ctx.runtime(rotations).apply({ account, region, name }, async (own) => {
    const current = await own.store.table(secrets).get(name)
    const known = current?.rotation?.running
    if (!current?.rotation || (known && !known.isWaiting)) return
    resume(own, { row: current, tables: own.store }, own.now)
  })
  throw invalidRequest("A previous rotation isn't complete. That rotation will be reattempted.")
}

function rotateAccess(input: RotateSecretRequest, ctx: Context, sought: SoughtSecret) {
  return secretAccess(ctx, sought, {
    conditions: {
      'secretsmanager:rotationlambdaarn': input.RotationLambdaARN,
      'secretsmanager:modifyrotationrules': String(input.RotationRules !== undefined),
      'secretsmanager:rotateimmediately': String(input.RotateImmediately ?? true),
      'secretsmanager:externalsecretrotationrolearn': input.ExternalSecretRotationRoleArn,
    },
  })
}

/** How a secret is to be rotated from now on. Throws what AWS refuses. */
async function newRotation(
  ctx: Context,
  subject: FoundSecret,
  input: RotateSecretRequest,
): Promise<SecretRotation> {
  const { row } = subject
  const before = row.rotation
  const lambdaArn = input.RotationLambdaARN || before?.lambdaArn
  if (row.owningService !== undefined) {
    if (input.RotationLambdaARN || !before) throw managedElsewhere()
  } else if (lambdaArn === undefined) {
    throw invalidRequest('No Lambda rotation function ARN is associated with this secret.')
  } else {
    await checkFunction(ctx, subject, lambdaArn)
  }
  const rules = input.RotationRules ? rulesOf(input.RotationRules) : before?.rules
  const { lambdaArn: _lambdaArn, rules: _rules, ...rest } = before ?? { enabled: true }
  return {
    ...rest,
    enabled: true,
    ...(lambdaArn !== undefined && { lambdaArn }),
    ...(rules && { rules }),
  }
}

/** Only tests a rotation: on a version of its own with the current value, where there is one. */
async function beginTest(ctx: Context, subject: FoundSecret, token: string): Promise<void> {
  const { row, tables } = subject
  const current = holderOf(row.versions, stage.current)
  const kept = current && (await tables.table(values).get(valueKey(row, current.id)))
  if (!current || !kept) {
    saveSecret(ctx, tables, row)
    return
  }
  const value = await openValue(kmsOf(ctx), row, current.id, kept)
  const added = await addVersion(ctx, subject, { token, value, stages: [stage.pending] })
  begin(ctx, { row: added, tables }, { token, at: ctx.now, isTest: true })
}

/** A test under way makes room: its version goes, as at its end. */
function withoutTest({ row, tables, ...rest }: FoundSecret): FoundSecret {
  const { running, ...rotation } = row.rotation ?? { enabled: false }
  if (!running?.isTest) return { row, tables, ...rest }
  tables.table(values).delete(valueKey(row, running.token))
  const versions = row.versions.filter(({ id }) => id !== running.token)
  return { ...rest, tables, row: { ...row, versions, rotation } }
}

/** RotateSecret: the steps follow in the background. */
export const RotateSecret = operation<RotateSecretRequest, RotateSecretResponse, SoughtSecret>(
  RotateSecret$,
  {
    resolve: (input, ctx) => seekSecret(ctx, input.SecretId),
    access: rotateAccess,
    async handle(input, ctx, sought) {
      const token = tokenOf(ctx, input.ClientRequestToken, invalidParameter)
      const subject = withoutTest(live(sought))
      const { row, tables } = subject
      if (row.primaryRegion !== undefined) throw onReplica()
      checkExternal(input, row)
      const rotation = await newRotation(ctx, subject, input)
      const answer = { ARN: row.arn, Name: row.name, VersionId: token }
      const isKnown =
        row.rotation?.running?.token === token ||
        versionOf(row.versions, token)?.stages.includes(stage.current)
      if (isKnown) return answered(ctx, answer, { versionId: token })
      await refuseWhileIncomplete(ctx, subject)
      const next = { ...row, rotation: planned(ctx, row, rotation) }
      const rotating = { ...subject, row: next }
      if (input.RotateImmediately ?? true) begin(ctx, rotating, { token, at: ctx.now })
      else if (rotation.lambdaArn !== undefined) await beginTest(ctx, rotating, token)
      else saveSecret(ctx, tables, next)
      return answered(ctx, answer, { versionId: token })
    },
  },
)

/** CancelRotateSecret: a rotation under way is given up, and its version keeps AWSPENDING. */
export const CancelRotateSecret = operation<
  CancelRotateSecretRequest,
  CancelRotateSecretResponse,
  SoughtSecret
>(CancelRotateSecret$, {
  resolve: (input, ctx) => seekSecret(ctx, input.SecretId),
  access: (_input, ctx, sought) => secretAccess(ctx, sought),
  handle(_input, ctx, sought) {
    const { row, tables } = changeable(ctx, sought)
    if (!row.rotation) {
      throw invalidRequest('No Lambda rotation function ARN is associated with this secret.')
    }
    const { running, nextAt: _nextAt, nextBefore: _nextBefore, ...rest } = row.rotation
    const { account, region, name, arn } = row
    unplan(ctx, row)
    ctx.schedule.cancel({ name: retryJobName }, name, { account, region })
    saveSecret(ctx, tables, { ...row, rotation: { ...rest, enabled: false } })
    return answered(ctx, { ARN: arn, Name: name, ...(running && { VersionId: running.token }) })
  },
})
