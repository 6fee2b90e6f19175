/** What is to be done with a request, and why; members are named as in AWS WAF's log, from which they are written. */
export interface Verdict {
  readonly action: 'ALLOW' | 'BLOCK' | 'CAPTCHA' | 'CHALLENGE'
  /** The rule's name; `Default_Action` when none ended the decision. */
  readonly terminatingRuleId: string
  readonly terminatingRuleType: 'REGULAR' | 'RATE_BASED' | 'GROUP' | 'MANAGED_RULE_GROUP'
  readonly terminatingRuleMatchDetails: readonly MatchDetail[]
  /** The answer to send instead of forwarding, where the rule has a custom one. */
  readonly customResponse?: CustomAnswer
  /** Headers to add before forwarding (`x-amzn-waf-…`). */
  readonly insertedHeaders: readonly (readonly [name: string, value: string])[]
  /** How a captcha or challenge rule judged the request's token, when one did; the last one's judgement. */
  readonly captchaResponse?: TokenResponse
  readonly challengeResponse?: TokenResponse
  readonly labels: readonly string[]
  readonly nonTerminatingMatchingRules: readonly NonTerminatingMatch[]
  readonly ruleGroupList: readonly RuleGroupMatch[]
  readonly rateBasedRuleList: readonly RateBasedMatch[]
  /** Components that were larger than what is inspected. */
  readonly oversizeFields: readonly (
    'REQUEST_BODY' | 'REQUEST_JSON_BODY' | 'REQUEST_HEADERS' | 'REQUEST_COOKIES'
  )[]
  /** Filled only when the decision was asked to explain itself. */
  readonly trace?: readonly TraceStep[]
}

/** Why an injection statement matched. */
export interface MatchDetail {
  readonly conditionType: 'SQL_INJECTION' | 'XSS' | 'REGEX' | 'GEO' | 'SIZE_CONSTRAINT' | 'MANAGED'
  readonly sensitivityLevel?: 'LOW' | 'HIGH'
  /** In words for people; AWS's log has no such member. */
  readonly reason?: string
  readonly location: string
  /** The name of the header, cookie, argument or body field, where it has one. */
  readonly matchedFieldName?: string
  readonly matchedData: readonly string[]
}

/** A custom response: its status, headers and body. */
export interface CustomAnswer {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body?: { readonly contentType: string; readonly content: string }
}

/** What a captcha or challenge found in place of its solution, or when it was solved. */
export interface TokenResponse {
  /** Of the answer: 405 for a captcha, 202 for a challenge, 0 when the request may pass. */
  readonly responseCode: number
  /** Seconds since 1970. */
  readonly solveTimestamp?: number
  readonly failureReason?:
    'TOKEN_MISSING' | 'TOKEN_EXPIRED' | 'TOKEN_INVALID' | 'TOKEN_DOMAIN_MISMATCH'
}

/** A rule that matched and let the request go on. */
export interface NonTerminatingMatch {
  readonly ruleId: string
  readonly action: 'COUNT' | 'CAPTCHA' | 'CHALLENGE'
  /** The rule's own action, where the web ACL has put another in its place. */
  readonly overriddenAction?: string
  readonly ruleMatchDetails: readonly MatchDetail[]
}

/** What the rules of one group said. */
export interface RuleGroupMatch {
  readonly ruleGroupId: string
  readonly terminatingRule?: {
    readonly ruleId: string
    readonly action: string
    readonly overriddenAction?: string
    readonly ruleMatchDetails: readonly MatchDetail[]
  }
  readonly nonTerminatingMatchingRules: readonly NonTerminatingMatch[]
  readonly excludedRules: readonly {
    readonly exclusionType: 'EXCLUDED_AS_COUNT'
    readonly ruleId: string
  }[]
}

/** A rate-based rule that counted the request. */
export interface RateBasedMatch {
  readonly rateBasedRuleId: string
  readonly rateBasedRuleName: string
  readonly limitKey: string
  readonly maxRateAllowed: number
  readonly evaluationWindowSec: number
  readonly limitValue?: string
  readonly customValues?: readonly RateKeyValue[]
}

/** One part of the key under which a rate-based rule counted. */
export interface RateKeyValue {
  /** `IP`, `HEADER`, `QUERYARGUMENT`, … */
  readonly key: string
  readonly name?: string
  readonly value: string
}

/** One statement's look at one value. */
export interface TraceStep {
  /** `group / rule`, or the rule's name. */
  readonly rule: string
  readonly statement: string
  /** What was looked at, as text after the transformations named. */
  readonly field?: string
  readonly transformations?: readonly string[]
  readonly value?: string
  readonly matched: boolean
  readonly why?: string
}
