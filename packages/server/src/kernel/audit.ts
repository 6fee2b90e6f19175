import type { AuditIdentity, AuditRecord, AuditResource } from './audit-record.ts'
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
  readonly error?: { readonly code: string; readonly message: string }
}

/** Collects what an operation says of itself for the log. */
export class Draft implements AuditDraft {
  readonly resources: AuditResource[] = []
  readonly serviceEvents: Parameters<AuditDraft['serviceEvent']>[0][] = []
  elements: { readonly value: unknown } | undefined
  extra: Record<string, unknown> | undefined
  bearer: { readonly identity: AuditIdentity; readonly account: string } | undefined

  resource(resource: AuditResource): void {
    if (!this.resources.some(({ ARN }) => ARN === resource.ARN)) this.resources.push(resource)
  }

  callerIs(identity: AuditIdentity, account: string): void {
    this.bearer = { identity, account }
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
    records.push({
      ...common(facts),
      userIdentity: { type: 'AWSService', invokedBy: facts.eventSource },
      eventName: event.name,
      sourceIPAddress: facts.eventSource,
      userAgent: facts.eventSource,
      eventID: ids.uuid(),
      requestParameters: null,
      responseElements: null,
      readOnly: false,
      eventType: 'AwsServiceEvent',
      ...(event.resources && { resources: event.resources }),
      ...(event.details !== undefined && { serviceEventDetails: event.details }),
    })
  }
  return records
}

function callRecords(facts: AuditFacts, draft: Draft, outcome: AuditOutcome): AuditRecord[] {
  const { error, requestParameters, responseElements, readOnly } = outcome
  const own = common(facts)
  if (draft.bearer) {
    own.userIdentity = draft.bearer.identity
    own.recipientAccountId = draft.bearer.account
  }
  const record: Writable<AuditRecord> = own as Writable<AuditRecord>
  if (error) {
    record.errorCode = error.code
    record.errorMessage = error.message
  }
  record.requestParameters = requestParameters
  record.responseElements = responseElements
  record.readOnly = readOnly
  if (draft.extra) record.additionalEventData = draft.extra
  if (draft.resources.length > 0) record.resources = draft.resources
  const owners = otherOwners(draft.resources, record.recipientAccountId)
  if (owners.size === 0) return [record]
  const sharedEventID = ids.uuid()
  const copies = [...owners].map((recipientAccountId) => ({
    ...record,
    recipientAccountId,
    eventID: ids.uuid(),
    sharedEventID,
  }))
  return [{ ...record, sharedEventID }, ...copies]
}

function common(facts: AuditFacts) {
  return {
    eventVersion: '1.11',
    userIdentity: identityOf(facts.principal, facts.viaService),
    eventTime: `${facts.now.toISOString().slice(0, 19)}Z`,
    eventSource: facts.eventSource,
    eventName: facts.eventName,
    awsRegion: facts.region,
    sourceIPAddress: facts.viaService ? servicePart(facts.viaService) : facts.sourceIp,
    userAgent: facts.viaService ? servicePart(facts.viaService) : facts.userAgent,
    requestID: facts.requestId,
    eventID: facts.eventId,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: facts.principal.accountId,
    eventCategory: 'Management',
  } as const
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
function identityOf(principal: Principal, viaService: string | undefined): AuditIdentity {
  const { kind, session } = principal
  if (kind === 'service') return { type: 'AWSService', invokedBy: principal.service ?? '' }
  return {
    type: types[kind],
    principalId: principal.principalId,
    ...(principal.arn && { arn: principal.arn }),
    ...(principal.accountId && { accountId: principal.accountId }),
    ...(principal.accessKeyId && { accessKeyId: principal.accessKeyId }),
    ...(principal.userName && { userName: principal.userName }),
    ...(session && { sessionContext: sessionContext(principal, session) }),
    ...(viaService && { invokedBy: servicePart(viaService) }),
  }
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
    attributes: { creationDate: session.issuedAt, mfaAuthenticated: String(session.mfa) },
    ...(session.sourceIdentity && { sourceIdentity: session.sourceIdentity }),
  }
}

/** The name LookupEvents calls `Username`. */
export function auditUserName({ userIdentity }: AuditRecord): string | undefined {
  const arn = userIdentity.arn ?? ''
  if (userIdentity.type === 'AssumedRole') return arn.split('/').at(-1)
  return userIdentity.type === 'Root' ? 'root' : userIdentity.userName
}
