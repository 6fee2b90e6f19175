import {
  InvalidParameterCombinationException$,
  InvalidS3BucketNameException$,
  InvalidS3PrefixException$,
  InvalidSnsTopicNameException$,
  NotOrganizationMasterAccountException$,
  OrganizationsNotInUseException$,
} from '@aws-sdk/client-cloudtrail'
import type { CreateTrailResponse, Trail, UpdateTrailRequest } from '@aws-sdk/client-cloudtrail'
import type { Context } from '../../kernel/context.ts'
import { kmsKeyArn } from '../../kernel/data-key.ts'
import { awsError } from '../../kernel/errors.ts'
import { memberships, organizationControls } from '../../kernel/identity/organization-tables.ts'
import { trailArn } from './trail-lookup.ts'
import { defaultSelectors } from './trail-store.ts'
import type { TrailRow } from './trail-store.ts'

/** What CreateTrail and UpdateTrail set. */
export type Settings = Omit<UpdateTrailRequest, 'Name'>

/** CloudTrail's own checks on settings beyond the model's. */
export function checkSettings(input: Settings): void {
  const { S3BucketName: bucket, S3KeyPrefix: prefix, SnsTopicName: topic } = input
  if (bucket !== undefined && !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw awsError(
      InvalidS3BucketNameException$,
      bucket.length < 3
        ? `Bucket name is too short. Minimum allowed length: 3 characters. Specified bucket name length: ${bucket.length} characters.`
        : 'Bucket name is not valid.',
    )
  }
  if (prefix !== undefined && prefix.length > 200) {
    throw awsError(InvalidS3PrefixException$, 'The prefix is longer than 200 characters.')
  }
  if (topic !== undefined && topic !== '' && topic.length > 256) {
    throw awsError(InvalidSnsTopicNameException$, 'The topic name is longer than 256 characters.')
  }
  const { IsMultiRegionTrail: isMultiRegion, IncludeGlobalServiceEvents: withGlobal } = input
  if (isMultiRegion && withGlobal === false) {
    throw awsError(
      InvalidParameterCombinationException$,
      'Multi-Region trail must include global service events.',
    )
  }
  const { CloudWatchLogsLogGroupArn: group, CloudWatchLogsRoleArn: role } = input
  if (Boolean(group) !== Boolean(role) && (group !== undefined || role !== undefined)) {
    throw awsError(
      InvalidParameterCombinationException$,
      'You must specify both CloudWatchLogsLogGroupArn and CloudWatchLogsRoleArn, or neither.',
    )
  }
}

/** A topic by name is one of the caller's own. */
function topicArn(ctx: Context, topic: string): string {
  if (topic.startsWith('arn:')) return topic
  return trailArn(ctx, '')
    .replace(':cloudtrail:', ':sns:')
    .replace(/trail\/$/, topic)
}

/** Optional settings that a request sets, takes away with empty text, or leaves. */
function optional<Name extends string>(
  name: Name,
  given: string | undefined,
  before: string | undefined,
  form: (text: string) => string = (text) => text,
): Partial<Record<Name, string>> {
  const value = given === undefined ? before : given === '' ? undefined : form(given)
  return value === undefined ? {} : ({ [name]: value } as Record<Name, string>)
}

async function organizationIn(ctx: Context): Promise<string> {
  const member = await ctx.store.table(memberships).get(ctx.account)
  const id = member?.organizationId
  const organization =
    id === undefined ? undefined : await ctx.store.table(organizationControls).get(id)
  if (!organization) {
    throw awsError(
      OrganizationsNotInUseException$,
      'Your account is not a member of an organization.',
    )
  }
  if (organization.managementAccount !== ctx.account) {
    throw awsError(
      NotOrganizationMasterAccountException$,
      'The current AWS account is not the management account for an organization.',
    )
  }
  return organization.id
}

/** The trail that settings make of what was there before. */
export async function applied(
  ctx: Context,
  input: Settings,
  before: Partial<TrailRow> & Pick<TrailRow, 'name' | 'arn' | 'homeRegion'>,
): Promise<TrailRow> {
  const isOrganization = input.IsOrganizationTrail ?? before.organizationId !== undefined
  const isMultiRegion = input.IsMultiRegionTrail ?? before.isMultiRegion ?? false
  return {
    name: before.name,
    homeRegion: before.homeRegion,
    arn: before.arn,
    bucket: input.S3BucketName ?? before.bucket ?? '',
    ...optional('prefix', input.S3KeyPrefix, before.prefix),
    ...optional('snsTopicArn', input.SnsTopicName, before.snsTopicArn, (text) =>
      topicArn(ctx, text),
    ),
    includesGlobalEvents:
      isMultiRegion || (input.IncludeGlobalServiceEvents ?? before.includesGlobalEvents ?? true),
    isMultiRegion,
    ...(isOrganization && { organizationId: await organizationIn(ctx) }),
    validatesFiles: input.EnableLogFileValidation ?? before.validatesFiles ?? false,
    ...optional('logGroupArn', input.CloudWatchLogsLogGroupArn, before.logGroupArn),
    ...optional('logRoleArn', input.CloudWatchLogsRoleArn, before.logRoleArn),
    ...optional('kmsKeyId', input.KmsKeyId, before.kmsKeyId, (text) => kmsKeyArn(ctx, text)),
    tags: before.tags ?? {},
    selectors: before.selectors ?? defaultSelectors,
    advancedSelectors: before.advancedSelectors ?? [],
    hasCustomSelectors: before.hasCustomSelectors ?? false,
  }
}

/** A trail's settings as CreateTrail and UpdateTrail answer them. */
export function settingsOut(trail: TrailRow): CreateTrailResponse {
  const { snsTopicArn: topic } = trail
  return {
    Name: trail.name,
    S3BucketName: trail.bucket,
    ...(trail.prefix !== undefined && { S3KeyPrefix: trail.prefix }),
    ...(topic !== undefined && { SnsTopicName: topic.split(':').at(-1), SnsTopicARN: topic }),
    IncludeGlobalServiceEvents: trail.includesGlobalEvents,
    IsMultiRegionTrail: trail.isMultiRegion,
    TrailARN: trail.arn,
    LogFileValidationEnabled: trail.validatesFiles,
    ...(trail.logGroupArn !== undefined && { CloudWatchLogsLogGroupArn: trail.logGroupArn }),
    ...(trail.logRoleArn !== undefined && { CloudWatchLogsRoleArn: trail.logRoleArn }),
    ...(trail.kmsKeyId !== undefined && { KmsKeyId: trail.kmsKeyId }),
    IsOrganizationTrail: trail.organizationId !== undefined,
  }
}

/** A trail as it is described. */
export function trailOut(trail: TrailRow): Trail {
  return {
    ...settingsOut(trail),
    HomeRegion: trail.homeRegion,
    HasCustomEventSelectors: trail.hasCustomSelectors,
    HasInsightSelectors: false,
  }
}
