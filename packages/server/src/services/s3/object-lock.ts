import {
  GetObjectLegalHold$,
  GetObjectLockConfiguration$,
  GetObjectRetention$,
  PutObjectLegalHold$,
  PutObjectLockConfiguration$,
  PutObjectRetention$,
} from '@aws-sdk/client-s3'
import type {
  GetObjectLegalHoldOutput,
  GetObjectLegalHoldRequest,
  GetObjectLockConfigurationOutput,
  GetObjectLockConfigurationRequest,
  GetObjectRetentionOutput,
  GetObjectRetentionRequest,
  PutObjectLegalHoldRequest,
  PutObjectLockConfigurationRequest,
  PutObjectRetentionRequest,
} from '@aws-sdk/client-s3'
import type { Context } from '../../kernel/context.ts'
import type { Access } from '../../kernel/service.ts'
import { operation } from '../../kernel/service.ts'
import { bucketAccess } from './bucket-access.ts'
import { bucketChange, bucketRead } from './bucket-operations.ts'
import { accessDenied, invalidArgument, invalidRequest, malformedXml, s3Error } from './errors.ts'
import { findObject, requireObject, type ObjectSubject } from './object-reading.ts'
import type { DefaultRetention, LockFacts } from './store.ts'
import { replaceRow } from './version-rows.ts'

function wantedRetention(input: PutObjectLockConfigurationRequest): DefaultRetention | undefined {
  const rule = input.ObjectLockConfiguration?.Rule?.DefaultRetention
  if (!rule) return undefined
  const { Mode: mode, Days: days, Years: years } = rule
  const length = days ?? years
  if (
    (mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') ||
    (days === undefined) === (years === undefined)
  ) {
    throw malformedXml()
  }
  if (length === undefined || length <= 0) {
    throw invalidArgument('Default retention period must be a positive integer value.')
  }
  return { mode, ...(days !== undefined && { days }), ...(years !== undefined && { years }) }
}

/** PutObjectLockConfiguration: turns Object Lock on for good, and sets what new objects get. */
export const PutObjectLockConfiguration = bucketChange<PutObjectLockConfigurationRequest>(
  PutObjectLockConfiguration$,
  { action: 'PutBucketObjectLockConfiguration' },
  (bucket, input) => {
    if (input.ObjectLockConfiguration?.ObjectLockEnabled !== 'Enabled') throw malformedXml()
    if (bucket.versioning !== 'Enabled') {
      throw s3Error(
        'InvalidBucketState',
        "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
        409,
      )
    }
    const defaultRetention = wantedRetention(input)
    return { ...bucket, objectLock: { ...(defaultRetention && { defaultRetention }) } }
  },
)

/** GetObjectLockConfiguration. */
export const GetObjectLockConfiguration = bucketRead<
  GetObjectLockConfigurationRequest,
  GetObjectLockConfigurationOutput
>(
  GetObjectLockConfiguration$,
  { action: 'GetBucketObjectLockConfiguration' },
  ({ objectLock, name }) => {
    if (!objectLock) {
      throw s3Error(
        'ObjectLockConfigurationNotFoundError',
        'Object Lock configuration does not exist for this bucket',
        404,
        { fields: { BucketName: name } },
      )
    }
    const rule = objectLock.defaultRetention
    return {
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        ...(rule && {
          Rule: {
            DefaultRetention: {
              Mode: rule.mode,
              ...(rule.days !== undefined && { Days: rule.days }),
              ...(rule.years !== undefined && { Years: rule.years }),
            },
          },
        }),
      },
    }
  },
)

function need(ctx: Context, subject: ObjectSubject, action: string): Access {
  return bucketAccess(ctx, subject, { action, key: subject.key })
}

function requireLockable({ bucket }: ObjectSubject): void {
  if (!bucket.objectLock) throw invalidRequest('Bucket is missing Object Lock Configuration')
}

