import type { Action, ForwardActionConfig } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Context } from '../../kernel/context.ts'
import { invalid, noTargetGroup, unsupportedProtocol } from './errors.ts'
import { targetGroups } from './store.ts'

const maxGroups = 5
const redirectForm = /^[\x20-\x7E]{0,2048}$/

/** Actions of a request, checked and with what AWS adds to them. Throws what AWS says of wrong ones. */
export async function checkedActions(
  ctx: Context,
  actions: readonly Action[] | undefined,
): Promise<Action[]> {
  if (actions?.length !== 1) {
    const isAuthenticated = actions?.some(
      ({ Type }) => Type?.startsWith('authenticate-') || Type === 'jwt-validation',
    )
    throw isAuthenticated
      ? unsupportedProtocol('Actions that authenticate users are not supported')
      : invalid('You must specify exactly one routing action')
  }
  return Promise.all(actions.map((action) => checkedAction(ctx, action)))
}

async function checkedAction(ctx: Context, action: Action): Promise<Action> {
  const order = action.Order === undefined ? {} : { Order: action.Order }
  switch (action.Type) {
    case 'forward':
      return { Type: 'forward', ...(await forwardOf(ctx, action)), ...order }
    case 'redirect':
      return { Type: 'redirect', RedirectConfig: redirectOf(action), ...order }
    case 'fixed-response':
      return { Type: 'fixed-response', FixedResponseConfig: fixedOf(action), ...order }
    default:
      throw unsupportedProtocol(`Actions of type '${action.Type}' are not supported`)
  }
}

async function forwardOf(ctx: Context, { TargetGroupArn, ForwardConfig }: Action) {
  const tuples =
    ForwardConfig?.TargetGroups ?? (TargetGroupArn === undefined ? [] : [{ TargetGroupArn }])
  if (tuples.length === 0) throw invalid('A target group ARN must be specified')
  if (tuples.length > maxGroups) {
    throw invalid(`The maximum number of target groups per action is ${maxGroups}`)
  }
  for (const { TargetGroupArn: arn = '', Weight = 1 } of tuples) {
    if (!(await ctx.store.table(targetGroups).get(arn))) throw noTargetGroup()
    if (Weight < 0 || Weight > 999) throw invalid('Weights must be between 0 and 999')
  }
  const [only] = tuples
  const stickiness = ForwardConfig?.TargetGroupStickinessConfig
  const { Enabled = false, DurationSeconds } = stickiness ?? {}
  if (
    Enabled &&
    (DurationSeconds === undefined || DurationSeconds < 1 || DurationSeconds > 604_800)
  ) {
    throw invalid('Target group stickiness duration must be between 1 and 604800 seconds')
  }
  const config: ForwardActionConfig = {
    TargetGroups: tuples.map(({ TargetGroupArn: arn, Weight = 1 }) => ({
      TargetGroupArn: arn,
      Weight,
    })),
    TargetGroupStickinessConfig: {
      Enabled,
      ...(DurationSeconds !== undefined && { DurationSeconds }),
    },
  }
  return {
    ...(tuples.length === 1 && { TargetGroupArn: only?.TargetGroupArn }),
    ForwardConfig: config,
  }
}

function redirectOf({ RedirectConfig: given }: Action) {
  if (!given) throw invalid('A redirect action must have a RedirectConfig')
  const config = {
    Protocol: given.Protocol ?? '#{protocol}',
    Port: given.Port ?? '#{port}',
    Host: given.Host ?? '#{host}',
    Path: given.Path ?? '/#{path}',
    Query: given.Query ?? '#{query}',
    StatusCode: given.StatusCode,
  }
  if (!/^(?:HTTPS?|#\{protocol\})$/.test(config.Protocol)) {
    throw invalid('The redirect protocol must be HTTP, HTTPS or #{protocol}')
  }
  if (!/^(?:\d{1,5}|#\{port\})$/.test(config.Port)) throw invalid('The redirect port is not valid')
  if (!config.Path.startsWith('/'))
    throw invalid("The path parameter must be a valid path, should start with a '/'")
  for (const part of [config.Host, config.Path, config.Query]) {
    if (!redirectForm.test(part))
      throw invalid('The redirect URL has characters that are not allowed')
  }
  const isSame =
    config.Protocol === '#{protocol}' &&
    config.Port === '#{port}' &&
    config.Host === '#{host}' &&
    config.Path === '/#{path}'
  if (isSame) {
    throw invalid('The redirect configuration is not valid because it creates a loop.')
  }
  return config
}

const contentTypes = /^(?:text\/(?:plain|css|html)|application\/(?:javascript|json))$/

function fixedOf({ FixedResponseConfig: given }: Action) {
  if (!given) throw invalid('A fixed-response action must have a FixedResponseConfig')
  const { StatusCode = '', ContentType, MessageBody } = given
  if (!/^[245]\d\d$/.test(StatusCode)) throw invalid(`The status code '${StatusCode}' is not valid`)
  if (ContentType !== undefined && !contentTypes.test(ContentType)) {
    throw invalid(`The content type '${ContentType}' is not valid`)
  }
  if ((MessageBody?.length ?? 0) > 1024)
    throw invalid('A fixed response body has 1024 bytes at most')
  return {
    StatusCode,
    ...(ContentType !== undefined && { ContentType }),
    ...(MessageBody !== undefined && { MessageBody }),
  }
}

/** The target groups that actions send requests to. */
export function groupsIn(actions: readonly Action[]): string[] {
  return actions.flatMap(({ ForwardConfig }) =>
    (ForwardConfig?.TargetGroups ?? []).map(({ TargetGroupArn = '' }) => TargetGroupArn),
  )
}
