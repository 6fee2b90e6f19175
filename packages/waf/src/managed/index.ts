import { accountCreation } from './accounts/creation.ts'
import { accountTakeover } from './accounts/takeover.ts'
import { anonymousIps, ipReputation } from './address-lists.ts'
import { adminProtection } from './admin-protection.ts'
import { antiDdos } from './anti-ddos.ts'
import { botControl } from './bots/bot-control.ts'
import { common } from './common.ts'
import { knownBadInputs } from './known-bad-inputs.ts'
import { linux } from './linux.ts'
import { php } from './php.ts'
import type { ManagedRuleGroup } from './rule.ts'
import { sqlDatabase } from './sql-database.ts'
import { unix } from './unix.ts'
import { windows } from './windows.ts'
import { wordpress } from './wordpress.ts'

/** The managed rule groups, in the order in which AWS's console lists them. */
export const managedRuleGroups: readonly ManagedRuleGroup[] = [
  common,
  adminProtection,
  knownBadInputs,
  sqlDatabase,
  linux,
  unix,
  windows,
  php,
  wordpress,
  ipReputation,
  anonymousIps,
  botControl,
  accountTakeover,
  accountCreation,
  antiDdos,
]
