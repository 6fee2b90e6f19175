import {
  GetRateBasedStatementManagedKeys$,
  GetSampledRequests$,
  GetTopPathStatisticsByTraffic$,
} from '@aws-sdk/client-wafv2'
import type {
  GetRateBasedStatementManagedKeysRequest,
  GetRateBasedStatementManagedKeysResponse,
  GetSampledRequestsRequest,
  GetSampledRequestsResponse,
  GetTopPathStatisticsByTrafficRequest,
  GetTopPathStatisticsByTrafficResponse,
  Rule,
  SampledHTTPRequest,
  TimeWindow,
} from '@aws-sdk/client-wafv2'
import { isIPv6 } from 'node:net'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { webAclOf } from './definitions.ts'
import { entityAccess, required, seekByArn, seekEntity, type EntitySubject } from './entities.ts'
import { invalidParameter, nonexistent, reasons, unsupportedKeyType } from './errors.ts'
import { gates } from './gate/gates.ts'
import { protectionOf, type Protection } from './gate/protection.ts'
import { partsOf } from './gate/request-facts.ts'
import type { Sample } from './gate/samples.ts'
import { entityAnywhere } from './group-policy.ts'
import { rulesOf } from './references.ts'

const threeHoursMs = 3 * 3_600_000

/** The time that was asked for, cut to the last three hours. Throws WAFInvalidParameterException. */
function windowOf(ctx: Context, window: TimeWindow | undefined) {
  const { StartTime = new Date(0), EndTime = ctx.now } = window ?? {}
  if (StartTime > EndTime) throw invalidParameter(undefined, 'TimeWindow', reasons.format)
  const nowMs = ctx.now.getTime()
  const fromMs = Math.max(StartTime.getTime(), nowMs - threeHoursMs)
  return { fromMs, toMs: Math.min(EndTime.getTime(), nowMs) }
}

/** GetSampledRequests: requests that this node has seen. */
export const GetSampledRequests = operation<
  GetSampledRequestsRequest,
  GetSampledRequestsResponse,
  EntitySubject
>(GetSampledRequests$, {
  resolve: ({ WebAclArn = '' }, ctx) => seekByArn(ctx, WebAclArn, 'webacl'),
  access: (_input, _ctx, subject) => entityAccess(subject),
  handle({ RuleMetricName = '', TimeWindow, MaxItems = 100 }, ctx, subject) {
    const row = required(subject)
    const { fromMs, toMs } = windowOf(ctx, TimeWindow)
    const running = ctx.runtime(gates)
    const aftermath = running.aftermathOf(row.arn)
    const kept = aftermath?.samples.of(RuleMetricName, { fromMs, toMs, most: MaxItems })
    const { samples = [], population = 0 } = kept ?? {}
    const protection = protectionOf(webAclOf(row).DataProtectionConfig)
    const weight = samples.length === 0 ? 0 : Math.max(1, Math.round(population / samples.length))
    const countryOf = (ip: string): string | undefined => running.locations.country(ip)?.country
    return {
      SampledRequests: samples.map((sample) =>
        sampleOut(sample, { weight, protection, countryOf }),
      ),
      PopulationSize: population,
      TimeWindow: { StartTime: new Date(fromMs), EndTime: new Date(toMs) },
    }
  },
})

function sampleOut(
  { occurrence, action, overriddenAction, ruleWithinGroup }: Sample,
  parts: {
    readonly weight: number
    readonly protection: Protection
    readonly countryOf: (ip: string) => string | undefined
  },
): SampledHTTPRequest {
  const { weight, protection, countryOf } = parts
  const { request, verdict, atMs, responseCode } = occurrence
  const { path, query } = partsOf(request.target)
  const shown = protection.query(query)
  const country = countryOf(request.clientIp)
  const inserted = verdict.insertedHeaders.map(([Name, Value]) => ({ Name, Value }))
  const { captchaResponse, challengeResponse } = verdict
  return {
    Request: {
      ClientIP: request.clientIp,
      ...(country !== undefined && { Country: country }),
      URI: protection.path(path) + (shown === '' ? '' : `?${shown}`),
      Method: protection.method(request.method),
      HTTPVersion: request.httpVersion,
      Headers: request.headers.map(([Name, value]) => ({
        Name,
        Value: protection.header(Name, value),
      })),
    },
    Weight: weight,
    Timestamp: new Date(atMs),
    Action: action,
    ...(ruleWithinGroup !== undefined && { RuleNameWithinRuleGroup: ruleWithinGroup }),
    ...(inserted.length > 0 && { RequestHeadersInserted: inserted }),
    ...(responseCode !== undefined && { ResponseCodeSent: responseCode }),
    Labels: verdict.labels.map((Name) => ({ Name })),
    ...(captchaResponse && { CaptchaResponse: tokenOut(captchaResponse) }),
    ...(challengeResponse && { ChallengeResponse: tokenOut(challengeResponse) }),
    ...(overriddenAction !== undefined && { OverriddenAction: overriddenAction }),
  }
}

function tokenOut(response: NonNullable<Sample['occurrence']['verdict']['captchaResponse']>) {
  const { responseCode, solveTimestamp, failureReason } = response
  return {
    ResponseCode: responseCode,
    ...(solveTimestamp !== undefined && { SolveTimestamp: solveTimestamp }),
    ...(failureReason !== undefined && { FailureReason: failureReason }),
  }
}

