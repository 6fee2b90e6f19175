import type { Membership } from './organization-operation.ts'
import { policyTypes } from './policy-types.ts'
import { attachments } from './store.ts'

/** Attaches AWS's policies that allow everything to a new place, for the types that are enabled. */
export function attachFullAccess(
  { tables, organization }: Pick<Membership, 'tables' | 'organization'>,
  targetId: string,
): void {
  for (const type of organization.policyTypes) {
    const policyId = policyTypes[type]?.fullAccess
    if (!policyId) continue
    tables.table(attachments).put(`${targetId}/${policyId}`, { policyId, targetId, type })
  }
}
