import { isIP, isIPv4 } from 'node:net'
import {
  CreateIPSet$,
  DeleteIPSet$,
  GetIPSet$,
  ListIPSets$,
  UpdateIPSet$,
} from '@aws-sdk/client-wafv2'
import type {
  CreateIPSetRequest,
  CreateIPSetResponse,
  DeleteIPSetRequest,
  GetIPSetRequest,
  GetIPSetResponse,
  ListIPSetsRequest,
  ListIPSetsResponse,
  UpdateIPSetRequest,
  UpdateIPSetResponse,
} from '@aws-sdk/client-wafv2'
import { operation } from '../../kernel/service.ts'
import { definitionText, ipSetOf, type IpSetDefinition } from './definitions.ts'
import {
  addEntity,
  creation,
  entityAccess,
  newEntity,
  removeEntity,
  replaceEntity,
  required,
  seekEntity,
  unlocked,
  type EntitySubject,
} from './entities.ts'
import { invalidParameter, limitExceeded, reasons } from './errors.ts'
import { entityPage, summaryOf } from './paging.ts'
import type { EntityRow } from './store.ts'
import { checkedTags } from './tagging.ts'

const addressQuota = 10_000

/** Refuses addresses that are not CIDR ranges of the version, `/0` among them. Throws WAFInvalidParameterException. */
function checkedAddresses(version: string | undefined, addresses: readonly string[]): string[] {
  if (addresses.length > addressQuota) throw limitExceeded()
  for (const address of addresses) {
    const [ip = '', bits = '', ...rest] = address.split('/')
    const isVersion4 = version === 'IPV4'
    const most = isVersion4 ? 32 : 128
    const isRange = /^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= most && rest.length === 0
    if (!isRange || isIP(ip) === 0 || isIPv4(ip) !== isVersion4) {
      throw invalidParameter('IP_ADDRESS', address, reasons.format)
    }
  }
  return [...new Set(addresses)]
}

/** CreateIPSet. */
export const CreateIPSet = operation<CreateIPSetRequest, CreateIPSetResponse, EntityRow>(
  CreateIPSet$,
  {
    resolve: (input, ctx) => newEntity('ipset', input, ctx),
    access: ({ Tags }, _ctx, row) => creation(row, Tags),
    async handle({ Description, IPAddressVersion, Addresses = [], Tags }, ctx, blank) {
      const definition: IpSetDefinition = {
        IPAddressVersion,
        Addresses: checkedAddresses(IPAddressVersion, Addresses),
      }
      const row = {
        ...blank,
        ...(Description !== undefined && { description: Description }),
        definition: definitionText(definition),
        tags: checkedTags({}, Tags),
      }
      await addEntity(ctx, row)
      return { Summary: summaryOf(row) }
    },
  },
)

/** GetIPSet. */
export const GetIPSet = operation<GetIPSetRequest, GetIPSetResponse, EntitySubject>(GetIPSet$, {
  resolve: (input, ctx) => seekEntity('ipset', input, ctx),
  access: (_input, _ctx, subject) => entityAccess(subject),
  handle(_input, _ctx, subject) {
    const row = required(subject)
    return { IPSet: ipSetOf(row), LockToken: row.lockToken }
  },
})

/** UpdateIPSet: replaces the addresses. */
export const UpdateIPSet = operation<UpdateIPSetRequest, UpdateIPSetResponse, EntitySubject>(
  UpdateIPSet$,
  {
    resolve: (input, ctx) => seekEntity('ipset', input, ctx),
    access: (_input, _ctx, subject) => entityAccess(subject),
    handle({ Description, Addresses = [], LockToken }, ctx, subject) {
      const before = unlocked(subject, LockToken)
      const { IPAddressVersion } = ipSetOf(before)
      const definition: IpSetDefinition = {
        IPAddressVersion,
        Addresses: checkedAddresses(IPAddressVersion, Addresses),
      }
      const { description: _replaced, ...kept } = before
      const row = {
        ...kept,
        ...(Description !== undefined && { description: Description }),
        definition: definitionText(definition),
      }
      return { NextLockToken: replaceEntity(ctx, before, row) }
    },
  },
)

/** DeleteIPSet. */
export const DeleteIPSet = operation<DeleteIPSetRequest, object, EntitySubject>(DeleteIPSet$, {
  resolve: (input, ctx) => seekEntity('ipset', input, ctx),
  access: (_input, _ctx, subject) => entityAccess(subject),
  async handle({ LockToken }, ctx, subject) {
    await removeEntity(ctx, unlocked(subject, LockToken))
    return {}
  },
})

/** ListIPSets. */
export const ListIPSets = operation<ListIPSetsRequest, ListIPSetsResponse>(ListIPSets$, {
  access: () => ({ resource: '*' }),
  async handle(input, ctx) {
    const { items, marker } = await entityPage(ctx, 'ipset', input)
    return { ...marker, IPSets: items.map(summaryOf) }
  },
})
