import type { FieldToMatch, Rule, Statement, WebACL } from '@aws-sdk/client-wafv2'
import type { References } from '../compile.ts'
import { transformations } from '../transformations/index.ts'
import { count, rule, webAcl } from './builders.ts'

const ipSet = 'arn:aws:wafv2:us-east-1:111122223333:regional/ipset/s/1'
const matchAll = { MatchPattern: { All: {} }, MatchScope: 'ALL' } as const
const CONTINUE = { OversizeHandling: 'CONTINUE' } as const

const components: readonly FieldToMatch[] = [
  { UriPath: {} },
  { UriFragment: { FallbackBehavior: 'NO_MATCH' } },
  { QueryString: {} },
  { AllQueryArguments: {} },
  { SingleQueryArgument: { Name: 'q' } },
  { Method: {} },
  { SingleHeader: { Name: 'User-Agent' } },
  { Headers: { ...matchAll, ...CONTINUE } },
  { Cookies: { ...matchAll, ...CONTINUE } },
  { HeaderOrder: CONTINUE },
  { JA3Fingerprint: { FallbackBehavior: 'NO_MATCH' } },
  { Body: CONTINUE },
  { JsonBody: matchAll },
]

/** A web ACL that reads every component, through every transformation, with every kind of statement, and counts. */
export function allStatementsAcl(): { readonly acl: WebACL; readonly references: References } {
  const statements = [...components.flatMap(ofComponent), ...ofTransformations(), ...others()]
  const rules = statements.map((statement, Priority): Rule =>
    rule(`r${Priority}`, statement, { Priority, Action: count }),
  )
  return {
    acl: webAcl(rules),
    references: {
      ipSets: [
        {
          Name: 's',
          Id: '1',
          ARN: ipSet,
          IPAddressVersion: 'IPV4',
          Addresses: ['198.51.100.0/24', '2001:db8::/32'],
        },
      ],
    },
  }
}

function ofComponent(FieldToMatch: FieldToMatch): Statement[] {
  const TextTransformations = [{ Priority: 0, Type: 'URL_DECODE' as const }]
  const look = { FieldToMatch, TextTransformations }
  const SearchString = Buffer.from('passwd')
  return [
    { ByteMatchStatement: { ...look, SearchString, PositionalConstraint: 'CONTAINS_WORD' } },
    { SizeConstraintStatement: { ...look, ComparisonOperator: 'GT', Size: 4096 } },
    { RegexMatchStatement: { ...look, RegexString: '(?i)(a+)+[^a]union.*select' } },
    { SqliMatchStatement: { ...look, SensitivityLevel: 'HIGH' } },
    { XssMatchStatement: look },
  ]
}

function ofTransformations(): Statement[] {
  return [...transformations.keys()].map((Type) => ({
    ByteMatchStatement: {
      FieldToMatch: { Body: CONTINUE },
      TextTransformations: [{ Priority: 0, Type: Type as 'NONE' }],
      SearchString: Buffer.from('zzz'),
      PositionalConstraint: 'CONTAINS',
    },
  }))
}

function others(): Statement[] {
  const header = { HeaderName: 'X-Forwarded-For', FallbackBehavior: 'NO_MATCH' } as const
  const forwarded = { ...header, Position: 'ANY' } as const
  const none = { TextTransformations: [{ Priority: 0, Type: 'NONE' as const }] }
  return [
    { IPSetReferenceStatement: { ARN: ipSet } },
    { IPSetReferenceStatement: { ARN: ipSet, IPSetForwardedIPConfig: forwarded } },
    { GeoMatchStatement: { CountryCodes: ['DE'], ForwardedIPConfig: header } },
    { AsnMatchStatement: { AsnList: [0], ForwardedIPConfig: header } },
    { LabelMatchStatement: { Scope: 'NAMESPACE', Key: 'awswaf:forwardedip:geo:' } },
    {
      RateBasedStatement: {
        Limit: 10,
        AggregateKeyType: 'CUSTOM_KEYS',
        CustomKeys: [{ UriPath: none }, { QueryString: none }, { Cookie: { Name: 'a', ...none } }],
      },
    },
  ]
}
