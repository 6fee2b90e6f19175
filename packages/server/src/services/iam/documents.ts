import { compilePolicy, PolicySyntaxError, type PolicyKind } from '@bartizan/policy'
import type { Context } from '../../kernel/context.ts'
import { storedPolicy } from '../../kernel/identity/principal-ids.ts'
import { isJson } from '../../kernel/json-text.ts'
import { checkQuota, malformedPolicy } from './errors.ts'

/** The length of a document as IAM counts it: without whitespace. */
export function documentSize(document: string): number {
  return document.replace(/\s/g, '').length
}

/** Compiles a document, with MalformedPolicyDocument and the engine's wording when it is wrong. */
export function compileDocument(document: string, kind: PolicyKind) {
  try {
    return compilePolicy(document, kind)
  } catch (error) {
    if (error instanceof PolicySyntaxError) throw malformedPolicy(error.message)
    throw error
  }
}

const maxTrustSize = 2048

/** A role's trust policy as it is stored: its grammar, size and principals checked. */
export async function checkedTrustPolicy(document: string, ctx: Context): Promise<string> {
  if (!isJson(document)) throw malformedPolicy('This policy contains invalid Json')
  compileDocument(document, 'trust')
  checkQuota('ACLSizePerRole', maxTrustSize, documentSize(document))
  return storedPolicy(ctx, document, ({ type, value }) =>
    malformedPolicy(
      `Invalid principal in policy: "${type === 'AWS' ? type : type.toUpperCase()}":"${value}"`,
    ),
  )
}
