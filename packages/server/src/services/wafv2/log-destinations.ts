import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import { invalidParameter, logDestinationRefused, reasons, unavailable } from './errors.ts'

/** Where a web ACL's log goes. */
export type LogDestination =
  | { readonly kind: 'logs'; readonly arn: string; readonly group: string; readonly region: string }
  | { readonly kind: 's3'; readonly arn: string; readonly bucket: string; readonly prefix: string }
  | { readonly kind: 'firehose'; readonly arn: string; readonly stream: string }

const forms = {
  logs: /^arn:[a-z-]+:logs:([a-z0-9-]+):\d{12}:log-group:(aws-waf-logs-[\w./#-]+?)(?::\*)?$/,
  s3: /^arn:[a-z-]+:s3:::(aws-waf-logs-[a-z0-9.-]+)(?:\/(.*))?$/,
  firehose: /^arn:[a-z-]+:firehose:[a-z0-9-]+:\d{12}:deliverystream\/(aws-waf-logs-[\w.-]+)$/,
}

/** What an ARN names. Throws WAFInvalidParameterException for one that takes no log of WAF's. */
export function logDestination(arn: string): LogDestination {
  const logs = forms.logs.exec(arn)
  if (logs) return { kind: 'logs', arn, region: logs[1] ?? '', group: logs[2] ?? '' }
  const s3 = forms.s3.exec(arn)
  if (s3) return { kind: 's3', arn, bucket: s3[1] ?? '', prefix: s3[2] ?? '' }
  const firehose = forms.firehose.exec(arn)
  if (firehose) return { kind: 'firehose', arn, stream: firehose[1] ?? '' }
  throw invalidParameter('LOG_DESTINATION', arn, reasons.arn)
}

/** The service principal that delivers logs. */
export const deliveryService = 'delivery.logs.amazonaws.com'

/**
 * Has a destination take the log, as the caller: what AWS adds to the resource policies of a log group or bucket is added
 * with the caller's permissions. Throws WAFLogDestinationPermissionIssueException and WAFUnavailableEntityException.
 * https://docs.aws.amazon.com/waf/latest/developerguide/logging-destinations.html
 */
export async function openDestination(ctx: Context, destination: LogDestination): Promise<void> {
  try {
    if (destination.kind === 'logs') await openLogGroup(ctx, destination)
    if (destination.kind === 's3') await openBucket(ctx, destination)
    if (destination.kind === 'firehose') await makeRole(ctx)
  } catch (error) {
    if (!(error instanceof AwsError) || error.code.startsWith('WAF')) throw error
    if (/^(NoSuchBucket|ResourceNotFoundException)$/.test(error.code)) throw unavailable()
    throw logDestinationRefused()
  }
}

async function openLogGroup(
  ctx: Context,
  { group, region }: Extract<LogDestination, { kind: 'logs' }>,
): Promise<void> {
  if (region !== ctx.region) throw unavailable()
  const found = await ctx.call('logs', 'DescribeLogGroups', { logGroupNamePrefix: group })
  const groups = (found['logGroups'] ?? []) as readonly { readonly logGroupName?: string }[]
  if (!groups.some(({ logGroupName }) => logGroupName === group)) throw unavailable()
  const policyName = 'AWSWAF-LOGS'
  const { resourcePolicies = [] } = (await ctx.call('logs', 'DescribeResourcePolicies', {})) as {
    resourcePolicies?: readonly { policyName?: string; policyDocument?: string }[]
  }
  const known = resourcePolicies.find((policy) => policy.policyName === policyName)
  const Resource = `arn:aws:logs:${region}:${ctx.account}:log-group:${group}:log-stream:*`
  const policyDocument = withStatement(known?.policyDocument, {
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource,
    Condition: conditionOf(ctx),
  })
  if (policyDocument !== known?.policyDocument) {
    await ctx.call('logs', 'PutResourcePolicy', { policyName, policyDocument })
  }
}

async function openBucket(
  ctx: Context,
  { bucket, prefix }: Extract<LogDestination, { kind: 's3' }>,
): Promise<void> {
  const folder = prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`
  const Resource = `arn:aws:s3:::${bucket}/${folder}AWSLogs/${ctx.account}/*`
  const known = await bucketPolicy(ctx, bucket)
  const Policy = withStatement(known, {
    Action: ['s3:PutObject'],
    Resource,
    Condition: conditionOf(ctx),
  })
  if (Policy !== known) await ctx.call('s3', 'PutBucketPolicy', { Bucket: bucket, Policy })
}

async function bucketPolicy(ctx: Context, bucket: string): Promise<string | undefined> {
  try {
    const { Policy } = await ctx.call('s3', 'GetBucketPolicy', { Bucket: bucket })
    return Policy as string | undefined
  } catch (error) {
    if (error instanceof AwsError && error.code === 'NoSuchBucketPolicy') return undefined
    throw error
  }
}

function conditionOf({ account, region }: Context): object {
  return {
    StringEquals: { 'aws:SourceAccount': account },
    ArnLike: { 'aws:SourceArn': `arn:aws:logs:${region}:${account}:*` },
  }
}

interface PolicyStatement {
  readonly Sid?: string
  readonly Action: readonly string[]
  readonly Resource: string
  readonly Condition: object
}

/** A policy with a statement for the delivery of logs to one more place; the text as it was if that is there. */
function withStatement(text: string | undefined, statement: PolicyStatement): string {
  const Sid = `AWSLogDeliveryWrite${Buffer.from(statement.Resource).toString('hex').slice(-24)}`
  const before = text === undefined ? [] : [JSON.parse(text) as object].flatMap(statementsOf)
  if (before.some((each) => each.Sid === Sid) && text !== undefined) return text
  const added = { Sid, Effect: 'Allow', Principal: { Service: deliveryService }, ...statement }
  const kept = text === undefined ? { Version: '2012-10-17' } : (JSON.parse(text) as object)
  return JSON.stringify({ ...kept, Statement: [...before, added] })
}

function statementsOf(document: object): readonly { readonly Sid?: string }[] {
  const { Statement = [] } = document as { readonly Statement?: unknown }
  return (Array.isArray(Statement) ? Statement : [Statement]) as readonly { Sid?: string }[]
}

/** Delivery to Firehose is what the service-linked role is for. */
async function makeRole(ctx: Context): Promise<void> {
  try {
    const AWSServiceName = 'wafv2.amazonaws.com'
    await ctx.call('iam', 'CreateServiceLinkedRole', { AWSServiceName })
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'InvalidInput') throw error
  }
}
