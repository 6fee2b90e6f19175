import type {
  ByteMatchStatement,
  FieldToMatch,
  PreParseTextTransformation,
  Statement,
  TextTransformation,
} from '@aws-sdk/client-wafv2'
import { patternFault } from '../regex/pattern.ts'
import { reasons, refuse, requireOne } from './fault.ts'
import type { FaultList } from './fault.ts'

const transformationLimit = 10
const searchStringLimit = 200

interface FieldStatement {
  readonly FieldToMatch: FieldToMatch | undefined
  readonly TextTransformations: TextTransformation[] | undefined
  readonly PreParseTextTransformations?: PreParseTextTransformation[] | undefined
}

/** Checks the component, the transformations and the criteria of a statement that has them. */
export function checkField(list: FaultList, statement: Statement): void {
  const { ByteMatchStatement, RegexMatchStatement, RegexPatternSetReferenceStatement } = statement
  const { SizeConstraintStatement, SqliMatchStatement, XssMatchStatement } = statement
  if (ByteMatchStatement) checkByteMatch(list, ByteMatchStatement)
  const pattern = RegexMatchStatement?.RegexString
  const fault = pattern === undefined ? undefined : patternFault(pattern)
  if (fault !== undefined) {
    refuse(list, 'STATEMENT', pattern ?? '', `The regular expression isn't valid: ${fault}`)
  }
  const looks: FieldStatement | undefined =
    ByteMatchStatement ??
    RegexMatchStatement ??
    RegexPatternSetReferenceStatement ??
    SizeConstraintStatement ??
    SqliMatchStatement ??
    XssMatchStatement
  if (looks) checkLook(list, looks, ByteMatchStatement)
}

function checkByteMatch(list: FaultList, statement: ByteMatchStatement): void {
  const { SearchString = new Uint8Array(), PositionalConstraint } = statement
  const text = Buffer.from(SearchString).toString('latin1')
  const wrong = (reason: string): void =>
    refuse(list, 'BYTE_MATCH_STATEMENT', 'SearchString', reason)
  if (text.length > searchStringLimit) {
    wrong(`The search string is longer than ${searchStringLimit} bytes.`)
  }
  if (PositionalConstraint === 'CONTAINS_WORD' && !/^\w+$/.test(text)) wrong(reasons.format)
}

function checkLook(
  list: FaultList,
  {
    FieldToMatch: component = {},
    TextTransformations = [],
    PreParseTextTransformations = [],
  }: FieldStatement,
  byteMatch: ByteMatchStatement | undefined,
): void {
  requireOne(list, component, 'FIELD_TO_MATCH', 'FieldToMatch')
  checkChain(list, TextTransformations, 'TEXT_TRANSFORMATION', 'TextTransformations')
  checkChain(
    list,
    PreParseTextTransformations,
    'PRE_PARSE_TEXT_TRANSFORMATION',
    'PreParseTextTransformations',
  )
  const { SingleQueryArgument, AllQueryArguments, JA3Fingerprint, JA4Fingerprint } = component
  if (PreParseTextTransformations.length > 0 && !(SingleQueryArgument ?? AllQueryArguments)) {
    const reason = 'Only query arguments can be transformed before they are parsed.'
    refuse(list, 'PRE_PARSE_TEXT_TRANSFORMATION', 'PreParseTextTransformations', reason)
  }
  const isFingerprint = (JA3Fingerprint ?? JA4Fingerprint) !== undefined
  if (isFingerprint && byteMatch?.PositionalConstraint !== 'EXACTLY') {
    const reason = 'A fingerprint can only be matched exactly against a string.'
    refuse(list, 'FIELD_TO_MATCH', 'FieldToMatch', reason)
  }
  checkPatterns(list, component)
}

function checkPatterns(list: FaultList, { Headers, Cookies, JsonBody }: FieldToMatch): void {
  if (Headers) requireOne(list, Headers.MatchPattern, 'HEADER_MATCH_PATTERN', 'MatchPattern')
  if (Cookies) requireOne(list, Cookies.MatchPattern, 'COOKIE_MATCH_PATTERN', 'MatchPattern')
  if (JsonBody) requireOne(list, JsonBody.MatchPattern, 'JSON_MATCH_PATTERN', 'MatchPattern')
}

function checkChain(
  list: FaultList,
  chain: readonly { Priority?: number | undefined }[],
  field: 'TEXT_TRANSFORMATION' | 'PRE_PARSE_TEXT_TRANSFORMATION',
  parameter: string,
): void {
  if (chain.length > transformationLimit) {
    refuse(list, field, parameter, `There are more than ${transformationLimit} transformations.`)
  }
  if (new Set(chain.map(({ Priority }) => Priority)).size < chain.length) {
    refuse(list, field, parameter, 'Two transformations have the same priority.')
  }
}
