import {
  DescribeAllManagedProducts$,
  DescribeManagedProductsByVendor$,
  DescribeManagedRuleGroup$,
  ListAvailableManagedRuleGroups$,
  ListAvailableManagedRuleGroupVersions$,
} from '@aws-sdk/client-wafv2'
import type {
  DescribeAllManagedProductsRequest,
  DescribeAllManagedProductsResponse,
  DescribeManagedProductsByVendorRequest,
  DescribeManagedProductsByVendorResponse,
  DescribeManagedRuleGroupRequest,
  DescribeManagedRuleGroupResponse,
  ListAvailableManagedRuleGroupsRequest,
  ListAvailableManagedRuleGroupsResponse,
  ListAvailableManagedRuleGroupVersionsRequest,
  ListAvailableManagedRuleGroupVersionsResponse,
  ManagedProductDescriptor,
  RuleAction,
} from '@aws-sdk/client-wafv2'
import { managedRuleGroups, type ManagedRule, type ManagedRuleGroup } from '@bartizan/waf'
import { operation } from '../../kernel/service.ts'
import { checkedScope } from './entities.ts'
import { nonexistent } from './errors.ts'
import { listPage } from './paging.ts'

/** Groups by name: the first of a name is the default version. */
function byName(): readonly (readonly [ManagedRuleGroup, ...ManagedRuleGroup[]])[] {
  const groups = new Map<string, [ManagedRuleGroup, ...ManagedRuleGroup[]]>()
  for (const group of managedRuleGroups) {
    const known = groups.get(group.name)
    if (known) known.push(group)
    else groups.set(group.name, [group])
  }
  return [...groups.values()]
}

/** The versions of a group. Throws WAFNonexistentItemException. */
function versionsOf(vendor: string | undefined, name: string | undefined) {
  const found = byName().find(
    ([{ vendorName, name: own }]) => vendorName === vendor && own === name,
  )
  if (!found) throw nonexistent()
  return found
}

/** When what a server brings with it was published: with the server, whose own date nobody needs. */
const published = new Date(Date.UTC(2026, 10, 1))

/** ListAvailableManagedRuleGroups. */
export const ListAvailableManagedRuleGroups = operation<
  ListAvailableManagedRuleGroupsRequest,
  ListAvailableManagedRuleGroupsResponse
>(ListAvailableManagedRuleGroups$, {
  access: () => ({ resource: '*' }),
  handle(input, ctx) {
    checkedScope(ctx, input.Scope)
    const { items, marker } = listPage(ctx, 'managed-groups', byName(), input)
    const ManagedRuleGroups = items.map(([group]) => ({
      VendorName: group.vendorName,
      Name: group.name,
      VersioningSupported: group.version !== undefined,
      Description: group.description,
    }))
    return { ...marker, ManagedRuleGroups }
  },
})

/** ListAvailableManagedRuleGroupVersions. */
export const ListAvailableManagedRuleGroupVersions = operation<
  ListAvailableManagedRuleGroupVersionsRequest,
  ListAvailableManagedRuleGroupVersionsResponse
>(ListAvailableManagedRuleGroupVersions$, {
  access: () => ({ resource: '*' }),
  handle(input, ctx) {
    checkedScope(ctx, input.Scope)
    const versions = versionsOf(input.VendorName, input.Name)
    const versioned = versions.filter(({ version }) => version !== undefined)
    const { items, marker } = listPage(ctx, `versions/${input.Name}`, versioned, input)
    const [{ version: current }] = versions
    return {
      ...marker,
      Versions: items.map(({ version }) => ({ Name: version, LastUpdateTimestamp: published })),
      ...(current !== undefined && { CurrentDefaultVersion: current }),
    }
  },
})

function actionOf({ action }: ManagedRule): RuleAction {
  return { [action]: {} }
}

/** DescribeManagedRuleGroup: the default version unless one is named. */
export const DescribeManagedRuleGroup = operation<
  DescribeManagedRuleGroupRequest,
  DescribeManagedRuleGroupResponse
>(DescribeManagedRuleGroup$, {
  access: () => ({ resource: '*' }),
  handle({ VendorName, Name, Scope, VersionName }, ctx) {
    checkedScope(ctx, Scope)
    const versions = versionsOf(VendorName, Name)
    const group =
      VersionName === undefined
        ? versions[0]
        : versions.find(({ version }) => version === VersionName)
    if (!group) throw nonexistent()
    const labels = new Set(group.rules.map(({ label }) => group.labelNamespace + label))
    return {
      ...(group.version !== undefined && { VersionName: group.version }),
      Capacity: group.capacity,
      Rules: group.rules.map((rule) => ({ Name: rule.name, Action: actionOf(rule) })),
      LabelNamespace: group.labelNamespace,
      AvailableLabels: [...labels].map((label) => ({ Name: label })),
      ConsumedLabels: [],
    }
  },
})

const advanced = /BotControl|ATP|ACFP|AntiDDoS/

function productOf([group]: readonly [
  ManagedRuleGroup,
  ...ManagedRuleGroup[],
]): ManagedProductDescriptor {
  return {
    VendorName: group.vendorName,
    ManagedRuleSetName: group.name,
    ProductTitle: group.name,
    ProductDescription: group.description,
    IsVersioningSupported: group.version !== undefined,
    IsAdvancedManagedRuleSet: advanced.test(group.name),
  }
}

/** DescribeAllManagedProducts. */
export const DescribeAllManagedProducts = operation<
  DescribeAllManagedProductsRequest,
  DescribeAllManagedProductsResponse
>(DescribeAllManagedProducts$, {
  access: () => ({ resource: '*' }),
  handle({ Scope }, ctx) {
    checkedScope(ctx, Scope)
    return { ManagedProducts: byName().map(productOf) }
  },
})

/** DescribeManagedProductsByVendor. */
export const DescribeManagedProductsByVendor = operation<
  DescribeManagedProductsByVendorRequest,
  DescribeManagedProductsByVendorResponse
>(DescribeManagedProductsByVendor$, {
  access: () => ({ resource: '*' }),
  handle({ Scope, VendorName }, ctx) {
    checkedScope(ctx, Scope)
    const products = byName().map(productOf)
    return { ManagedProducts: products.filter((product) => product.VendorName === VendorName) }
  },
})
