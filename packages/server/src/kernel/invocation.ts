import type { AuditRecord } from './audit-record.ts'
import { auditRecords, Draft, type AuditFacts } from './audit.ts'
import { CallContext } from './call-context.ts'
import type { Context } from './context.ts'
import { AwsError, commonError } from './errors.ts'
import { authorise, type Refusal } from './identity/authorise.ts'
import { globalConditions, type CallFacts } from './identity/conditions.ts'
import { standingOf, type PrincipalStanding } from './identity/principal-policies.ts'
import type { Kernel } from './kernel.ts'
import type { Execution } from './pipeline.ts'
import { redactorsOf } from './redact.ts'
import type { Access, AccessNeeded } from './service.ts'
import { beginWork, type Work } from './unit-of-work.ts'
import { validate } from './validation.ts'

const readOnlyName = /^(Get|List|Describe|Lookup|Simulate|BatchGet|Decode|Verify)/

/** One attempt at running an operation: its context, unit of work and audit draft. */
export class Invocation {
  readonly work: Work
  readonly #kernel: Kernel
  readonly #execution: Execution
  readonly #draft = new Draft()
  readonly #eventId: string
  readonly #nested: Invocation[] = []
  #standing: PrincipalStanding = { policies: { identityPolicies: [] }, tags: [] }
  #output: object | undefined

  constructor(kernel: Kernel, execution: Execution, work?: Work) {
    const { principal, region } = execution.caller
    this.#kernel = kernel
    this.#execution = execution
    this.#eventId = kernel.ids.uuid()
    this.work = work ?? beginWork(kernel.store, principal.accountId, region)
  }

  /** Resolves, authorises and handles. Throws the error the caller is to see. */
  async run(): Promise<object> {
    const { service, operation, input, caller } = this.#execution
    const { store } = this.#kernel
    validate(service, operation, input)
    this.#standing = await standingOf(store, caller.principal)
    if (this.#standing.organization?.isClosed) throw this.#closedAccount()
    this.#noteUse()
    const ctx = this.#context()
    const subject = (await operation.resolve?.(input as never, ctx)) as never
    const needed = await operation.access(input as never, ctx, subject)
    const refusal = await this.#authorise(needed)
    if (refusal) throw this.#denied(refusal)
    this.#output = await operation.handle(input as never, ctx, subject)
    return this.#output
  }

  /** The audit records of this attempt, nested calls included. */
  records(error?: unknown): readonly AuditRecord[] {
    const nested = this.#nested.flatMap((each) => each.records(error && nestedFailure))
    const { operation, input, service } = this.#execution
    if (operation.unrecorded) return nested
    const redact = redactorsOf(operation.schema, operation.hides)
    const readOnly = operation.readOnly ?? readOnlyName.test(operation.name)
    const failure = error === undefined ? undefined : describe(error, service.errorCodes.internal)
    const shown = readOnly || failure || !this.#output ? null : redact.output(this.#output)
    const own = auditRecords(this.#facts(), this.#draft, {
      requestParameters: emptyToNull(
        this.#draft.defaults
          ? { ...this.#draft.defaults, ...(redact.input(input) as object) }
          : redact.input(input),
      ),
      responseElements: this.#draft.elements ? this.#draft.elements.value : emptyToNull(shown),
      readOnly,
      isData: operation.dataEvent ?? false,
      ...(failure && { error: failure }),
    })
    return nested.length === 0 ? own : [...own, ...nested]
  }

  async #authorise(needed: AccessNeeded): Promise<Refusal | undefined> {
    const { caller, service, operation } = this.#execution
    if (needed === 'anyone') return undefined
    if (needed === 'authenticated') {
      if (caller.principal.kind !== 'anonymous') return undefined
      throw commonError('MissingAuthenticationToken', 'Missing Authentication Token', 403)
    }
    const list: readonly Access[] = Array.isArray(needed) ? needed : [needed as Access]
    const call = {
      facts: this.#callFacts(),
      policies: this.#standing.policies,
      action: `${service.id}:${operation.name}`,
    }
    for (const access of list) {
      const refusal = await authorise(this.#kernel.store, call, access)
      if (refusal) return refusal
    }
    return undefined
  }

  async #require(access: Access): Promise<void> {
    const refusal = await this.#authorise(access)
    if (refusal) throw this.#denied(refusal)
  }