/** The rate-based rule that a request names, and its name in the engine. */
async function rateRule(
  ctx: Context,
  acl: readonly Rule[],
  { RuleName, RuleGroupRuleName }: GetRateBasedStatementManagedKeysRequest,
): Promise<{ readonly rule: Rule; readonly name: string }> {
  const group = acl.find(({ Name }) => Name === RuleGroupRuleName)
  const arn = group?.Statement?.RuleGroupReferenceStatement?.ARN
  const row = arn === undefined ? undefined : await entityAnywhere(ctx, arn)
  const rules = RuleGroupRuleName === undefined ? acl : row ? rulesOf(row) : []
  const rule = rules.find(({ Name }) => Name === RuleName)
  if (!rule?.Statement?.RateBasedStatement) throw nonexistent()
  const inGroup = RuleGroupRuleName === undefined ? '' : `${RuleGroupRuleName} / `
  return { rule, name: inGroup + (RuleName ?? '') }
}

/** GetRateBasedStatementManagedKeys: the addresses over the limit now, as far as this node has counted or been told. */
export const GetRateBasedStatementManagedKeys = operation<
  GetRateBasedStatementManagedKeysRequest,
  GetRateBasedStatementManagedKeysResponse,
  EntitySubject
>(GetRateBasedStatementManagedKeys$, {
  resolve: ({ WebACLName, WebACLId, Scope }, ctx) =>
    seekEntity('webacl', { Name: WebACLName, Id: WebACLId, Scope }, ctx),
  access: (_input, _ctx, subject) => entityAccess(subject),
  async handle(input, ctx, subject) {
    const row = required(subject)
    const { rule, name } = await rateRule(ctx, rulesOf(row), input)
    const { AggregateKeyType, Limit = 0 } = rule.Statement?.RateBasedStatement ?? {}
    if (AggregateKeyType !== 'IP' && AggregateKeyType !== 'FORWARDED_IP') {
      throw unsupportedKeyType()
    }
    const rates = ctx.runtime(gates).aftermathOf(row.arn)?.rates
    const keys = rates?.over(name, Limit, ctx.now.getTime()) ?? []
    const addresses = keys.map((key) => String((JSON.parse(key) as unknown[])[0]))
    const shown = (isVersion6: boolean) =>
      addresses
        .filter((address) => isIPv6(address) === isVersion6)
        .map((address) => `${address}/${isVersion6 ? 128 : 32}`)
    return {
      ManagedKeysIPV4: { IPAddressVersion: 'IPV4', Addresses: shown(false) },
      ManagedKeysIPV6: { IPAddressVersion: 'IPV6', Addresses: shown(true) },
    }
  },
})

const botName = /^awswaf:managed:aws:bot-control:bot:name:(.+)$/

/** GetTopPathStatisticsByTraffic: of the requests that are kept as samples. */
export const GetTopPathStatisticsByTraffic = operation<
  GetTopPathStatisticsByTrafficRequest,
  GetTopPathStatisticsByTrafficResponse,
  EntitySubject
>(GetTopPathStatisticsByTraffic$, {
  resolve: ({ WebAclArn = '' }, ctx) => seekByArn(ctx, WebAclArn, 'webacl'),
  access: (_input, _ctx, subject) => entityAccess(subject),
  handle({ TimeWindow, UriPathPrefix = '', BotName, Limit = 10, ...input }, ctx, subject) {
    const { fromMs, toMs } = windowOf(ctx, TimeWindow)
    const samples = ctx.runtime(gates).aftermathOf(required(subject).arn)?.samples
    const paths = new Map<string, Map<string, number>>()
    let total = 0
    for (const { request, verdict } of samples?.all(fromMs, toMs) ?? []) {
      const { path } = partsOf(request.target)
      const bot = verdict.labels.flatMap((label) => botName.exec(label)?.[1] ?? [])[0] ?? ''
      if (!path.startsWith(UriPathPrefix) || (BotName !== undefined && bot !== BotName)) continue
      total++
      const bots = paths.get(path) ?? new Map<string, number>()
      bots.set(bot, (bots.get(bot) ?? 0) + 1)
      paths.set(path, bots)
    }
    const most = input.NumberOfTopTrafficBotsPerPath ?? 1
    const statistics = [...paths].map(([Path, bots]) => pathOut(Path, bots, total, most))
    statistics.sort((a, b) => b.RequestCount - a.RequestCount)
    return { PathStatistics: statistics.slice(0, Limit), TotalRequestCount: total }
  },
})

function pathOut(Path: string, bots: ReadonlyMap<string, number>, total: number, most: number) {
  const RequestCount = [...bots.values()].reduce((sum, count) => sum + count, 0)
  const share = (count: number, of: number): number => Math.round((count / of) * 10_000) / 100
  const named = [...bots].filter(([name]) => name !== '').sort((a, b) => b[1] - a[1])
  return {
    Path,
    RequestCount,
    Percentage: share(RequestCount, total),
    TopBots: named.slice(0, most).map(([BotName, count]) => ({
      BotName,
      RequestCount: count,
      Percentage: share(count, RequestCount),
    })),
  }
}
