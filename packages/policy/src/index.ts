export { parseArn } from './arn.ts'
export type { Arn, ParsedArn } from './arn.ts'
export { contextOf } from './context.ts'
export type { ConditionContext, ConditionValues } from './context.ts'
export { authorize } from './evaluate.ts'
export { conditionKeysUsed, explain } from './explain.ts'
export type { Explanation, LayerExplanation, StatementExplanation } from './explain.ts'
export { accessDeniedMessage } from './message.ts'
export { compilePolicy, principalsNamed } from './parse.ts'
export { replacePrincipals } from './principal-text.ts'
export type { NamedPrincipal, RequestPrincipal } from './principal.ts'
export { policyAllowsPublic } from './public-access.ts'
export type {
  AuthorizationRequest,
  DecidingStatement,
  Decision,
  Layer,
  MatchedGrant,
  PolicySource,
} from './request.ts'
export type { CompiledPolicy, PolicyKind } from './statement.ts'
export { PolicySyntaxError } from './syntax-error.ts'
