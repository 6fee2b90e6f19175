import { isIP } from 'node:net'
import type { ConditionContext } from '@bartizan/policy'
import type { Principal, SessionFacts } from '../context.ts'
import type { OrganizationStanding } from './organization.ts'
import type { TagRow } from './tables.ts'

/** What the global condition keys are made from. */
export interface CallFacts {
  readonly principal: Principal
  readonly principalTags: readonly TagRow[]
  /** Of the principal's account. */
  readonly organization?: OrganizationStanding
  readonly now: Date
  readonly region: string
  readonly sourceIp: string
  readonly userAgent: string
  readonly secureTransport: boolean
  readonly viaService?: string
  /** What a service acts for. */
  readonly sourceArn?: string
  readonly sourceAccount?: string
}

type Values = string | readonly string[] | undefined

/**
 * AWS's global condition keys
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html).
 */
const globals: Readonly<Record<string, (facts: CallFacts) => Values>> = {
  'aws:currenttime': ({ now }) => now.toISOString(),
  'aws:epochtime': ({ now }) => String(Math.floor(now.getTime() / 1000)),
  'aws:requestedregion': ({ region }) => region,
  'aws:sourceip': ({ sourceIp, viaService }) =>
    viaService || isIP(sourceIp) === 0 ? undefined : sourceIp,
  'aws:sourcearn': ({ sourceArn }) => sourceArn,
  'aws:sourceaccount': ({ sourceAccount }) => sourceAccount,
  'aws:useragent': ({ userAgent }) => userAgent,
  'aws:securetransport': ({ secureTransport }) => String(secureTransport),
  'aws:viaawsservice': ({ viaService }) => String(viaService !== undefined),
  'aws:calledvia': ({ viaService }) => serviceNames(viaService),
  'aws:calledviafirst': ({ viaService }) => serviceNames(viaService),
  'aws:calledvialast': ({ viaService }) => serviceNames(viaService),
  'aws:principalarn': ({ principal }) => principal.roleArn ?? (principal.arn || undefined),
  'aws:principalaccount': ({ principal }) => principal.accountId || undefined,
  'aws:principalorgid': ({ organization }) => organization?.organizationId,
  'aws:principalorgpaths': ({ organization }) => organization && [organization.path],
  'aws:principaltype': ({ principal }) => principalTypes[principal.kind],
  'aws:principalisawsservice': ({ principal }) => String(principal.kind === 'service'),
  'aws:principalservicename': ({ principal }) => principal.service,
  'aws:userid': ({ principal }) => principal.principalId,
  'aws:username': ({ principal }) => (principal.kind === 'user' ? principal.userName : undefined),
  'aws:multifactorauthpresent': ({ principal: { session } }) => session && String(session.mfa),
  'aws:multifactorauthage': ({ principal: { session }, now }) => mfaAge(session, now),
  'aws:tokenissuetime': ({ principal: { session } }) => session?.issuedAt,
  'aws:sourceidentity': ({ principal: { session } }) => session?.sourceIdentity,
  'aws:federatedprovider': ({ principal: { session } }) => session?.federatedProvider,
}

const principalTypes: Readonly<Record<Principal['kind'], string>> = {
  root: 'Account',
  user: 'User',
  'assumed-role': 'AssumedRole',
  'federated-user': 'FederatedUser',
  service: 'Service',
  anonymous: 'Anonymous',
  'web-identity': 'FederatedUser',
}

/** Accounts that a call has to do with besides the caller's. */
export interface CallAccounts {
  /** Who owns the resource, and the organization it is in. */
  readonly resourceAccount?: string
  readonly resourceOrganization?: OrganizationStanding | undefined
  /** The organization of the account that a service calls for. */
  readonly sourceOrganization?: OrganizationStanding | undefined
}

/** The condition context of a call: the resource's own keys first, then the global ones, on demand. */
export function conditionsOf(
  facts: CallFacts,
  own: Readonly<Record<string, Values>> = {},
  accounts: CallAccounts = {},
): ConditionContext {
  return {
    get(key) {
      const ofAccounts = Object.hasOwn(accountKeys, key) ? accountKeys[key] : undefined
      if (ofAccounts) return ofAccounts(accounts)
      const value = Object.hasOwn(own, key) ? own[key] : globalValue(facts, key)
      return value === undefined || typeof value !== 'string' ? value : [value]
    },
  }
}

/** Every global condition key that has a value in this call. */
export function globalConditions(facts: CallFacts): Record<string, Values> {
  const values: Record<string, Values> = {}
  for (const [key, value] of Object.entries(globals)) values[key] = value(facts)
  for (const { key, value } of facts.principalTags)
    values[`${tagPrefix}${key.toLowerCase()}`] ??= value
  return values
}

const accountKeys: Readonly<
  Record<string, (accounts: CallAccounts) => readonly string[] | undefined>
> = {
  'aws:resourceaccount': ({ resourceAccount }) => (resourceAccount ? [resourceAccount] : undefined),
  'aws:resourceorgid': ({ resourceOrganization: found }) => found && [found.organizationId],
  'aws:resourceorgpaths': ({ resourceOrganization: found }) => found && [found.path],
  'aws:sourceorgid': ({ sourceOrganization: found }) => found && [found.organizationId],
  'aws:sourceorgpaths': ({ sourceOrganization: found }) => found && [found.path],
}

const tagPrefix = 'aws:principaltag/'

function globalValue(facts: CallFacts, key: string): Values {
  if (key.startsWith(tagPrefix)) {
    const name = key.slice(tagPrefix.length)
    return facts.principalTags.find((tag) => tag.key.toLowerCase() === name)?.value
  }
  return Object.hasOwn(globals, key)
    ? globals[key]?.(facts)
    : facts.principal.session?.conditions?.[key]
}

function serviceNames(viaService: string | undefined): Values {
  return viaService && [viaService.replace(/\.[^.]+\.amazonaws/, '.amazonaws')]
}

function mfaAge(session: SessionFacts | undefined, now: Date): Values {
  if (!session?.mfaAuthenticatedAt) return undefined
  return String(Math.floor((now.getTime() - Date.parse(session.mfaAuthenticatedAt)) / 1000))
}
