import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2'
import { errorAnswer, serverField, type Answer } from '../../dataplane/answers.ts'
import type { Route, RoutedRequest, Router } from '../../dataplane/route.ts'
import { testOf, type ConditionSubject, type Test } from './conditions.ts'
import type { LiveGroup } from './live-group.ts'
import type { Stickiness } from './stickiness.ts'
import type { ListenerRow, RuleRow } from './store.ts'

/** What a router needs to know beside the rules. */
export interface RoutingSurroundings {
  readonly groupOf: (arn: string) => LiveGroup | undefined
  readonly stickiness: Stickiness
}

/** Decides what an action makes of a request. */
type Effect = (request: RoutedRequest, subject: ConditionSubject) => Route

/** The rules of a listener as a function: the first that matches, by priority, else the default action. */
export function routerOf(
  listener: ListenerRow,
  rules: readonly RuleRow[],
  surroundings: RoutingSurroundings,
): Router {
  const compiled = rules
    .toSorted((a, b) => a.priority - b.priority)
    .map(({ conditions, actions }) => ({
      tests: conditions.map(testOf),
      effect: effectOf(actions, listener, surroundings),
    }))
  const byDefault = effectOf(listener.defaultActions, listener, surroundings)
  return (request) => {
    const subject = subjectOf(request)
    for (const { tests, effect } of compiled) {
      if (all(tests, subject)) return effect(request, subject)
    }
    return byDefault(request, subject)
  }
}

function all(tests: readonly Test[], subject: ConditionSubject): boolean {
  for (const test of tests) if (!test(subject)) return false
  return true
}

function subjectOf({
  method,
  target,
  rawHeaders,
  clientIp,
  head,
}: RoutedRequest): ConditionSubject {
  const mark = target.indexOf('?')
  const { host } = head
  const colon = host.endsWith(']') ? -1 : host.lastIndexOf(':')
  return {
    method,
    host: (colon < 0 ? host : host.slice(0, colon)).toLowerCase(),
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    rawHeaders,
    clientIp,
  }
}

function effectOf(
  actions: readonly Action[],
  listener: ListenerRow,
  surroundings: RoutingSurroundings,
): Effect {
  const action = actions.at(-1)
  if (action?.FixedResponseConfig) {
    const answer = fixedAnswer(action.FixedResponseConfig)
    return () => ({ kind: 'answer', answer, note: 'fixed-response' })
  }
  if (action?.RedirectConfig) return redirect(action.RedirectConfig, listener)
  return forward(action, surroundings)
}

function fixedAnswer({
  StatusCode,
  ContentType,
  MessageBody,
}: NonNullable<Action['FixedResponseConfig']>): Answer {
  const type = ContentType === undefined ? [] : ['Content-Type', `${ContentType}; charset=utf-8`]
  const body = MessageBody ?? ''
  return { status: Number(StatusCode), headers: [...serverField, ...type], body }
}

function redirect(config: NonNullable<Action['RedirectConfig']>, listener: ListenerRow): Effect {
  const status = config.StatusCode === 'HTTP_301' ? 301 : 302
  const { Protocol = '', Host = '', Port = '', Path = '', Query = '' } = config
  return (_request, { host, path, query }) => {
    const protocol = listener.protocol.toLowerCase()
    const fill = (text: string): string =>
      text.replaceAll(/#\{(\w+)\}/g, (whole, name: string) => {
        const values: Record<string, string> = {
          protocol,
          host,
          port: String(listener.port),
          path: path.slice(1),
          query,
        }
        return values[name] ?? whole
      })
    const scheme = fill(Protocol).toLowerCase()
    const port = fill(Port)
    const isUsual = (scheme === 'https' && port === '443') || (scheme === 'http' && port === '80')
    const asked = fill(Query)
    const location =
      `${scheme}://${fill(Host)}${isUsual ? `:${port}` : `:${port}`}` +
      `${fill(Path)}${asked === '' ? '' : `?${asked}`}`
    const page = errorAnswer(status)
    const answer = { ...page, headers: [...page.headers, 'Location', location] }
    return { kind: 'answer', answer, note: 'redirect' }
  }
}

function forward(action: Action | undefined, { groupOf, stickiness }: RoutingSurroundings): Effect {
  const config = action?.ForwardConfig
  const tuples = (config?.TargetGroups ?? []).map(({ TargetGroupArn = '', Weight = 1 }) => ({
    arn: TargetGroupArn,
    weight: Weight,
    current: 0,
  }))
  const sticky = config?.TargetGroupStickinessConfig
  const isSticky = sticky?.Enabled === true && tuples.length > 1
  const [only] = tuples
  return (request) => {
    const wanted = isSticky ? stickiness.groupIn(request) : undefined
    const known = wanted === undefined ? undefined : tuples.find(({ arn }) => arn === wanted)
    const tuple = known ?? (tuples.length === 1 ? only : smoothly(tuples))
    const group = tuple && groupOf(tuple.arn)
    if (!group) return { kind: 'answer', answer: errorAnswer(503), note: 'forward' }
    const cookies = isSticky ? stickiness.groupCookies(group.arn, sticky.DurationSeconds) : []
    return group.route(request, cookies)
  }
}

/** Weighted round robin that spreads each one's turns evenly. Nobody when all weights are 0. */
function smoothly<Tuple extends { weight: number; current: number }>(
  tuples: readonly Tuple[],
): Tuple | undefined {
  let total = 0
  let best: Tuple | undefined
  for (const tuple of tuples) {
    tuple.current += tuple.weight
    total += tuple.weight
    if (tuple.weight > 0 && (!best || tuple.current > best.current)) best = tuple
  }
  if (best) best.current -= total
  return best
}
