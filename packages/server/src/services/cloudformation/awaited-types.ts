import { customResource } from './custom-resources.ts'
import { nestedStack } from './nested-stacks.ts'
import type { AwaitedType } from './awaited-type.ts'
import { organizationAccount } from './organization-accounts.ts'
import { waitCondition, waitConditionHandle } from './wait-conditions.ts'

/** The types whose work is done elsewhere, and awaited. */
export const awaitedTypes: readonly AwaitedType[] = [
  customResource,
  nestedStack,
  organizationAccount,
  waitCondition,
  waitConditionHandle,
]
