import type { Root, TargetType } from '@aws-sdk/client-organizations'
import type { Tables } from '../../kernel/context.ts'
import { members, units, type OrganizationRow, type TagRow } from './store.ts'

/** The ARN that a root, OU or account of the organization has, whether it exists or not. */
export function placeArn({ id, managementAccount }: OrganizationRow, placeId: string): string {
  const kind = placeId.startsWith('r-') ? 'root' : placeId.startsWith('ou-') ? 'ou' : 'account'
  return `arn:aws:organizations::${managementAccount}:${kind}/${id}/${placeId}`
}

/** The root as the API shows it. */
export function rootShape(organization: OrganizationRow): Root {
  const { rootId, policyTypes } = organization
  return {
    Id: rootId,
    Arn: placeArn(organization, rootId),
    Name: 'Root',
    PolicyTypes: policyTypes.map((Type) => ({ Type, Status: 'ENABLED' })),
  }
}

/** Something that policies attach to. */
export interface Place {
  readonly id: string
  readonly arn: string
  readonly name: string
  readonly type: TargetType
  readonly tags: readonly TagRow[]
  readonly parentId?: string
}

/** The root, OU or account of an id. */
export async function placeOf(
  { organization, tables }: { readonly organization: OrganizationRow; readonly tables: Tables },
  id: string,
): Promise<Place | undefined> {
  if (id === organization.rootId) {
    const arn = placeArn(organization, id)
    return { id, arn, name: 'Root', type: 'ROOT', tags: organization.rootTags }
  }
  const unit = await tables.table(units).get(id)
  if (unit) return { ...unit, type: 'ORGANIZATIONAL_UNIT' }
  const member = await tables.table(members).get(id)
  return member && { ...member, type: 'ACCOUNT' }
}