/** Retention can be made longer; made shorter, or lifted, only in governance mode and with the permission for it. */
function requireExtension(
  lock: LockFacts | undefined,
  wanted: { readonly mode?: string | undefined; readonly until?: Date | undefined },
  { now, bypasses }: { now: Date; bypasses: boolean },
): void {
  const isRetained = lock?.until !== undefined && lock.until > now.toISOString()
  if (!isRetained) return
  const isLonger = wanted.until !== undefined && wanted.until.toISOString() >= (lock.until ?? '')
  if (isLonger && (wanted.mode === lock.mode || wanted.mode === 'COMPLIANCE')) return
  if (lock.mode === 'GOVERNANCE' && bypasses) return
  throw accessDenied('Access Denied because object protected by object lock.')
}

/** PutObjectRetention. */
export const PutObjectRetention = operation<PutObjectRetentionRequest, object, ObjectSubject>(
  PutObjectRetention$,
  {
    dataEvent: true,
    resolve: findObject,
    access: (input, ctx, subject) => [
      need(ctx, subject, 'PutObjectRetention'),
      ...(input.BypassGovernanceRetention ? [need(ctx, subject, 'BypassGovernanceRetention')] : []),
    ],
    async handle(input, ctx, subject) {
      requireLockable(subject)
      const row = requireObject(subject, input)
      const { Mode: mode, RetainUntilDate: until } = input.Retention ?? {}
      if ((mode === undefined) !== (until === undefined)) throw malformedXml()
      if (until && until <= ctx.now) {
        throw invalidArgument('The retain until date must be in the future!')
      }
      const bypasses = input.BypassGovernanceRetention ?? false
      requireExtension(row.lock, { mode, until }, { now: ctx.now, bypasses })
      const legalHold = row.lock?.legalHold
      const lock: LockFacts = {
        ...(mode && until && { mode, until: until.toISOString() }),
        ...(legalHold !== undefined && { legalHold }),
      }
      await replaceRow(subject, { ...row, lock })
      return {}
    },
  },
)

const noLock = () =>
  s3Error(
    'NoSuchObjectLockConfiguration',
    'The specified object does not have a ObjectLock configuration',
    404,
  )

/** GetObjectRetention. */
export const GetObjectRetention = operation<
  GetObjectRetentionRequest,
  GetObjectRetentionOutput,
  ObjectSubject
>(GetObjectRetention$, {
  dataEvent: true,
  resolve: findObject,
  access: (_input, ctx, subject) => need(ctx, subject, 'GetObjectRetention'),
  handle(input, _ctx, subject) {
    requireLockable(subject)
    const { lock } = requireObject(subject, input)
    if (!lock?.mode || lock.until === undefined) throw noLock()
    return { Retention: { Mode: lock.mode, RetainUntilDate: new Date(lock.until) } }
  },
})

/** PutObjectLegalHold. */
export const PutObjectLegalHold = operation<PutObjectLegalHoldRequest, object, ObjectSubject>(
  PutObjectLegalHold$,
  {
    dataEvent: true,
    resolve: findObject,
    access: (_input, ctx, subject) => need(ctx, subject, 'PutObjectLegalHold'),
    async handle(input, _ctx, subject) {
      requireLockable(subject)
      const row = requireObject(subject, input)
      const status: string | undefined = input.LegalHold?.Status
      if (status !== 'ON' && status !== 'OFF') throw malformedXml()
      await replaceRow(subject, { ...row, lock: { ...row.lock, legalHold: status === 'ON' } })
      return {}
    },
  },
)

/** GetObjectLegalHold. */
export const GetObjectLegalHold = operation<
  GetObjectLegalHoldRequest,
  GetObjectLegalHoldOutput,
  ObjectSubject
>(GetObjectLegalHold$, {
  dataEvent: true,
  resolve: findObject,
  access: (_input, ctx, subject) => need(ctx, subject, 'GetObjectLegalHold'),
  handle(input, _ctx, subject) {
    requireLockable(subject)
    const { lock } = requireObject(subject, input)
    if (lock?.legalHold === undefined) throw noLock()
    return { LegalHold: { Status: lock.legalHold ? 'ON' : 'OFF' } }
  },
})
