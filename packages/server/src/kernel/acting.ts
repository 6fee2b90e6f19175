import { authorise, type Refusal } from './identity/authorise.ts'
import { rolePrincipalOf, type AssumedRole } from './identity/assumed-role.ts'
import { standingOf } from './identity/principal-policies.ts'
import type { Caller } from './call-context.ts'
import type { Principal } from './context.ts'
import type { Kernel } from './kernel.ts'
import { execute } from './pipeline.ts'
import type { Access } from './service.ts'
import { serviceCaller } from './service-caller.ts'

/** Who a service acts as: itself, or a role that trusts it. */
export interface Actor {
  /** The service principal: `events.amazonaws.com`. */
  readonly service: string
  /** What the call is made for: `aws:SourceArn`. */
  readonly sourceArn?: string
  /** `aws:SourceAccount`; the place's account by default. */
  readonly sourceAccount?: string
  /** A role whose trust policy lets the service assume it; its policies then decide. */
  readonly roleArn?: string
  readonly sessionName?: string
  /**
   * Whom the service acts for, long after the call that asked for it: as this principal, whose
   * policies decide, through the service (`aws:CalledVia`).
   */
  readonly onBehalfOf?: Principal
  /** The service through which the role is used: `lambda.us-east-1.amazonaws.com`. */
  readonly viaService?: string
}

/** Calls an operation of another service in a unit of work of its own, committed when it resolves. Throws AwsError. */
export type CallAs = (
  actor: Actor,
  service: string,
  operation: string,
  input: object,
) => Promise<Record<string, unknown>>

/** Where and since when an actor acts. */
export interface ActingPlace {
  readonly account: string
  readonly region: string
}

/** `CallAs` for a place: authorised and audited like anybody's call. */
export async function callAs(
  kernel: Kernel,
  place: ActingPlace,
  actor: Actor,
  call: { readonly service: string; readonly operation: string; readonly input: object },
): Promise<Record<string, unknown>> {
  return run(kernel, await callerOf(kernel, place, actor), call)
}

/**
 * Why an actor may not do what no operation stands for (`events:InvokeApiDestination`); undefined
 * when it may. Throws AwsError when its role cannot be assumed.
 */
export async function refusalFor(
  kernel: Kernel,
  place: ActingPlace,
  actor: Actor,
  access: Access & { readonly action: string },
): Promise<Refusal | undefined> {
  const caller = await callerOf(kernel, place, actor)
  const { policies, tags, organization } = await standingOf(kernel.store, caller.principal)
  const facts = { ...caller, principalTags: tags, ...(organization && { organization }) }
  return authorise(kernel.store, { facts, policies, action: access.action }, access)
}

async function callerOf(kernel: Kernel, place: ActingPlace, actor: Actor): Promise<Caller> {
  const asService = sourced(kernel, place, actor)
  if (actor.onBehalfOf) {
    const viaService = actor.service.replace('.', `.${place.region}.`)
    return { ...asService, principal: actor.onBehalfOf, viaService }
  }
  if (!actor.roleArn) return asService
  const principal = await assumedRole(kernel, asService, actor)
  const { viaService } = actor
  return { ...asService, principal, ...(viaService !== undefined && { viaService }) }
}

async function run(
  kernel: Kernel,
  caller: Caller,
  { service: id, operation: name, input }: Parameters<typeof callAs>[3],
): Promise<Record<string, unknown>> {
  const service = await kernel.services.load(id)
  const operation = service?.operations[name]
  if (!service || !operation) throw new Error(`${id}:${name} does not exist`)
  const output = await execute(kernel, {
    caller,
    service,
    operation,
    input: input as Record<string, unknown>,
    requestId: kernel.ids.uuid(),
  })
  return output as Record<string, unknown>
}

function sourced(kernel: Kernel, { account, region }: ActingPlace, actor: Actor): Caller {
  const { service, sourceArn, sourceAccount = account } = actor
  return {
    ...serviceCaller(kernel, { account, region, service, now: kernel.clock.now() }),
    sourceAccount,
    ...(sourceArn !== undefined && { sourceArn }),
  }
}

/** A session is used again for as long as role chaining would let it last, less a margin. */
const sessionSeconds = 900

async function assumedRole(kernel: Kernel, caller: Caller, actor: Actor): Promise<Principal> {
  const { roleArn = '', sessionName = 'bartizan', service, sourceArn = '' } = actor
  // Everything that the role's trust policy may decide by.
  const key = [roleArn, service, sessionName, sourceArn, caller.sourceAccount].join('|')
  const known = kernel.assumedRoles.get(key)
  if (known && known.until > caller.now) {
    const principal = await rolePrincipalOf(kernel.store, known)
    if (principal) return principal
  }
  const output = await run(kernel, caller, {
    service: 'sts',
    operation: 'AssumeRole',
    input: { RoleArn: roleArn, RoleSessionName: sessionName, DurationSeconds: sessionSeconds },
  })
  const user = output['AssumedRoleUser'] as { AssumedRoleId: string; Arn: string }
  const assumed: AssumedRole = {
    roleArn,
    arn: user.Arn,
    principalId: user.AssumedRoleId,
    sessionName,
    issuedAt: caller.now,
    until: new Date(caller.now.getTime() + sessionSeconds * 1000),
  }
  if (kernel.assumedRoles.size >= 10_000) kernel.assumedRoles.clear()
  kernel.assumedRoles.set(key, assumed)
  const principal = await rolePrincipalOf(kernel.store, assumed)
  if (!principal) throw new Error(`${roleArn} vanished while it was assumed`)
  return principal
}
