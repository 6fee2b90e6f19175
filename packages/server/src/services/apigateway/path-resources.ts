import {
  CreateResource$,
  DeleteResource$,
  GetResource$,
  GetResources$,
  UpdateResource$,
} from '@aws-sdk/client-api-gateway'
import type {
  CreateResourceRequest,
  DeleteResourceRequest,
  GetResourceRequest,
  GetResourcesRequest,
  Resource,
  Resources,
  UpdateResourceRequest,
} from '@aws-sdk/client-api-gateway'
import { operation } from '../../kernel/service.ts'
import {
  apiAccess,
  putApi,
  putPath,
  requireApi,
  requirePath,
  seekApi,
  type ApiSubject,
} from './api-reference.ts'
import { badRequest, conflict, limitExceeded } from './errors.ts'
import { newId, pageLimit, pages } from './paging.ts'
import { patched, text, type Patchable } from './patch.ts'
import type { PathResource, RestApiRow } from './store.ts'

const maxPaths = 300
const partForm = /^(?:[\w.\-:$~!*'(),;=@]+|\{[\w.\-:]+\+?\})$/

/** A path as calls show it; methods in full only where they are asked for. */
function pathOut({ methods, ...shown }: PathResource, embedded: boolean): Resource {
  const names = Object.keys(methods)
  const resourceMethods = embedded
    ? methods
    : Object.fromEntries(names.map((name) => [name, {}] as const))
  return { ...shown, ...(names.length > 0 && { resourceMethods }) }
}

function checkedPart(part: string): string {
  if (!partForm.test(part)) {
    throw badRequest(
      "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.",
    )
  }
  return part
}

function joined(parent: PathResource, part: string): string {
  return parent.path === '/' ? `/${part}` : `${parent.path}/${part}`
}

function checkedSibling(api: RestApiRow, parent: PathResource, part: string, self?: string): void {
  const siblings = Object.values(api.paths).filter(
    ({ id, parentId }) => parentId === parent.id && id !== self,
  )
  if (siblings.some(({ pathPart }) => pathPart === part)) {
    throw conflict(`Another resource with the same parent already has this name: ${part}`)
  }
  const variable = siblings.find(({ pathPart = '' }) => pathPart.startsWith('{'))
  if (part.startsWith('{') && variable) {
    throw badRequest(
      `A sibling (${variable.path}) of this resource already has a variable path part -- only one is allowed`,
    )
  }
  if (parent.pathPart?.endsWith('+}')) {
    throw badRequest(
      `Cannot create a child of a resource with a greedy path variable: ${parent.path}`,
    )
  }
}

/** CreateResource: a path below another. */
export const CreateResource = operation<CreateResourceRequest, Resource, ApiSubject>(
  CreateResource$,
  {
    resolve: seekApi,
    access: (input, ctx, subject) =>
      apiAccess(ctx, 'POST', subject, { path: `/resources/${input.parentId ?? ''}` }),
    handle(input, ctx, subject) {
      const api = requireApi(ctx, subject)
      const parent = requirePath(api, { resourceId: input.parentId })
      const pathPart = checkedPart(input.pathPart ?? '')
      checkedSibling(api, parent, pathPart)
      if (Object.keys(api.paths).length >= maxPaths) {
        throw limitExceeded('Maximum number of resources for this API has been reached')
      }
      const path: PathResource = {
        id: newId(ctx),
        parentId: parent.id,
        pathPart,
        path: joined(parent, pathPart),
        methods: {},
      }
      putPath(ctx, api, path.id, path)
      return pathOut(path, false)
    },
  },
)

/** GetResource. */
export const GetResource = operation<GetResourceRequest, Resource, ApiSubject>(GetResource$, {
  resolve: seekApi,
  access: (input, ctx, subject) =>
    apiAccess(ctx, 'GET', subject, { path: `/resources/${input.resourceId ?? ''}` }),
  handle: (input, ctx, subject) =>
    pathOut(
      requirePath(requireApi(ctx, subject), input),
      input.embed?.includes('methods') ?? false,
    ),
})

/** GetResources. */
export const GetResources = operation<GetResourcesRequest, Resources, ApiSubject>(GetResources$, {
  resolve: seekApi,
  access: (_input, ctx, subject) => apiAccess(ctx, 'GET', subject, { path: '/resources' }),
  handle({ limit, position, embed }, ctx, subject) {
    const api = requireApi(ctx, subject)
    const paths = Object.values(api.paths).sort((a, b) => (a.path < b.path ? -1 : 1))
    const list = { name: `resources of ${api.id}`, limit: pageLimit(limit), items: paths }
    const { items, next } = pages.slice(ctx, list, position)
    const embedded = embed?.includes('methods') ?? false
    return {
      items: items.map((path) => pathOut(path, embedded)),
      ...(next !== undefined && { position: next }),
    }
  },
})

const pathPatches: readonly Patchable<PathResource>[] = [
  text('/pathPart', 'pathPart'),
  text('/parentId', 'parentId'),
]

/** An API whose paths below a moved one are named anew. */
function renamed(api: RestApiRow, moved: PathResource): RestApiRow {
  const paths: Record<string, PathResource> = { ...api.paths, [moved.id]: moved }
  const below = (parent: PathResource): void => {
    for (const child of Object.values(paths)) {
      if (child.parentId !== parent.id) continue
      const next = { ...child, path: joined(parent, child.pathPart ?? '') }
      paths[child.id] = next
      below(next)
    }
  }
  below(moved)
  return { ...api, paths }
}

/** UpdateResource: another name, or another place. */
export const UpdateResource = operation<UpdateResourceRequest, Resource, ApiSubject>(
  UpdateResource$,
  {
    resolve: seekApi,
    access: (input, ctx, subject) =>
      apiAccess(ctx, 'PATCH', subject, { path: `/resources/${input.resourceId ?? ''}` }),
    handle(input, ctx, subject) {
      const api = requireApi(ctx, subject)
      const before = requirePath(api, input)
      if (before.id === api.rootId) throw badRequest('Root resource cannot be updated')
      const wanted = patched(before, input.patchOperations, pathPatches)
      const part = checkedPart(wanted.pathPart ?? '')
      const parent = requirePath(api, { resourceId: wanted.parentId })
      if (isBelow(api, parent, before.id)) {
        throw badRequest('Resource cannot be moved below itself')
      }
      checkedSibling(api, parent, part, before.id)
      const moved = { ...wanted, path: joined(parent, part) }
      putApi(ctx, renamed(api, moved))
      return pathOut(moved, false)
    },
  },
)

function isBelow(api: RestApiRow, path: PathResource, ancestor: string): boolean {
  for (let at: PathResource | undefined = path; at; at = api.paths[at.parentId ?? '']) {
    if (at.id === ancestor) return true
  }
  return false
}

/** DeleteResource: everything below goes with it. */
export const DeleteResource = operation<DeleteResourceRequest, object, ApiSubject>(
  DeleteResource$,
  {
    resolve: seekApi,
    access: (input, ctx, subject) =>
      apiAccess(ctx, 'DELETE', subject, { path: `/resources/${input.resourceId ?? ''}` }),
    handle(input, ctx, subject) {
      const api = requireApi(ctx, subject)
      const { id } = requirePath(api, input)
      if (id === api.rootId) throw badRequest('Root resource cannot be deleted')
      const kept = Object.values(api.paths).filter((path) => !isBelow(api, path, id))
      putApi(ctx, { ...api, paths: Object.fromEntries(kept.map((path) => [path.id, path])) })
      return {}
    },
  },
)
