import { rowOf, scopeOf } from '../../../kernel/store/store.ts'
import type { WebAclFinder } from '../../../kernel/web-acl.ts'
import { entityKey } from '../arns.ts'
import { entities } from '../store.ts'

const scopes = ['REGIONAL', 'CLOUDFRONT'] as const

/** Finds a web ACL by name, a regional one before one of CloudFront's, else by id. */
export const webAclNamed: WebAclFinder = async ({ store }, { account, region }, nameOrId) => {
  const place = scopeOf(entities.scope, account, region)
  for (const scope of scopes) {
    const key = entityKey({ kind: 'webacl', scope, name: nameOrId })
    const row = await rowOf(store, entities, place, key)
    if (row) return row.value.arn
  }
  const all = await store.list(entities, place, { prefix: 'webacl/' })
  return all.find(({ value }) => value.id === nameOrId)?.value.arn
}
