/** Who made a call, in CloudTrail's `userIdentity` form. */
export interface AuditIdentity {
  readonly type: string
  readonly principalId?: string
  readonly arn?: string
  readonly accountId?: string
  readonly accessKeyId?: string
  readonly userName?: string
  readonly sessionContext?: object
  readonly invokedBy?: string
  readonly identityProvider?: string
}

/** A resource that a call touched. */
export interface AuditResource {
  readonly ARN: string
  readonly accountId?: string
  readonly type: string
}

/**
 * One CloudTrail record (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html).
 */
export interface AuditRecord {
  readonly eventVersion: '1.11'
  readonly userIdentity: AuditIdentity
  /** ISO 8601, whole seconds. */
  readonly eventTime: string
  readonly eventSource: string
  readonly eventName: string
  readonly awsRegion: string
  readonly sourceIPAddress: string
  readonly userAgent: string
  readonly errorCode?: string
  readonly errorMessage?: string
  readonly requestParameters: unknown
  readonly responseElements: unknown
  readonly additionalEventData?: unknown
  readonly requestID: string
  readonly eventID: string
  readonly readOnly: boolean
  readonly resources?: readonly AuditResource[]
  readonly eventType: 'AwsApiCall' | 'AwsServiceEvent'
  readonly managementEvent: boolean
  /** The account in whose log the record appears. */
  readonly recipientAccountId: string
  readonly sharedEventID?: string
  readonly serviceEventDetails?: unknown
  readonly eventCategory: 'Management' | 'Data'
}
