import { AwsError } from '../../../kernel/errors.ts'

/** Why a delivery did not succeed, as the attributes of a dead letter name it. */
export class DeliveryFailure extends Error {
  /** One of the codes of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html. */
  readonly code: string
  readonly isRetryable: boolean
  /** What the target asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(
    code: string,
    message: string,
    { isRetryable = false, retryAfterMs }: { isRetryable?: boolean; retryAfterMs?: number } = {},
  ) {
    super(message)
    this.name = 'DeliveryFailure'
    this.code = code
    this.isRetryable = isRetryable
    this.retryAfterMs = retryAfterMs
  }
}

/** A delivery that has to wait its turn, which is no attempt at it. */
export class Postponed extends Error {
  readonly waitMs: number
  /** The turn is kept for it: it need not queue again. */
  readonly isAdmitted: boolean

  constructor(waitMs: number, isAdmitted: boolean) {
    super('the delivery waits its turn')
    this.name = 'Postponed'
    this.waitMs = waitMs
    this.isAdmitted = isAdmitted
  }
}

const kinds: readonly (readonly [form: RegExp, code: string, isRetryable: boolean])[] = [
  [/AccessDenied|AuthorizationError|NotAuthorized|KMSAccessDenied/, 'NO_PERMISSIONS', false],
  [/NotFound|DoesNotExist|NonExistent|NoSuch/, 'NO_RESOURCE', false],
  [/Throttl|TooManyRequests|RequestLimit|OverLimit/, 'THROTTLING', true],
  [/ResourceConflict|ConcurrentModification/, 'RESOURCE_MODIFICATION_COLLISION', true],
  [/LimitExceeded/, 'RESOURCE_LIMIT_EXCEEDED', true],
  [/Json|MalformedInput/i, 'INVALID_JSON', false],
]

/** Sorts an error of a target's service: into a code, and into those that another attempt may cure. */
export function failureOf(error: unknown): DeliveryFailure {
  if (error instanceof DeliveryFailure) return error
  if (!(error instanceof AwsError)) {
    const message = error instanceof Error ? error.message : String(error)
    return new DeliveryFailure('ERROR_FROM_TARGET', message, { isRetryable: true })
  }
  const { code, message, fault } = error
  if (message.includes('sts:AssumeRole')) {
    return new DeliveryFailure('FAILED_TO_ASSUME_ROLE', message)
  }
  const known = kinds.find(([form]) => form.test(code))
  if (known) return new DeliveryFailure(known[1], message, { isRetryable: known[2] })
  if (fault === 'client') return new DeliveryFailure('INVALID_PARAMETER', message)
  return new DeliveryFailure('ERROR_FROM_TARGET', message, { isRetryable: true })
}
