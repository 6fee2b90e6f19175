import type { LoggingEnabled } from '@aws-sdk/client-s3'
import type { Observed } from '../../../kernel/observed.ts'
import { hostIdOf } from '../errors.ts'
import { canonicalId } from '../owners.ts'
import { pathStyle } from '../protocol.ts'
import type { BucketRow } from '../store.ts'

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** `[06/Feb/2026:00:00:38 +0000]`. */
function stamp(at: Date): string {
  const [date = '', time = ''] = at.toISOString().split('T')
  const [year = '', month = '', day = ''] = date.split('-')
  return `[${day}/${months[Number(month) - 1] ?? ''}/${year}:${time.slice(0, 8)} +0000]`
}

const subresources: readonly (readonly [RegExp, string])[] = [
  [/(^|&)acl(=|&|$)/, 'ACL'],
  [/(^|&)tagging(=|&|$)/, 'TAGGING'],
  [/(^|&)uploads(=|&|$)/, 'UPLOADS'],
  [/(^|&)uploadId=/, 'UPLOAD'],
  [/(^|&)versions(=|&|$)/, 'VERSIONS'],
  [/(^|&)location(=|&|$)/, 'LOCATION'],
  [/(^|&)policy(=|&|$)/, 'BUCKETPOLICY'],
  [/(^|&)logging(=|&|$)/, 'LOGGING_STATUS'],
  [/(^|&)versioning(=|&|$)/, 'VERSIONING'],
  [/(^|&)delete(=|&|$)/, 'MULTI_OBJECT_DELETE'],
]

/** `REST.GET.OBJECT`. */
function operationOf(method: string, query: string, key: string): string {
  const named = subresources.find(([form]) => form.test(query))?.[1]
  if (/(^|&)partNumber=/.test(query) && method === 'PUT') return 'REST.PUT.PART'
  return `REST.${method}.${named ?? (key === '' ? 'BUCKET' : 'OBJECT')}`
}

function requesterOf({ principal }: Observed): string {
  if (!principal || principal.kind === 'anonymous') return '-'
  if (principal.kind === 'root') return canonicalId(principal.accountId)
  return principal.arn || (principal.service ?? '-')
}

const quoted = (text: string | undefined): string =>
  text === undefined || text === '' ? '"-"' : `"${text.replaceAll('"', '%22')}"`

/**
 * One line of an access log.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
 */
export function logLine(bucket: BucketRow, observed: Observed, at: Date): string {
  const { request, response, code, seconds } = observed
  const { headers, method, query } = request
  const [, , ...rest] = pathStyle(request).path.split('/')
  const key = rest.join('/')
  const requestId = response.headers['x-amz-request-id'] ?? '-'
  const milliseconds = String(Math.round(seconds * 1000))
  const uri = `${method} ${request.path}${query === '' ? '' : `?${query}`} HTTP/1.1`
  const isSigned = headers['authorization'] !== undefined || /X-Amz-Signature=/.test(query)
  const authentication = headers['authorization'] === undefined ? 'QueryString' : 'AuthHeader'
  const length = response.headers['content-length']
  return [
    canonicalId(bucket.accountId),
    bucket.name,
    stamp(at),
    request.sourceIp,
    requesterOf(observed),
    requestId,
    operationOf(method, query, key),
    key === '' ? '-' : key,
    quoted(uri),
    String(response.status),
    code === '' ? '-' : code,
    length ?? (response.body.length > 0 ? String(response.body.length) : '-'),
    length ?? '-',
    milliseconds,
    milliseconds,
    quoted(headers['referer']),
    quoted(headers['user-agent']),
    response.headers['x-amz-version-id'] ?? '-',
    hostIdOf(requestId),
    isSigned ? 'SigV4' : '-',
    '-',
    isSigned ? authentication : '-',
    headers['host'] ?? '-',
    '-',
    '-',
    '-',
  ].join(' ')
}

/** The key of a log file, in the format that the configuration asks for. */
export function logKey(
  { TargetPrefix: prefix = '', TargetObjectKeyFormat: format }: LoggingEnabled,
  { account, region, name }: { account: string; region: string; name: string },
  { now, unique }: { now: Date; unique: string },
): string {
  const [date = '', time = ''] = now.toISOString().split('T')
  const moment = `${date}-${time.slice(0, 8).replaceAll(':', '-')}-${unique}`
  if (!format?.PartitionedPrefix) return `${prefix}${moment}`
  return `${prefix}${account}/${region}/${name}/${date.replaceAll('-', '/')}/${moment}`
}
