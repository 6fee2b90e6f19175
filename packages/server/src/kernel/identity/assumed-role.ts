import { parseArn } from '@bartizan/policy'
import type { Principal } from '../context.ts'
import { rowOf, type Store } from '../store/store.ts'
import { roles } from './tables.ts'

/** A role session that the server itself holds. */
export interface AssumedRole {
  readonly roleArn: string
  readonly arn: string
  readonly principalId: string
  readonly sessionName: string
  readonly issuedAt: Date
  readonly until: Date
}

/** Who the session is, undefined when its role is gone: a role of the same name made later is another. */
export async function rolePrincipalOf(
  store: Store,
  assumed: AssumedRole,
): Promise<Principal | undefined> {
  const { roleArn, arn, principalId, sessionName, issuedAt, until } = assumed
  const accountId = parseArn(roleArn)?.account ?? ''
  const name = roleArn.slice(roleArn.lastIndexOf('/') + 1).toLowerCase()
  const role = (await rowOf(store, roles, accountId, name))?.value
  if (role?.id !== principalId.split(':')[0]) return undefined
  return {
    kind: 'assumed-role',
    accountId,
    arn,
    principalId,
    roleArn,
    session: {
      issuedAt: issuedAt.toISOString(),
      expiresAt: until.toISOString(),
      sessionName,
      mfa: false,
    },
  }
}
