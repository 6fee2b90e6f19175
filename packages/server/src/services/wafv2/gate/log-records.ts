import type { Filter, LoggingFilter } from '@aws-sdk/client-wafv2'
import type { Verdict } from '@bartizan/waf'
import type { Locations } from './locations.ts'
import type { Occurrence } from './occurrence.ts'
import type { Protection } from './protection.ts'
import { headerOf, hostOf, partsOf } from './request-facts.ts'

const sources = {
  APPLICATION_LOAD_BALANCER: 'ALB',
  API_GATEWAY: 'APIGW',
  CLOUDFRONT: 'CF',
} as const

/** What log records need beside the request. */
export interface RecordParts {
  readonly webAclArn: string
  readonly locations: Locations
  readonly protection: Protection
  readonly requestId: string
}

/** One line of the log (https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html). */
export function logRecord(occurrence: Occurrence, parts: RecordParts): Record<string, unknown> {
  const { request, verdict, resource, inspectedBytes } = occurrence
  const { labels } = verdict
  const inserted = verdict.insertedHeaders.map(([name, value]) => ({ name, value }))
  const length = Number(headerOf({ ...request, body: empty }, 'content-length') ?? inspectedBytes)
  return {
    timestamp: occurrence.atMs,
    formatVersion: 1,
    webaclId: parts.webAclArn,
    terminatingRuleId: verdict.terminatingRuleId,
    terminatingRuleType: verdict.terminatingRuleType,
    action: verdict.action,
    terminatingRuleMatchDetails: verdict.terminatingRuleMatchDetails,
    httpSourceName: sources[resource.type],
    httpSourceId: resource.sourceId,
    ruleGroupList: verdict.ruleGroupList.map((group) => ({
      ruleGroupId: group.ruleGroupId,
      terminatingRule: group.terminatingRule ?? null,
      nonTerminatingMatchingRules: group.nonTerminatingMatchingRules,
      excludedRules: group.excludedRules.length > 0 ? group.excludedRules : null,
      customerConfig: null,
    })),
    rateBasedRuleList: verdict.rateBasedRuleList,
    nonTerminatingMatchingRules: verdict.nonTerminatingMatchingRules,
    requestHeadersInserted: inserted.length > 0 ? inserted : null,
    responseCodeSent: occurrence.responseCode ?? null,
    httpRequest: httpRequest(occurrence, parts),
    ...(labels.length > 0 && { labels: labels.map((name) => ({ name })) }),
    ...(verdict.captchaResponse && { captchaResponse: verdict.captchaResponse }),
    ...(verdict.challengeResponse && { challengeResponse: verdict.challengeResponse }),
    ...(inspectedBytes > 0 && {
      requestBodySize: length,
      requestBodySizeInspectedByWAF: inspectedBytes,
    }),
    ...(verdict.oversizeFields.length > 0 && { oversizeFields: verdict.oversizeFields }),
    ...(request.ja3 !== undefined && { ja3Fingerprint: request.ja3 }),
    ...(request.ja4 !== undefined && { ja4Fingerprint: request.ja4 }),
  }
}

const empty = new Uint8Array()

function httpRequest({ request }: Occurrence, { locations, protection, requestId }: RecordParts) {
  const { path, query } = partsOf(request.target)
  return {
    clientIp: request.clientIp,
    country: locations.country(request.clientIp)?.country ?? '-',
    headers: request.headers.map(([name, value]) => ({
      name,
      value: protection.header(name, value),
    })),
    uri: protection.path(path),
    args: protection.query(query),
    httpVersion: request.httpVersion,
    httpMethod: protection.method(request.method),
    requestId,
    fragment: '',
    host: hostOf({ ...request, body: empty }),
  }
}

/** Whether the log is to have a request: the first filter that fits it says, else the default. */
export function isLogged(verdict: Verdict, filter: LoggingFilter | undefined): boolean {
  if (!filter) return true
  const actions = actionsOf(verdict)
  const fits = ({ Conditions = [], Requirement }: Filter): boolean => {
    const meets = Conditions.map(({ ActionCondition, LabelNameCondition }) =>
      ActionCondition
        ? actions.has(ActionCondition.Action ?? '')
        : verdict.labels.includes(LabelNameCondition?.LabelName ?? ''),
    )
    return Requirement === 'MEETS_ALL' ? meets.every(Boolean) : meets.some(Boolean)
  }
  const first = (filter.Filters ?? []).find(fits)
  return (first?.Behavior ?? filter.DefaultBehavior) === 'KEEP'
}

function actionsOf(verdict: Verdict): ReadonlySet<string> {
  const actions = new Set<string>([verdict.action])
  for (const { action } of verdict.nonTerminatingMatchingRules) actions.add(action)
  for (const group of verdict.ruleGroupList) {
    if (group.terminatingRule) actions.add(group.terminatingRule.action)
    if (group.excludedRules.length > 0) actions.add('EXCLUDED_AS_COUNT')
    for (const { action, overriddenAction } of group.nonTerminatingMatchingRules) {
      actions.add(action)
      if (action === 'COUNT' && overriddenAction !== undefined) actions.add('EXCLUDED_AS_COUNT')
    }
  }
  return actions
}
