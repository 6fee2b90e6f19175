import {
  ChildNotFoundException$,
  CreateOrganizationalUnit$,
  DeleteOrganizationalUnit$,
  DescribeOrganizationalUnit$,
  DuplicateOrganizationalUnitException$,
  ListChildren$,
  ListOrganizationalUnitsForParent$,
  ListParents$,
  ListRoots$,
  OrganizationalUnitNotEmptyException$,
  UpdateOrganizationalUnit$,
  type CreateOrganizationalUnitRequest,
  type CreateOrganizationalUnitResponse,
  type DeleteOrganizationalUnitRequest,
  type DescribeOrganizationalUnitRequest,
  type DescribeOrganizationalUnitResponse,
  type ListChildrenRequest,
  type ListChildrenResponse,
  type ListOrganizationalUnitsForParentRequest,
  type ListOrganizationalUnitsForParentResponse,
  type ListParentsRequest,
  type ListParentsResponse,
  type ListRootsRequest,
  type ListRootsResponse,
  type OrganizationalUnit,
  type UpdateOrganizationalUnitRequest,
  type UpdateOrganizationalUnitResponse,
} from '@aws-sdk/client-organizations'
import { awsError } from '../../kernel/errors.ts'
import { constraint, parentNotFound, unitNotFound } from './errors.ts'
import { organizationOperation, type Membership } from './organization-operation.ts'
import { pageOf } from './paging.ts'
import { placeArn, rootShape } from './places.ts'
import { attachments, members, units, type UnitRow } from './store.ts'
import { attachFullAccess } from './full-access.ts'
import { newTags } from './tagging.ts'

/** OUs under one another, the root not counted. */
const maxDepth = 5

/** ListRoots: the one root of the organization. */
export const ListRoots = organizationOperation<ListRootsRequest, ListRootsResponse>(ListRoots$, {
  callers: 'readers',
  handle: (_input, at) => ({ Roots: [rootShape(at.organization)] }),
})

/** CreateOrganizationalUnit, up to five levels below the root. */
export const CreateOrganizationalUnit = organizationOperation<
  CreateOrganizationalUnitRequest,
  CreateOrganizationalUnitResponse
>(CreateOrganizationalUnit$, {
  callers: 'management',
  publishes: true,
  resources: (input, at) => [placeArn(at.organization, input.ParentId ?? '')],
  tags: (input) => input.Tags,
  async handle(input, at) {
    const { ctx, organization, tables } = at
    const parentId = input.ParentId ?? ''
    await requirePlace(at, parentId)
    if ((await depthOf(at, parentId)) >= maxDepth) {
      throw constraint(
        'OU_DEPTH_LIMIT_EXCEEDED',
        `You cannot create an organizational unit more than ${maxDepth} levels deep.`,
      )
    }
    await requireFreeName(at, parentId, input.Name ?? '')
    const id = `ou-${organization.rootId.slice('r-'.length)}-${ctx.ids.hex(8)}`
    const unit: UnitRow = {
      id,
      arn: placeArn(organization, id),
      name: input.Name ?? '',
      parentId,
      tags: newTags([], input.Tags),
    }
    tables.table(units).put(id, unit)
    attachFullAccess(at, id)
    return { OrganizationalUnit: shapeOf(unit) }
  },
})

/** UpdateOrganizationalUnit renames. */
export const UpdateOrganizationalUnit = organizationOperation<
  UpdateOrganizationalUnitRequest,
  UpdateOrganizationalUnitResponse
>(UpdateOrganizationalUnit$, {
  callers: 'management',
  publishes: true,
  resources: (input, at) => [placeArn(at.organization, input.OrganizationalUnitId ?? '')],
  async handle(input, at) {
    const unit = await unitNamed(at, input.OrganizationalUnitId)
    if (input.Name !== undefined && input.Name !== unit.name) {
      await requireFreeName(at, unit.parentId, input.Name)
    }
    const next = { ...unit, name: input.Name ?? unit.name }
    at.tables.table(units).put(unit.id, next)
    return { OrganizationalUnit: shapeOf(next) }
  },
})

/** DeleteOrganizationalUnit: when it is empty. */
export const DeleteOrganizationalUnit = organizationOperation<
  DeleteOrganizationalUnitRequest,
  object
>(DeleteOrganizationalUnit$, {
  callers: 'management',
  publishes: true,
  resources: (input, at) => [placeArn(at.organization, input.OrganizationalUnitId ?? '')],
  async handle(input, at) {
    const unit = await unitNamed(at, input.OrganizationalUnitId)
    const within = { index: 'parent', equals: unit.id, limit: 1 }
    const inside = [
      ...(await at.tables.table(units).list(within)),
      ...(await at.tables.table(members).list(within)),
    ]
    if (inside.length > 0) {
      throw awsError(
        OrganizationalUnitNotEmptyException$,
        'The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, and try the operation again.',
      )
    }
    const view = at.tables.table(attachments)
    for (const { key } of await view.list({ prefix: `${unit.id}/` })) view.delete(key)
    at.tables.table(units).delete(unit.id)
    return {}
  },
})

