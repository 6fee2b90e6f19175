import { compilePolicy, parseArn, type PolicySource } from '@bartizan/policy'
import type { Context } from '../../kernel/context.ts'
import { organizationIn } from '../../kernel/identity/organization.ts'
import { roles, type RoleRow } from '../../kernel/identity/tables.ts'
import type { SessionToken } from '../../kernel/identity/session-token.ts'
import { validationError } from './errors.ts'

/** A role that a call names by ARN, in whatever account; the row is undefined when there is none. */
export interface SoughtRole {
  readonly arn: string
  readonly account: string
  readonly row: RoleRow | undefined
}

/** Looks a role up in its own account; a closed account has none. Throws ValidationError when the ARN is none of a role. */
export async function seekRole(arn: string, ctx: Context): Promise<SoughtRole> {
  const account = parseArn(arn)?.account ?? ''
  if (!/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/.test(arn)) {
    throw validationError(`${arn} is invalid`)
  }
  const name = arn.slice(arn.lastIndexOf('/') + 1).toLowerCase()
  const tables = ctx.store.at({ account })
  const found = await tables.table(roles).get(name)
  const isThere = found?.arn === arn && !(await organizationIn(tables, account))?.isClosed
  return { arn, account, row: isThere ? found : undefined }
}

const trustPolicies = new WeakMap<RoleRow, PolicySource>()

/** A role that is not there trusts nobody, so that a call cannot tell it from one that refuses. */
const noTrust: PolicySource = {
  id: 'trust',
  policy: { kind: 'trust', version: '2012-10-17', statements: [], byAction: new Map() },
}

/** A role's trust policy, compiled once per version of the role. */
export function trustOf({ row }: SoughtRole): PolicySource {
  if (!row) return noTrust
  const known = trustPolicies.get(row)
  if (known) return known
  const source = { id: row.arn, policy: compilePolicy(row.trustPolicy, 'trust') }
  trustPolicies.set(row, source)
  return source
}

/** Condition keys of the role itself. */
export function roleConditions({ row }: SoughtRole): Record<string, string> {
  return Object.fromEntries(
    (row?.tags ?? []).flatMap(({ key, value }) => [
      [`aws:resourcetag/${key.toLowerCase()}`, value],
      [`iam:resourcetag/${key.toLowerCase()}`, value],
    ]),
  )
}

/** Who a session of a role is. */
export function rolePrincipal(
  role: RoleRow,
  account: string,
  sessionName: string,
): SessionToken['principal'] {
  return {
    kind: 'assumed-role',
    accountId: account,
    arn: `arn:aws:sts::${account}:assumed-role/${role.name}/${sessionName}`,
    principalId: `${role.id}:${sessionName}`,
    roleArn: role.arn,
  }
}

const defaultSeconds = 3600

/** How long a role session lasts. Throws ValidationError beyond the role's maximum. */
export function roleSeconds(asked: number | undefined, role: RoleRow): number {
  const seconds = asked ?? Math.min(defaultSeconds, role.maxSessionSeconds)
  if (seconds <= role.maxSessionSeconds) return seconds
  throw validationError(
    'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
  )
}
