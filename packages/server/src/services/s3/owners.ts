import { hash } from 'node:crypto'
import type { Owner } from '@aws-sdk/client-s3'

/** An account's canonical user id: 64 hexadecimal digits, as ACLs name it. */
export function canonicalId(accountId: string): string {
  return hash('sha256', `canonical user of ${accountId}`)
}

/** An account as listings and ACLs show it. */
export function ownerOf(accountId: string): Owner {
  return { ID: canonicalId(accountId) }
}