  #denied(refusal: Refusal): AwsError {
    const { service } = this.#execution
    const { message, decision, action, resource } = refusal
    const status = service.errorCodes.accessDenied === 'AccessDenied' ? 403 : 400
    const full = service.encodesRefusals
      ? `${message} Encoded authorization failure message: ${this.#encoded(decision, action, resource)}`
      : message
    return commonError(service.errorCodes.accessDenied, full, status)
  }

  /** Credentials of a closed account are as good as none. */
  #closedAccount(): AwsError {
    const isQuery = this.#execution.service.errorCodes.accessDenied === 'AccessDenied'
    const code = isQuery ? 'InvalidClientTokenId' : 'UnrecognizedClientException'
    const message = 'The security token included in the request is invalid.'
    return commonError(code, message, isQuery ? 403 : 400)
  }

  #encoded(decision: Refusal['decision'], action: string, resource: string): string {
    const { principal } = this.#execution.caller
    const detail = {
      allowed: false,
      explicitDeny: decision.reason === 'explicit-deny',
      matchedStatements: { items: decision.statements },
      context: { principal: { id: principal.principalId, arn: principal.arn }, action, resource },
    }
    return this.#kernel.box.seal('authorization-message', JSON.stringify(detail))
  }

  /** Whatever becomes of the call, its credentials were used. */
  #noteUse(): void {
    const { caller, service } = this.#execution
    const { accessKeyId, roleArn } = caller.principal
    const facts = { date: caller.now, service: service.id, region: caller.region }
    if (accessKeyId?.startsWith('AKIA'))
      this.#kernel.lastUsed.note('access-key', accessKeyId, facts)
    if (roleArn) this.#kernel.lastUsed.note('role', roleArn, facts)
  }

  #callFacts(): CallFacts {
    const { tags, organization } = this.#standing
    const { caller } = this.#execution
    return { ...caller, principalTags: tags, ...(organization && { organization }) }
  }

  #facts(): AuditFacts {
    const { caller, service, operation, requestId } = this.#execution
    return {
      ...caller,
      eventSource: service.eventSource,
      eventName: service.eventNames[operation.name] ?? operation.name,
      requestId,
      eventId: this.#eventId,
    }
  }

  #context(): Context {
    const { caller, requestId } = this.#execution
    return new CallContext(this.#kernel, caller, {
      requestId,
      eventId: this.#eventId,
      work: this.work,
      audit: this.#draft,
      call: (service, operation, input) => this.#call(service, operation, input),
      require: (access) => this.#require(access),
      conditions: () => globalConditions(this.#callFacts()),
    })
  }

  /** A service's call on its caller's behalf: same unit of work, own authorisation and record. */
  async #call(
    serviceId: string,
    operationName: string,
    input: object,
  ): Promise<Record<string, unknown>> {
    const { caller, service: via, requestId } = this.#execution
    const service = await this.#kernel.services.load(serviceId)
    const operation = service?.operations[operationName]
    if (!service || !operation) throw new Error(`${serviceId}:${operationName} does not exist`)
    const viaService = `${via.id}.${caller.region}.amazonaws.com`
    const nested = new Invocation(
      this.#kernel,
      {
        caller: { ...caller, viaService },
        service,
        operation,
        input: input as Record<string, unknown>,
        requestId,
      },
      this.work,
    )
    this.#nested.push(nested)
    return (await nested.run()) as Record<string, unknown>
  }
}

const nestedFailure = new AwsError({ code: 'Aborted', message: 'the calling operation failed' })

/** CloudTrail writes a refusal as AccessDenied, whatever the service's own code is. */
const recordedCodes: Readonly<Record<string, string>> = { AccessDeniedException: 'AccessDenied' }

function describe(error: unknown, internalCode: string): { code: string; message: string } {
  return error instanceof AwsError
    ? { code: recordedCodes[error.code] ?? error.code, message: error.message }
    : { code: internalCode, message: 'The service has encountered an internal error.' }
}

function emptyToNull(shown: unknown): unknown {
  return shown && Object.keys(shown).length > 0 ? shown : null
}
