import type { AuditIdentity, AuditRecord, AuditResource } from './audit-record.ts'
import { boundText } from './audit-size.ts'
import type { AuditDraft, Principal } from './context.ts'
import { ids } from './ids.ts'

/** Facts of a call that its audit records share. */
export interface AuditFacts {
  readonly principal: Principal
  readonly eventSource: string
  readonly eventName: string
  readonly region: string
  readonly now: Date
  readonly sourceIp: string
  readonly userAgent: string
  readonly requestId: string
  readonly eventId: string
  readonly viaService?: string
}

/** How a call went. */
export interface AuditOutcome {
  readonly requestParameters: unknown
  readonly responseElements: unknown
  readonly readOnly: boolean
  readonly isData: boolean
  readonly error?: { readonly code: string; readonly message: string }
}

/** Collects what an operation says of itself for the log. */
export class Draft implements AuditDraft {
  readonly resources: AuditResource[] = []
  readonly serviceEvents: Parameters<AuditDraft['serviceEvent']>[0][] = []
  elements: { readonly value: unknown } | undefined
  extra: Record<string, unknown> | undefined
  defaults: Readonly<Record<string, unknown>> | undefined
  bearer: { readonly identity: AuditIdentity; readonly account: string } | undefined

  resource(resource: AuditResource): void {
    if (!this.resources.some(({ ARN }) => ARN === resource.ARN)) this.resources.push(resource)
  }

  callerIs(identity: AuditIdentity, account: string): void {
    this.bearer = { identity, account }
  }

  defaultParameters(defaults: Readonly<Record<string, unknown>>): void {
    this.defaults = defaults
  }

  responseElements(value: unknown): void {
    this.elements = { value }
  }

  additional(data: Readonly<Record<string, unknown>>): void {
    this.extra = { ...this.extra, ...data }
  }

  serviceEvent(event: Parameters<AuditDraft['serviceEvent']>[0]): void {
    this.serviceEvents.push(event)
  }
}

/** The records of a call: its own, one per further owner of a touched resource, and its service events. */
export function auditRecords(
  facts: AuditFacts,
  draft: Draft,
  outcome: AuditOutcome | undefined,
): AuditRecord[] {
  const records: AuditRecord[] = []
  if (outcome) records.push(...callRecords(facts, draft, outcome))
  for (const event of outcome?.error ? [] : draft.serviceEvents) {
    const record = emptyRecord(facts)
    record.userIdentity = { type: 'AWSService', invokedBy: facts.eventSource }
    record.eventName = event.name
    record.sourceIPAddress = facts.eventSource
    record.userAgent = facts.eventSource
    record.eventID = ids.uuid()
    record.eventType = 'AwsServiceEvent'
    if (event.resources) record.resources = event.resources
    if (event.details !== undefined) record.serviceEventDetails = event.details
    if (event.additional) record.additionalEventData = event.additional
    records.push(record)
  }
  return records
}

function callRecords(facts: AuditFacts, draft: Draft, outcome: AuditOutcome): AuditRecord[] {
  const { error, requestParameters, responseElements, readOnly } = outcome
  const record = emptyRecord(facts)
  if (draft.bearer) {
    record.userIdentity = draft.bearer.identity
    record.recipientAccountId = draft.bearer.account
  }
  record.requestParameters = requestParameters
  record.responseElements = responseElements
  record.readOnly = readOnly
  if (outcome.isData) {
    record.managementEvent = false
    record.eventCategory = 'Data'
  }
  if (error) {
    record.errorCode = error.code
    record.errorMessage = boundText(error.message)
  }
  if (draft.extra) record.additionalEventData = draft.extra
  if (draft.resources.length > 0) record.resources = draft.resources
  const owners = otherOwners(draft.resources, record.recipientAccountId)
  if (owners.length === 0) return [record]
  record.sharedEventID = ids.uuid()
  const copies = owners.map((recipientAccountId) => ({
    ...record,
    recipientAccountId,
    eventID: ids.uuid(),
  }))
  return [record, ...copies]
}

function otherOwners(resources: readonly AuditResource[], recipient: string): string[] {
  const owners: string[] = []
  for (const { accountId } of resources) {
    if (accountId && accountId !== recipient && !owners.includes(accountId)) owners.push(accountId)
  }
  return owners
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] }

/** A record under construction: every call makes one, so members are set rather than spread. */
function emptyRecord(facts: AuditFacts): Writable<AuditRecord> {
  const { principal, viaService } = facts
  const service = viaService ? servicePart(viaService) : undefined
  return {
    eventVersion: '1.11',
    userIdentity: identityOf(principal, service),
    eventTime: wholeSeconds(facts.now),
    eventSource: facts.eventSource,
    eventName: facts.eventName,
    awsRegion: facts.region,
    sourceIPAddress: service ?? facts.sourceIp,
    userAgent: service ?? boundText(facts.userAgent),
    requestParameters: null,
    responseElements: null,
    requestID: facts.requestId,
    eventID: facts.eventId,
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: principal.accountId,
    eventCategory: 'Management',
  }
}

let latest = { second: NaN, text: '' }

/** Calls come in runs of the same second. */
function wholeSeconds(time: Date): string {
  const second = Math.floor(time.getTime() / 1000)
  if (second !== latest.second) {
    latest = { second, text: `${time.toISOString().slice(0, 19)}Z` }
  }
  return latest.text
}

/** `ssm.us-east-1.amazonaws.com` as the service's own name. */
function servicePart(viaService: string): string {
  return `${viaService.split('.')[0] ?? viaService}.amazonaws.com`
}

const types: Readonly<Record<Principal['kind'], string>> = {
  root: 'Root',
  user: 'IAMUser',
  'assumed-role': 'AssumedRole',
  'federated-user': 'FederatedUser',
  service: 'AWSService',
  anonymous: 'AWSAccount',
  'web-identity': 'WebIdentityUser',
}

/** CloudTrail's `userIdentity` element
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html). */
function identityOf(principal: Principal, invokedBy: string | undefined): AuditIdentity {
  const { kind, arn, accountId, accessKeyId, userName, session } = principal
  if (kind === 'service') return { type: 'AWSService', invokedBy: principal.service ?? '' }
  const identity: Writable<AuditIdentity> = {
    type: types[kind],
    principalId: principal.principalId,
  }
  if (arn) identity.arn = arn
  if (accountId) identity.accountId = accountId
  if (accessKeyId) identity.accessKeyId = accessKeyId
  if (userName) identity.userName = userName
  if (session) identity.sessionContext = sessionContext(principal, session)
  if (invokedBy) identity.invokedBy = invokedBy
  return identity
}

function sessionContext(principal: Principal, session: NonNullable<Principal['session']>): object {
  const [issuerId] = principal.principalId.split(':')
  return {
    ...(principal.roleArn && {
      sessionIssuer: {
        type: 'Role',
        principalId: issuerId,
        arn: principal.roleArn,
        accountId: principal.accountId,
        userName: principal.roleArn.split('/').at(-1),
      },
    }),
    attributes: {
      creationDate: `${session.issuedAt.slice(0, 19)}Z`,
      mfaAuthenticated: String(session.mfa),
    },
    ...(session.sourceIdentity && { sourceIdentity: session.sourceIdentity }),
  }
}

/** The name LookupEvents calls `Username`. */
export function auditUserName({ userIdentity }: AuditRecord): string | undefined {
  const arn = userIdentity.arn ?? ''
  if (userIdentity.type === 'AssumedRole') return arn.split('/').at(-1)
  return userIdentity.type === 'Root' ? 'root' : userIdentity.userName
}
