import { readFileSync } from 'node:fs'
import type { TraceStep, Verdict } from '@bartizan/waf'
import { Command } from 'commander'
import { findInstallation, type PlaceOptions } from '../installation.ts'
import { loadAcl, recordedSurroundings } from '../waf/acl-source.ts'
import { parseAccessLog, parseHar, parseHttpFile } from '../waf/http-file.ts'
import { examples, withPlace } from './place-options.ts'

interface WafOptions extends PlaceOptions {
  readonly acl: string
  readonly reference?: readonly string[]
  readonly clientIp: string
  readonly all?: true
  readonly most: string
}

/** `bartizan waf`: tries web ACLs on requests, without sending any. */
export function wafCommand(): Command {
  return new Command('waf')
    .description('try a web ACL on requests')
    .addCommand(testCommand())
    .addCommand(replayCommand())
}

function withAcl(command: Command): Command {
  return withPlace(command)
    .requiredOption('--acl <file or ARN>', 'what `aws wafv2 get-web-acl` printed, or an ARN')
    .option('--reference <file...>', 'groups and sets that it refers to, as printed likewise')
    .option('--client-ip <address>', 'the client’s address', '192.0.2.1')
}

function testCommand(): Command {
  return withAcl(new Command('test').description('explain what a web ACL does to a request'))
    .argument('<file>', 'the request as it goes over the wire')
    .option('--all', 'show statements that did not match too')
    .addHelpText('after', examples('bartizan waf test request.http --acl acl.json'))
    .action(async (file: string, options: WafOptions) => {
      const acl = await loadAcl(options.acl, options.reference ?? [], findInstallation(options))
      const request = parseHttpFile(readFileSync(file), options.clientIp)
      const verdict = acl.decide(request, recordedSurroundings()(0), { trace: true })
      process.stdout.write(explained(verdict, options.all === true))
      process.exitCode = verdict.action === 'ALLOW' ? 0 : 2
    })
}

function explained(verdict: Verdict, all: boolean): string {
  const lines = [`${verdict.action} by ${verdict.terminatingRuleId}`]
  for (const group of verdict.ruleGroupList) {
    const rule = group.terminatingRule
    if (rule) lines.push(`  rule ${rule.ruleId} of ${group.ruleGroupId}`)
  }
  const groups = verdict.ruleGroupList
  const details = [
    ...verdict.terminatingRuleMatchDetails,
    ...groups.flatMap(({ terminatingRule }) => terminatingRule?.ruleMatchDetails ?? []),
  ]
  for (const { location, matchedFieldName: field, matchedData, reason } of details) {
    const where = field === undefined ? location : `${location} ${field}`
    lines.push(`  in ${where}: ${JSON.stringify(matchedData.join(' '))} ${reason ?? ''}`.trimEnd())
  }
  const counted = [...verdict.nonTerminatingMatchingRules]
  for (const group of groups) counted.push(...group.nonTerminatingMatchingRules)
  for (const { ruleId, action } of counted) lines.push(`${action} by ${ruleId}`)
  for (const label of verdict.labels) lines.push(`label ${label}`)
  const steps = (verdict.trace ?? []).filter(({ matched }) => all || matched)
  return `${[...lines, ...steps.map(stepLine)].join('\n')}\n`
}

function stepLine({ rule, statement, field, transformations, value, matched, why }: TraceStep) {
  const chain = (transformations ?? []).length > 0 ? ` after ${transformations?.join(', ')}` : ''
  const looked = field === undefined ? '' : ` ${field}${chain} ${JSON.stringify(value ?? '')}`
  return `${matched ? '+' : '-'} ${rule}: ${statement}${looked}${why === undefined ? '' : ` (${why})`}`
}

function replayCommand(): Command {
  const about = 'say what a web ACL would have done to recorded requests'
  return withAcl(new Command('replay').description(about))
    .argument('<file>', 'an access log (common or combined format) or a HAR')
    .option('--most <number>', 'how many requests that would be stopped are shown', '20')
    .addHelpText('after', examples('bartizan waf replay access.log --acl acl.json'))
    .action(async (file: string, options: WafOptions) => {
      const acl = await loadAcl(options.acl, options.reference ?? [], findInstallation(options))
      const text = readFileSync(file, 'utf8')
      const isHar = text.trimStart().startsWith('{')
      const requests = isHar ? parseHar(text, options.clientIp) : parseAccessLog(text)
      const at = recordedSurroundings()
      const stopped: string[] = []
      const totals = new Map<string, number>()
      for (const { request, atMs } of requests) {
        const verdict = acl.decide(request, at(atMs))
        const rule = ruleOf(verdict)
        totals.set(rule, (totals.get(rule) ?? 0) + 1)
        if (verdict.action === 'ALLOW') continue
        stopped.push(`${rule}  ${request.clientIp} ${request.method} ${request.target}`)
      }
      const sums = [...totals]
        .toSorted((a, b) => b[1] - a[1])
        .map(([rule, sum]) => `${sum}  ${rule}`)
      const shown = stopped.slice(0, Number(options.most))
      const summary = `${requests.length} requests, ${stopped.length} would be stopped`
      process.stdout.write(`${[summary, ...sums, ...shown].join('\n')}\n`)
    })
}

function ruleOf({ action, terminatingRuleId, ruleGroupList }: Verdict): string {
  const inner = ruleGroupList.find(({ terminatingRule }) => terminatingRule)?.terminatingRule
  const within = inner === undefined || action === 'ALLOW' ? '' : ` / ${inner.ruleId}`
  return `${action} by ${terminatingRuleId}${within}`
}
