import {
  compilePolicy,
  PolicySyntaxError,
  principalsNamed,
  type PolicyKind,
} from '@bartizan/policy'
import type { Context } from '../../kernel/context.ts'
import { accounts, roles, users } from '../../kernel/identity/tables.ts'
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

/** Checks a role's trust policy: grammar, size, and that the principals it names are there. */
export async function checkTrustPolicy(document: string, ctx: Context): Promise<void> {
  const policy = compileDocument(document, 'trust')
  checkQuota('ACLSizePerRole', maxTrustSize, documentSize(document))
  for (const { type, value } of principalsNamed(policy)) {
    const isThere =
      type === 'AWS'
        ? await isPrincipal(value, ctx)
        : type !== 'Service' || /^[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|aws\.internal)$/.test(value)
    if (!isThere) {
      const shown = type === 'AWS' ? 'AWS' : type.toUpperCase()
      throw malformedPolicy(`Invalid principal in policy: "${shown}":"${value}"`)
    }
  }
}

/** Users and roles of accounts of this installation must exist; other accounts are believed. */
async function isPrincipal(value: string, ctx: Context): Promise<boolean> {
  const [, accountId = '', type, path = ''] = namedPrincipal.exec(value) ?? []
  if (type === undefined) return true
  const account = await ctx.store.table(accounts).get(accountId)
  if (!account) return true
  const key = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
  const tables = ctx.store.at({ account: accountId })
  const row = await (type === 'user' ? tables.table(users) : tables.table(roles)).get(key)
  return row?.arn === value
}

const namedPrincipal = /^arn:aws:iam::(\d{12}):(user|role)\/(.+)$/
