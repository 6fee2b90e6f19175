import type { WireRequest, WireResponse } from '@bartizan/wire'
import type { Kernel } from '../../../kernel/kernel.ts'
import { hostIdOf } from '../errors.ts'
import { pathStyle, s3ErrorResponse } from '../protocol.ts'
import { buckets, type BucketRow } from '../store.ts'
import { corsOf } from './configuration.ts'
import { corsHeaders, matchingRule, type CrossOrigin } from './rules.ts'

async function bucketOf(kernel: Kernel, request: WireRequest): Promise<BucketRow | undefined> {
  const [, name = ''] = pathStyle(request).path.split('/')
  if (name === '') return undefined
  return (await kernel.store.get(buckets, '-', name))?.value
}

function names(header: string | undefined): string[] {
  return (header ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

/**
 * The answer to a browser's preflight (OPTIONS), by the bucket's CORS rules; undefined for anything else.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html
 */
export async function answerPreflight(
  kernel: Kernel,
  request: WireRequest,
): Promise<WireResponse | undefined> {
  if (request.method !== 'OPTIONS') return undefined
  const bucket = await bucketOf(kernel, request)
  if (!bucket) return undefined
  const requestId = kernel.ids.uuid()
  const { origin, 'access-control-request-method': method } = request.headers
  const refused = (code: string, message: string, status: number): WireResponse =>
    s3ErrorResponse({ code, message, status, fault: 'client' }, requestId)
  if (origin === undefined) {
    return refused('BadRequest', 'Insufficient information. Origin request header needed.', 400)
  }
  if (method === undefined) {
    return refused('BadRequest', 'Invalid Access-Control-Request-Method: null', 400)
  }
  const rules = corsOf(bucket)?.CORSRules
  if (!rules) {
    return refused('AccessForbidden', 'CORSResponse: CORS is not enabled for this bucket.', 403)
  }
  const headers = names(request.headers['access-control-request-headers'])
  const asked = { origin, method, headers }
  const rule = matchingRule(rules, asked)
  if (!rule) {
    return refused(
      'AccessForbidden',
      "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
      403,
    )
  }
  const named = { 'x-amz-request-id': requestId, 'x-amz-id-2': hostIdOf(requestId) }
  return { status: 200, headers: { ...named, ...corsHeaders(rule, asked, true) }, body: '' }
}

/** The headers that let a browser show an answer to a page of another origin. */
export async function browserHeaders(
  kernel: Kernel,
  request: WireRequest,
): Promise<Record<string, string>> {
  const { origin } = request.headers
  const bucket = origin === undefined ? undefined : await bucketOf(kernel, request)
  const rules = bucket && corsOf(bucket)?.CORSRules
  if (origin === undefined || !rules) return {}
  const asked: CrossOrigin = { origin, method: request.method, headers: [] }
  const rule = matchingRule(rules, asked)
  return rule ? corsHeaders(rule, asked, false) : {}
}
