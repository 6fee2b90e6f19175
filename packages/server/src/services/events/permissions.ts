import { compilePolicy, PolicySyntaxError } from '@bartizan/policy'
import {
  PolicyLengthExceededException$,
  PutPermission$,
  RemovePermission$,
} from '@aws-sdk/client-eventbridge'
import type { PutPermissionRequest, RemovePermissionRequest } from '@aws-sdk/client-eventbridge'
import type { Context } from '../../kernel/context.ts'
import { awsError, commonError } from '../../kernel/errors.ts'
import { storedPolicy } from '../../kernel/identity/principal-ids.ts'
import { operation } from '../../kernel/service.ts'
import { partitionOf } from '../../kernel/partition.ts'
import { busAccess, findBus } from './bus-reference.ts'
import type { BusSubject } from './bus-reference.ts'
import { busRowOf } from './buses.ts'
import { notFound, validation } from './errors.ts'
import { buses } from './store.ts'

/** The longest resource policy, in bytes (Service Quotas, "Event bus policy size"). */
const maxPolicyBytes = 10_240

interface Statement extends Readonly<Record<string, unknown>> {
  readonly Sid?: string
}

function statementsOf(policy: string | undefined): readonly Statement[] {
  if (policy === undefined) return []
  const { Statement: listed } = JSON.parse(policy) as { Statement: Statement | Statement[] }
  return Array.isArray(listed) ? listed : [listed]
}

function policyWith(statements: readonly Statement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}

const invalidValue = (message: string) => commonError('InvalidParameterValue', message, 400)

function checkPermission(input: PutPermissionRequest): void {
  if (input.Policy !== undefined) return
  const { Action, Principal, StatementId, Condition } = input
  if (Principal === undefined) throw validation('Parameter Principal must be specified.')
  if (Condition && Principal !== '*') {
    throw invalidValue(
      "Value of the parameter 'principal' must be '*' when the parameter 'condition' is set.",
    )
  }
  if (Action !== 'events:PutEvents') {
    throw validation("Provided value in parameter 'action' is not supported.")
  }
  if (StatementId === undefined) throw validation('Parameter StatementId must be specified.')
}

/** The statement that PutPermission's parameters come to. */
function statementOf(input: PutPermissionRequest, bus: BusSubject): Statement {
  const { StatementId = '', Principal = '', Action, Condition } = input
  const root = `arn:${partitionOf(bus.region)}:iam::${Principal}:root`
  return {
    Sid: StatementId,
    Effect: 'Allow',
    Principal: Principal === '*' ? '*' : { AWS: root },
    Action,
    Resource: bus.arn,
    ...(Condition && {
      Condition: { [Condition.Type ?? '']: { [Condition.Key ?? '']: Condition.Value } },
    }),
  }
}

function checkPolicy(policy: string): void {
  if (Buffer.byteLength(policy) > maxPolicyBytes) {
    throw awsError(
      PolicyLengthExceededException$,
      `The event bus policy is too long. The limit is ${maxPolicyBytes} bytes.`,
    )
  }
  try {
    compilePolicy(policy, 'resource')
  } catch (error) {
    if (error instanceof SyntaxError) throw validation('This policy contains invalid Json')
    if (error instanceof PolicySyntaxError) throw validation(error.message)
    throw error
  }
}

/** A given policy as it is kept: users and roles by unique id. */
function keptPolicy(ctx: Context, policy: string): Promise<string> {
  return storedPolicy(ctx, policy, ({ type, value }) =>
    validation(`Invalid principal in policy: ${JSON.stringify({ [type]: value })}`),
  )
}

/** PutPermission: a whole resource policy, or one statement of it. */
export const PutPermission = operation<PutPermissionRequest, object, BusSubject>(PutPermission$, {
  check: checkPermission,
  resolve: (input, ctx) => findBus(ctx, input.EventBusName),
  access: (_input, _ctx, bus) => busAccess(bus),
  async handle(input, ctx, bus) {
    const row = await busRowOf(ctx, bus)
    const added = input.Policy === undefined ? statementOf(input, bus) : undefined
    const others = statementsOf(row.policy).filter(({ Sid }) => Sid !== added?.Sid)
    const whole = input.Policy ?? policyWith(added ? [...others, added] : others)
    checkPolicy(whole)
    const policy = added ? whole : await keptPolicy(ctx, whole)
    bus.tables.table(buses).put(bus.name, { ...row, policy, modifiedAt: ctx.now.toISOString() })
    return {}
  },
})

/** RemovePermission: one statement of the resource policy, or all of them. */
export const RemovePermission = operation<RemovePermissionRequest, object, BusSubject>(
  RemovePermission$,
  {
    resolve: (input, ctx) => findBus(ctx, input.EventBusName),
    access: (_input, _ctx, bus) => busAccess(bus),
    async handle(input, ctx, bus) {
      const row = await busRowOf(ctx, bus)
      const { policy: known, ...bare } = row
      const statements = statementsOf(known)
      const left = input.RemoveAllPermissions
        ? []
        : statements.filter(({ Sid }) => Sid !== input.StatementId)
      if (!input.RemoveAllPermissions && left.length === statements.length) {
        throw notFound('Statement with the provided id does not exist.')
      }
      const next = { ...bare, ...(left.length > 0 && { policy: policyWith(left) }) }
      bus.tables.table(buses).put(bus.name, { ...next, modifiedAt: ctx.now.toISOString() })
      return {}
    },
  },
)