/** DescribeOrganizationalUnit. */
export const DescribeOrganizationalUnit = organizationOperation<
  DescribeOrganizationalUnitRequest,
  DescribeOrganizationalUnitResponse
>(DescribeOrganizationalUnit$, {
  callers: 'readers',
  resources: (input, at) => [placeArn(at.organization, input.OrganizationalUnitId ?? '')],
  handle: async (input, at) => ({
    OrganizationalUnit: shapeOf(await unitNamed(at, input.OrganizationalUnitId)),
  }),
})

/** ListOrganizationalUnitsForParent: the OUs right under a root or OU. */
export const ListOrganizationalUnitsForParent = organizationOperation<
  ListOrganizationalUnitsForParentRequest,
  ListOrganizationalUnitsForParentResponse
>(ListOrganizationalUnitsForParent$, {
  callers: 'readers',
  resources: (input, at) => [placeArn(at.organization, input.ParentId ?? '')],
  async handle(input, at) {
    const parentId = input.ParentId ?? ''
    await requirePlace(at, parentId)
    const rows = await at.tables.table(units).list({ index: 'parent', equals: parentId })
    const list = { name: `units/${parentId}`, items: rows.map(({ value }) => shapeOf(value)) }
    const { items, ...page } = pageOf(at.ctx, list, input)
    return { OrganizationalUnits: items, ...page }
  },
})

/** ListParents: the root or OU that holds an account or OU. */
export const ListParents = organizationOperation<ListParentsRequest, ListParentsResponse>(
  ListParents$,
  {
    callers: 'readers',
    resources: (input, at) => [placeArn(at.organization, input.ChildId ?? '')],
    async handle(input, at) {
      const id = input.ChildId ?? ''
      const child =
        (await at.tables.table(units).get(id)) ?? (await at.tables.table(members).get(id))
      if (!child) {
        throw awsError(
          ChildNotFoundException$,
          "We can't find an organizational unit (OU) or AWS account with the ChildId that you specified.",
        )
      }
      return { Parents: [{ Id: child.parentId, Type: kindOf(child.parentId) }] }
    },
  },
)

/** ListChildren: the accounts, or the OUs, right under a root or OU. */
export const ListChildren = organizationOperation<ListChildrenRequest, ListChildrenResponse>(
  ListChildren$,
  {
    callers: 'readers',
    resources: (input, at) => [placeArn(at.organization, input.ParentId ?? '')],
    async handle(input, at) {
      const parentId = input.ParentId ?? ''
      await requirePlace(at, parentId)
      const Type = input.ChildType ?? 'ACCOUNT'
      const within = { index: 'parent', equals: parentId }
      const rows =
        Type === 'ACCOUNT'
          ? await at.tables.table(members).list(within)
          : await at.tables.table(units).list(within)
      const list = {
        name: `children/${parentId}/${Type}`,
        items: rows.map(({ key }) => ({ Id: key, Type })),
      }
      const { items, ...page } = pageOf(at.ctx, list, input)
      return { Children: items, ...page }
    },
  },
)

/** Throws ParentNotFoundException unless the id is the root's or an OU's. */
export async function requirePlace(at: Membership, id: string): Promise<void> {
  if (id === at.organization.rootId) return
  if (!(await at.tables.table(units).get(id))) throw parentNotFound()
}

async function unitNamed(at: Membership, id = ''): Promise<UnitRow> {
  const unit = await at.tables.table(units).get(id)
  if (!unit) throw unitNotFound()
  return unit
}

async function depthOf(at: Membership, id: string): Promise<number> {
  let depth = 0
  for (let current = id; ; depth++) {
    const unit = await at.tables.table(units).get(current)
    if (!unit) return depth
    current = unit.parentId
  }
}

async function requireFreeName(at: Membership, parentId: string, name: string): Promise<void> {
  const siblings = await at.tables.table(units).list({ index: 'parent', equals: parentId })
  if (siblings.some(({ value }) => value.name === name)) {
    throw awsError(
      DuplicateOrganizationalUnitException$,
      'An OU with the same name already exists.',
    )
  }
}

function kindOf(id: string): 'ROOT' | 'ORGANIZATIONAL_UNIT' {
  return id.startsWith('r-') ? 'ROOT' : 'ORGANIZATIONAL_UNIT'
}

function shapeOf({ id, arn, name }: UnitRow): OrganizationalUnit {
  return { Id: id, Arn: arn, Name: name }
}
