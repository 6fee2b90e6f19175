import type { MatchedGrant, PolicySource, RequestPrincipal } from '@bartizan/policy'
import type { ConstraintData, OperationSchema, ServerProtocol, WireRequest } from '@bartizan/wire'
import type { BrowserSupport } from './browsers.ts'
import type { Callback } from './callback.ts'
import type { Context } from './context.ts'
import type { AwsError } from './errors.ts'
import type { EventSink } from './events.ts'
import type { BodyBound } from './incoming-body.ts'
import type { Job } from './jobs.ts'
import type { ResourceType } from './resource-type.ts'
import type { SecretRotator } from './secret-rotation.ts'
import type { ServiceFiles } from './backup.ts'
import type { Kernel } from './kernel.ts'
import type { Observed } from './observed.ts'
import type { MetricSink } from './service-metrics.ts'
import type { Task } from './tasks.ts'
import type { ResourceGuard, WebAclFinder, WebAclUse } from './web-acl.ts'

/** One permission a call needs: the action on a resource, with what the policy engine must know. */
export interface Access {
  /** Defaults to `<service id>:<operation name>`. */
  readonly action?: string
  /** An ARN, or `*`. */
  readonly resource: string
  /** The account that owns the resource; defaults to the ARN's account, else the caller's. */
  readonly resourceAccount?: string
  readonly resourcePolicy?: PolicySource
  /**
   * What a caller of another account, whom the resource's policy does not let in, is told it may not
   * use (`this resource`): its refusal does not tell whether the resource exists.
   */
  readonly unseen?: string
  /** KMS keys and roles: identity policies count only where the resource policy delegates to its account. */
  readonly trustAnchor?: boolean
  /** Resource control policies do not reach the resource (AWS managed keys). */
  readonly isBeyondRcps?: boolean
  /** Asked only when policies alone do not allow: grants that match this very call. */
  readonly grants?: () => Promise<readonly MatchedGrant[]>
  /** Decides for this principal instead of the caller: web identities, whose token is the proof. */
  readonly principal?: RequestPrincipal
  /** Service condition keys, lower-case: `kms:viaservice`. Values are strings or lists of strings. */
  readonly conditions?: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** `authenticated`: any valid signature will do (GetCallerIdentity). `anyone`: no signature needed. */
export type AccessNeeded = Access | readonly Access[] | 'authenticated' | 'anyone'

/** What an operation is: declared once, as data with functions. */
export interface OperationSpec<Input, Output, Subject> {
  /** Finds what the input names, once, for `access` and `handle`. */
  readonly resolve?: (input: Input, ctx: Context) => Promise<Subject> | Subject
  readonly access: (
    input: Input,
    ctx: Context,
    subject: Subject,
  ) => AccessNeeded | Promise<AccessNeeded>
  readonly handle: (input: Input, ctx: Context, subject: Subject) => Promise<Output> | Output
  /** CloudTrail's `readOnly`; defaults to true for Get…, List…, Describe…, Lookup… and Simulate…. */
  readonly readOnly?: boolean
  /** A call on data rather than on resources (S3 objects, messages): CloudTrail's data events. */
  readonly dataEvent?: boolean
  /** CloudTrail never sees such a call (PutMetricData, PutLogEvents). */
  readonly unrecorded?: boolean
  /** Members that CloudTrail shows as hidden, wherever they are: what a message says. */
  readonly hides?: readonly string[]
  /** Called before `resolve`: AWS's own checks on the input beyond the model's constraints. */
  readonly check?: (input: Input) => void
  /** The bound of its request's body, where AWS lets it be larger than the server's setting does. */
  readonly body?: BodyBound
}

/** An operation with its types erased, as the pipeline handles it. */
export interface Operation extends OperationSpec<never, object, never> {
  readonly schema: OperationSchema
  readonly name: string
}

/**
 * Declares an operation by the SDK's own schema; input and output types are the SDK's
 * (`operation<EncryptRequest, EncryptResponse, KeySubject>(Encrypt$, { … })`).
 */
export function operation<Input extends object, Output extends object, Subject = undefined>(
  schema: OperationSchema,
  spec: OperationSpec<Input, Output, Subject>,
): Operation {
  return { ...(spec as unknown as OperationSpec<never, object, never>), schema, name: schema[2] }
}

/** What a service does, does differently from AWS, and does not do; the docs are made from it. */
export interface Fidelity {
  readonly supported: readonly string[]
  readonly deviates: readonly string[]
  readonly absent: readonly string[]
}

/** The codes a service uses for errors that its model does not list. */
export interface CommonErrorCodes {
  readonly accessDenied: string
  readonly validation: string
  readonly internal: string
}

/** A service: a folder of operations, declared as data. */
export interface Service {
  /** The IAM prefix: `kms`. */
  readonly id: string
  /** The name that clients sign for, when it is not the id. */
  readonly signingNames: readonly string[]
  /** `kms.amazonaws.com`, as CloudTrail names it. */
  readonly eventSource: string
  /** IAM-like services have one set of data for all Regions. */
  readonly global: boolean
  readonly protocols: readonly ServerProtocol[]
  readonly operations: Readonly<Record<string, Operation>>
  /** Every operation of the SDK's model, implemented or not. */
  readonly sdkOperations: readonly string[]
  readonly constraints: ConstraintData
  readonly errorCodes: CommonErrorCodes
  /** Whether messages about broken constraints leave the values out, as IAM's do. */
  readonly withholdsValues: boolean
  /** Where a service words broken constraints its own way. */
  readonly rewordValidation: (message: string) => string
  /** Where a service has codes, words or members of its own for errors that others share (S3). */
  readonly tellError: ((error: AwsError, request: WireRequest) => AwsError) | undefined
  /** Names of operations that need no signature (AssumeRoleWithWebIdentity). */
  readonly open: readonly string[]
  /** Whether a refusal carries an encoded message for DecodeAuthorizationMessage, as EC2's do. */
  readonly encodesRefusals: boolean
  /** CloudTrail's names of operations, where they are not the operations' own. */
  readonly eventNames: Readonly<Record<string, string>>
  readonly jobs: readonly Job[]
  readonly tasks: readonly Task<never>[]
  /** Called once the server is up, if the service has asked for it: see `startUps`. */
  readonly startUp: ((kernel: Kernel) => Promise<void>) | undefined
  /** Takes what comes to addresses that the service has handed out. */
  readonly callback: Callback | undefined
  /** What it does for browsers beside its operations. */
  readonly browsers: BrowserSupport | undefined
  /** Is told of every request that it answered, once it has: for logs of its own. */
  readonly observe: ((kernel: Kernel, observed: Observed) => Promise<void>) | undefined
  /** What CloudFormation makes of the service. */
  readonly resources: readonly ResourceType[]
  /** EventBridge takes the events of all services. */
  readonly eventSink: EventSink | undefined
  /** CloudWatch takes the metrics of all services. */
  readonly metricSink: MetricSink | undefined
  /** What it keeps in files beside the store, under the data directory in a folder of its id. */
  readonly files: ServiceFiles | undefined
  /** Rotates the secrets that it keeps in Secrets Manager. */
  readonly rotateSecret: SecretRotator | undefined
  /** Stands before resources of other services and judges what comes to them. */
  readonly guardResource: ResourceGuard | undefined
  /** Finds web ACLs by name. */
  readonly webAclNamed: WebAclFinder | undefined
  /** Knows which of its resources can have a web ACL. */
  readonly webAclUse: WebAclUse | undefined
  readonly fidelity: Fidelity
}

/** The SDK module of a service: what it exports, schemas among it. */
type SdkModule = Readonly<Record<string, unknown>>

/** Declares a service and checks at start that every operation belongs to the SDK's model. */
export function defineService(spec: {
  readonly id: string
  readonly signingNames?: readonly string[]
  readonly eventSource?: string
  readonly global?: boolean
  readonly protocols: readonly ServerProtocol[]
  readonly sdk: SdkModule
  /** Modules of operations (`import * as keys from './keys.ts'`): every exported operation counts. */
  readonly operations: readonly Readonly<Record<string, unknown>>[]
  readonly constraints: ConstraintData
  readonly errorCodes?: CommonErrorCodes
  readonly withholdsValues?: boolean
  readonly rewordValidation?: (message: string) => string
  readonly tellError?: (error: AwsError, request: WireRequest) => AwsError
  readonly open?: readonly string[]
  readonly encodesRefusals?: boolean
  readonly eventNames?: Readonly<Record<string, string>>
  readonly jobs?: readonly Job[]
  readonly tasks?: readonly Task<never>[]
  readonly resources?: readonly ResourceType[]
  readonly startUp?: (kernel: Kernel) => Promise<void>
  readonly callback?: Callback
  readonly browsers?: BrowserSupport
  readonly observe?: (kernel: Kernel, observed: Observed) => Promise<void>
  readonly eventSink?: EventSink
  readonly metricSink?: MetricSink
  readonly files?: ServiceFiles
  readonly rotateSecret?: SecretRotator
  readonly guardResource?: ResourceGuard
  readonly webAclNamed?: WebAclFinder
  readonly webAclUse?: WebAclUse
  readonly fidelity: Fidelity
}): Service {
  const schemas = Object.values(spec.sdk).filter(isOperationSchema)
  const names = new Set(schemas.map((schema) => schema[2]))
  const operations = operationsIn(spec.id, spec.operations, names)
  const ofSdk = schemas.filter((schema) => schema[1] !== ownNamespace)
  return {
    id: spec.id,
    signingNames: spec.signingNames ?? [spec.id],
    eventSource: spec.eventSource ?? `${spec.id}.amazonaws.com`,
    global: spec.global ?? false,
    protocols: spec.protocols,
    operations,
    sdkOperations: ofSdk.map((schema) => schema[2]).sort(),
    constraints: spec.constraints,
    errorCodes: spec.errorCodes ?? jsonErrorCodes,
    tellError: spec.tellError,
    open: spec.open ?? [],
    withholdsValues: spec.withholdsValues ?? false,
    rewordValidation: spec.rewordValidation ?? ((message) => message),
    encodesRefusals: spec.encodesRefusals ?? false,
    eventNames: spec.eventNames ?? {},
    jobs: spec.jobs ?? [],
    tasks: spec.tasks ?? [],
    resources: spec.resources ?? [],
    startUp: spec.startUp,
    callback: spec.callback,
    browsers: spec.browsers,
    observe: spec.observe,
    eventSink: spec.eventSink,
    metricSink: spec.metricSink,
    files: spec.files,
    rotateSecret: spec.rotateSecret,
    guardResource: spec.guardResource,
    webAclNamed: spec.webAclNamed,
    webAclUse: spec.webAclUse,
    fidelity: spec.fidelity,
  }
}

function operationsIn(
  id: string,
  modules: readonly Readonly<Record<string, unknown>>[],
  names: ReadonlySet<string>,
): Record<string, Operation> {
  const operations: Record<string, Operation> = {}
  for (const value of modules.flatMap((module) => Object.values(module))) {
    if (!isOperation(value)) continue
    if (!names.has(value.name)) throw new Error(`${id} has no ${value.name}`)
    if (operations[value.name]) throw new Error(`${id} declares ${value.name} twice`)
    operations[value.name] = value
  }
  return operations
}

/** The codes that JSON services use. */
export const jsonErrorCodes: CommonErrorCodes = {
  accessDenied: 'AccessDeniedException',
  validation: 'ValidationException',
  internal: 'InternalFailure',
}

/** The codes that query services (IAM, STS) use. */
export const queryErrorCodes: CommonErrorCodes = {
  accessDenied: 'AccessDenied',
  validation: 'ValidationError',
  internal: 'InternalFailure',
}

/** The namespace of schemas for pages that are no operations of AWS's model. */
const ownNamespace = 'bartizan'

function isOperationSchema(value: unknown): value is OperationSchema {
  return Array.isArray(value) && value[0] === 9
}

function isOperation(value: unknown): value is Operation {
  return typeof value === 'object' && value !== null && 'schema' in value && 'handle' in value
}
