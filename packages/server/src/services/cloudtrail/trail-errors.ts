import {
  InvalidHomeRegionException$,
  InvalidTrailNameException$,
  TrailNotFoundException$,
} from '@aws-sdk/client-cloudtrail'
import { awsError } from '../../kernel/errors.ts'
import type { AwsError } from '../../kernel/errors.ts'

/** InvalidTrailNameException. */
export const invalidName = (message: string): AwsError =>
  awsError(InvalidTrailNameException$, message)

/** TrailNotFoundException. */
export const trailNotFound = (arn: string, account: string): AwsError =>
  awsError(TrailNotFoundException$, `Unknown trail: ${arn} for the user: ${account}`)

/** InvalidHomeRegionException. */
export const wrongRegion = (arn: string, homeRegion: string): AwsError =>
  awsError(
    InvalidHomeRegionException$,
    `The trail ${arn} can only be changed in the Region in which it was created: ${homeRegion}.`,
  )

/** The rules of a trail's name (API reference of CreateTrail). */
export function checkTrailName(name: string | undefined): void {
  if (!name) throw invalidName('Trail name or ARN cannot be blank.')
  if (name.length < 3) {
    throw invalidName(
      `Trail name too short. Minimum allowed length: 3 characters. Specified name length: ${name.length} characters.`,
    )
  }
  if (name.length > 128) {
    throw invalidName(
      `Trail name too long. Maximum allowed length: 128 characters. Specified name length: ${name.length} characters.`,
    )
  }
  if (!/^[A-Za-z0-9._-]+$/.test(name)) {
    throw invalidName(
      'Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).',
    )
  }
  if (!/^[A-Za-z0-9]/.test(name))
    throw invalidName('Trail name must starts with a letter or number.')
  if (!/[A-Za-z0-9]$/.test(name)) throw invalidName('Trail name must ends with a letter or number.')
  if (/[._-]{2}/.test(name)) {
    throw invalidName('Trail name cannot have adjacent periods, hyphens or underscores.')
  }
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) {
    throw invalidName('Trail name cannot be in IP address format.')
  }
}
