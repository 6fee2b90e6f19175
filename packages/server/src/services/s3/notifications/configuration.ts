import {
  GetBucketNotificationConfiguration$,
  PutBucketNotificationConfiguration$,
} from '@aws-sdk/client-s3'
import type {
  Event,
  GetBucketNotificationConfigurationRequest,
  NotificationConfiguration,
  NotificationConfigurationFilter,
  PutBucketNotificationConfigurationRequest,
} from '@aws-sdk/client-s3'
import type { Context } from '../../../kernel/context.ts'
import { AwsError } from '../../../kernel/errors.ts'
import {
  bucketChange,
  bucketRead,
  configurationOf,
  withConfiguration,
} from '../bucket-operations.ts'
import { hostIdOf, invalidArgument, malformedXml } from '../errors.ts'
import type { BucketRow } from '../store.ts'
import { deliver, isTargetArn, validateFunction } from './targets.ts'

/** One destination of a bucket's events. */
export interface EventTarget {
  readonly id: string
  readonly arn: string
  readonly events: readonly string[]
  readonly prefix: string
  readonly suffix: string
}

/** A bucket's notification configuration. */
export function notificationsOf(bucket: BucketRow): NotificationConfiguration | undefined {
  return configurationOf<NotificationConfiguration>(bucket, 'notification')
}

/** The destinations of a configuration, of all three kinds. */
export function targetsOf(configuration: NotificationConfiguration | undefined): EventTarget[] {
  const { QueueConfigurations, TopicConfigurations, LambdaFunctionConfigurations } =
    configuration ?? {}
  const target = (
    arn: string | undefined,
    each: {
      Id?: string | undefined
      Events?: Event[] | undefined
      Filter?: NotificationConfigurationFilter | undefined
    },
  ): EventTarget => ({
    id: each.Id ?? '',
    arn: arn ?? '',
    events: each.Events ?? [],
    prefix: filterValue(each.Filter, 'prefix'),
    suffix: filterValue(each.Filter, 'suffix'),
  })
  return [
    ...(QueueConfigurations ?? []).map((each) => target(each.QueueArn, each)),
    ...(TopicConfigurations ?? []).map((each) => target(each.TopicArn, each)),
    ...(LambdaFunctionConfigurations ?? []).map((each) => target(each.LambdaFunctionArn, each)),
  ]
}

function filterValue(filter: NotificationConfigurationFilter | undefined, name: string): string {
  const rules = filter?.Key?.FilterRules ?? []
  return rules.find((rule) => rule.Name?.toLowerCase() === name)?.Value ?? ''
}

const eventForm =
  /^s3:(ObjectCreated:(\*|Put|Post|Copy|CompleteMultipartUpload)|ObjectRemoved:(\*|Delete|DeleteMarkerCreated)|ObjectTagging:(\*|Put|Delete)|ObjectAcl:Put|LifecycleExpiration:(\*|Delete|DeleteMarkerCreated)|LifecycleTransition|ObjectRestore:(\*|Post|Completed|Delete)|ReducedRedundancyLostObject|Replication:\S+|IntelligentTiering|TestEvent)$/

/** Whether an event (`ObjectCreated:Put`) is one that a destination wants. */
export function wants({ events, prefix, suffix }: EventTarget, name: string, key: string): boolean {
  if (!key.startsWith(prefix) || !key.endsWith(suffix)) return false
  return events.some((event) => eventMatches(event, `s3:${name}`))
}

function eventMatches(pattern: string, event: string): boolean {
  return pattern === event || (pattern.endsWith('*') && event.startsWith(pattern.slice(0, -1)))
}

function overlap(a: EventTarget, b: EventTarget): boolean {
  const share = a.events.some((event) =>
    b.events.some((other) => eventMatches(event, other) || eventMatches(other, event)),
  )
  const nested = (x: string, y: string): boolean => x.startsWith(y) || y.startsWith(x)
  const nestedEnd = (x: string, y: string): boolean => x.endsWith(y) || y.endsWith(x)
  return share && nested(a.prefix, b.prefix) && nestedEnd(a.suffix, b.suffix)
}

function checkTargets(targets: readonly EventTarget[]): void {
  for (const [index, target] of targets.entries()) {
    if (target.events.length === 0) throw malformedXml()
    if (!target.events.every((event) => eventForm.test(event))) {
      throw invalidArgument('A specified event is not supported for notifications')
    }
    if (!isTargetArn(target.arn)) {
      throw invalidArgument('The ARN could not be parsed', 'Arn', target.arn)
    }
    if (targets.slice(0, index).some((other) => overlap(target, other))) {
      throw invalidArgument(
        'Configurations overlap. Configurations on the same bucket cannot share a common event type.',
      )
    }
  }
}

/** Gives every destination an id. */
function identified(
  input: PutBucketNotificationConfigurationRequest,
  ctx: Context,
): NotificationConfiguration {
  const wanted = input.NotificationConfiguration ?? {}
  const named = <Each extends { Id?: string | undefined }>(
    list: Each[] | undefined,
  ): Each[] | undefined => list?.map((each) => ({ ...each, Id: each.Id ?? ctx.ids.uuid() }))
  const QueueConfigurations = named(wanted.QueueConfigurations)
  const TopicConfigurations = named(wanted.TopicConfigurations)
  const LambdaFunctionConfigurations = named(wanted.LambdaFunctionConfigurations)
  return {
    ...(TopicConfigurations && { TopicConfigurations }),
    ...(QueueConfigurations && { QueueConfigurations }),
    ...(LambdaFunctionConfigurations && { LambdaFunctionConfigurations }),
    ...(wanted.EventBridgeConfiguration && { EventBridgeConfiguration: {} }),
  }
}

/** Queues and topics are tried with a test event, functions without being run. Throws InvalidArgument. */
async function tryTargets(
  ctx: Context,
  bucket: BucketRow,
  targets: readonly EventTarget[],
): Promise<void> {
  const test = {
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: ctx.now.toISOString(),
    Bucket: bucket.name,
    RequestId: ctx.requestId,
    HostId: hostIdOf(ctx.requestId),
  }
  for (const { arn } of targets) {
    try {
      if (arn.split(':')[2] === 'lambda') await validateFunction(ctx, bucket, arn)
      else await deliver(ctx, bucket, { arn, message: JSON.stringify(test) })
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      throw invalidArgument(
        'Unable to validate the following destination configurations',
        arn,
        error.message,
      )
    }
  }
}

/** PutBucketNotificationConfiguration replaces all destinations; an empty one turns them off. */
export const PutBucketNotificationConfiguration =
  bucketChange<PutBucketNotificationConfigurationRequest>(
    PutBucketNotificationConfiguration$,
    { action: 'PutBucketNotification' },
    async (bucket, input, ctx) => {
      const wanted = identified(input, ctx)
      const targets = targetsOf(wanted)
      checkTargets(targets)
      if (!input.SkipDestinationValidation) await tryTargets(ctx, bucket, targets)
      return withConfiguration(bucket, 'notification', wanted)
    },
  )

/** GetBucketNotificationConfiguration: empty where there are none. */
export const GetBucketNotificationConfiguration = bucketRead<
  GetBucketNotificationConfigurationRequest,
  NotificationConfiguration
>(
  GetBucketNotificationConfiguration$,
  { action: 'GetBucketNotification' },
  (bucket) => notificationsOf(bucket) ?? {},
)
