import type {
  FieldToMatch,
  RateBasedStatement,
  RateBasedStatementCustomKey,
  TextTransformation,
} from '@aws-sdk/client-wafv2'
import type { Inspection } from '../inspection.ts'
import type { RateKeyValue } from '../verdict.ts'
import { addressReader } from './forwarded-ip.ts'
import { namespaceMatcher } from './label-match.ts'
import type { RuleContext } from './statement.ts'

/** Reads one part of a key: undefined when the request has none, a truth value when a fallback decides instead. */
export type RateKey = (inspection: Inspection) => RateKeyValue | boolean | undefined

/** Compiles one of a rate-based statement's custom keys. */
export function rateKeyOf(
  context: RuleContext,
  key: RateBasedStatementCustomKey,
  statement: RateBasedStatement,
): RateKey {
  const { Header, Cookie, QueryArgument, QueryString, UriPath } = key
  const text = (kind: string, component: FieldToMatch, named: Named): RateKey =>
    textKey(context, { kind, component, ...named })
  if (Header) return text('HEADER', { SingleHeader: { Name: Header.Name } }, Header)
  if (QueryArgument) {
    const component = { SingleQueryArgument: { Name: QueryArgument.Name } }
    return text('QUERYARGUMENT', component, QueryArgument)
  }
  if (Cookie) {
    const MatchPattern = { IncludedCookies: [Cookie.Name ?? ''] }
    const component = {
      Cookies: { MatchPattern, MatchScope: 'VALUE', OversizeHandling: 'CONTINUE' },
    } as const
    return text('COOKIE', component, Cookie)
  }
  if (QueryString) return text('QUERYSTRING', { QueryString: {} }, QueryString)
  if (UriPath) return text('URIPATH', { UriPath: {} }, UriPath)
  return (
    requestKey(key) ?? addressKey(key, statement) ?? labelKey(context, key) ?? (() => undefined)
  )
}

interface Named {
  readonly Name?: string | undefined
  readonly TextTransformations: TextTransformation[] | undefined
}

function textKey(
  { compilation }: RuleContext,
  key: Named & { readonly kind: string; readonly component: FieldToMatch },
): RateKey {
  const view = compilation.view(compilation.field(key.component), key.TextTransformations)
  const named = { key: key.kind, ...(key.Name === undefined ? {} : { name: key.Name }) }
  return (inspection) => {
    const value = view.texts(inspection).join(',')
    return view.field.read(inspection).texts.every((text) => text === '')
      ? undefined
      : { ...named, value }
  }
}

function requestKey(key: RateBasedStatementCustomKey): RateKey | undefined {
  const { HTTPMethod, JA3Fingerprint, JA4Fingerprint } = key
  if (HTTPMethod) return ({ request }) => ({ key: 'HTTPMETHOD', value: request.method })
  const fingerprint = JA3Fingerprint ?? JA4Fingerprint
  if (fingerprint === undefined) return undefined
  const isMatch = fingerprint.FallbackBehavior === 'MATCH'
  return ({ request }) => {
    const value = JA3Fingerprint ? request.ja3 : request.ja4
    return value === undefined ? isMatch : { key: JA3Fingerprint ? 'JA3' : 'JA4', value }
  }
}

function addressKey(
  { IP, ForwardedIP, ASN }: RateBasedStatementCustomKey,
  { ForwardedIPConfig: config }: RateBasedStatement,
): RateKey | undefined {
  if (IP) return ({ request }) => ({ key: 'IP', value: request.clientIp })
  if (ForwardedIP === undefined && ASN === undefined) return undefined
  const read = addressReader(config)
  const isMatch = config?.FallbackBehavior === 'MATCH'
  return (inspection) => {
    const address = read(inspection)
    if (inspection.inapplicable) return undefined
    if (address === undefined) return isMatch
    if (ForwardedIP) return { key: 'FORWARDEDIP', value: address }
    return { key: 'ASN', value: String(inspection.surroundings.asn?.(address) ?? 0) }
  }
}

function labelKey(
  { labelPrefix }: RuleContext,
  { LabelNamespace }: RateBasedStatementCustomKey,
): RateKey | undefined {
  if (LabelNamespace === undefined) return undefined
  const matches = namespaceMatcher(LabelNamespace.Namespace ?? '', labelPrefix)
  return ({ labels }) => {
    const found = [...labels].filter(matches)
    return found.length === 0 ? undefined : { key: 'LABELNAMESPACE', value: found.join(',') }
  }
}
