import {
  CancelUpdateStack$,
  ContinueUpdateRollback$,
  CreateStack$,
  DeleteStack$,
  RollbackStack$,
  UpdateStack$,
  UpdateTerminationProtection$,
  type CancelUpdateStackInput,
  type ContinueUpdateRollbackInput,
  type ContinueUpdateRollbackOutput,
  type CreateStackInput,
  type CreateStackOutput,
  type DeleteStackInput,
  type RollbackStackInput,
  type RollbackStackOutput,
  type UpdateStackInput,
  type UpdateStackOutput,
  type UpdateTerminationProtectionInput,
  type UpdateTerminationProtectionOutput,
} from '@aws-sdk/client-cloudformation'
import type { Context } from '../../kernel/context.ts'
import { operation, type Access } from '../../kernel/service.ts'
import { requestTagConditions } from '../../kernel/tag-conditions.ts'
import { definitionOf, sameDefinition } from './definitions.ts'
import { newStack, startCreate, startDelete, started, startUpdate } from './deployment-start.ts'
import { alreadyExists, tokenUsed, validation } from './errors.ts'
import { checkPolicyText } from './policy-document.ts'
import { definitionFrom, hiddenMembers, type DefinitionInput } from './stack-definition.ts'
import { findStack, requireStack, stackAccess } from './stack-reference.ts'
import { settings, type StackRow } from './store.ts'
import { goOn } from './wake.ts'

/** CreateStack. */
export const CreateStack = operation<CreateStackInput, CreateStackOutput, StackRow | undefined>(
  CreateStack$,
  {
    hides: hiddenMembers,
    resolve: (input, ctx) => findStack(ctx, input.StackName),
    access: (input, ctx) => deployAccess(ctx, undefined, input),
    async handle(input, ctx, existing) {
      const { StackName: name = '', ClientRequestToken: token } = input
      if (existing) {
        if (token !== undefined && existing.deployment?.token === token) {
          return { StackId: existing.id }
        }
        throw alreadyExists(`Stack [${name}] already exists`)
      }
      if (input.OnFailure !== undefined && input.DisableRollback !== undefined) {
        throw validation('You cannot specify both OnFailure and DisableRollback.')
      }
      const { definition, template } = await definitionFrom(ctx, input)
      const stack = newStack(ctx, {
        name,
        definition,
        description: template.description,
        disableRollback: input.DisableRollback,
        onFailure: input.OnFailure,
        retainExceptOnCreate: input.RetainExceptOnCreate,
        timeoutMinutes: input.TimeoutInMinutes,
      })
      if (input.StackPolicyBody !== undefined) checkPolicyText(input.StackPolicyBody)
      ctx.store.table(settings).put(stack.uuid, {
        isProtected: input.EnableTerminationProtection ?? false,
        ...(input.StackPolicyBody !== undefined && { policy: input.StackPolicyBody }),
      })
      startCreate(ctx, stack, token)
      ctx.audit.resource({
        ARN: stack.id,
        accountId: ctx.account,
        type: 'AWS::CloudFormation::Stack',
      })
      return { StackId: stack.id }
    },
  },
)

/** UpdateStack. */
export const UpdateStack = operation<UpdateStackInput, UpdateStackOutput, StackRow | undefined>(
  UpdateStack$,
  {
    hides: hiddenMembers,
    resolve: (input, ctx) => findStack(ctx, input.StackName),
    access: (input, ctx, stack) => deployAccess(ctx, stack, input),
    async handle(input, ctx, found) {
      const { StackName = '', ClientRequestToken: token } = input
      if (!found) throw validation(`Stack [${StackName}] does not exist`)
      const stack = found
      if (token !== undefined && stack.deployment?.token === token) {
        if (stack.deployment.kind !== 'update') throw tokenUsed(token)
        return { StackId: stack.id }
      }
      requireUpdatable(stack)
      const before = definitionOf(stack)
      const { definition, template } = await definitionFrom(ctx, input, before)
      const isSame = sameDefinition(before, definition) && input.StackPolicyBody === undefined
      if (isSame && stack.status !== 'UPDATE_FAILED') {
        throw validation('No updates are to be performed.')
      }
      await setPolicies(ctx, stack, input)
      startUpdate(ctx, stack, {
        definition,
        description: template.description,
        disableRollback: input.DisableRollback,
        token,
      })
      return { StackId: stack.id }
    },
  },
)

/** DeleteStack: nothing to do for one that is not there. */
export const DeleteStack = operation<DeleteStackInput, object, StackRow | undefined>(DeleteStack$, {
  resolve: (input, ctx) => findStack(ctx, input.StackName),
  access: (input, ctx, stack) => deployAccess(ctx, stack, input),
  async handle(input, ctx, stack) {
    if (!stack || stack.status === 'DELETE_COMPLETE') return {}
    const { RetainResources: retained, DeletionMode, ClientRequestToken: token } = input
    if ((await ctx.store.table(settings).get(stack.uuid))?.isProtected) {
      throw validation(
        `Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`,
      )
    }
    if (stack.deployment?.kind === 'delete') return {}
    if (stack.deployment) throw inProgress(stack, 'deleted')
    if (retained?.length && stack.status !== 'DELETE_FAILED') {
      throw validation(
        'Invalid operation on stack. RetainResources can only be specified for stacks in DELETE_FAILED state.',
      )
    }
    const { RoleARN } = input
    const definition =
      RoleARN === undefined
        ? stack.definition
        : JSON.stringify({ ...definitionOf(stack), roleArn: RoleARN })
    const isForced = DeletionMode === 'FORCE_DELETE_STACK'
    startDelete(ctx, { ...stack, definition }, { token, retained, isForced })
    return {}
  },
})

/** CancelUpdateStack: an update under way is rolled back. */
export const CancelUpdateStack = operation<CancelUpdateStackInput, object, StackRow | undefined>(
  CancelUpdateStack$,
  {
    resolve: (input, ctx) => findStack(ctx, input.StackName),
    access: (input, ctx, stack) => stackAccess(ctx, stack, input.StackName),
    async handle(input, ctx, found) {
      const stack = requireStack(found, input.StackName)
      if (stack.status !== 'UPDATE_IN_PROGRESS' || !stack.deployment) {
        throw validation('CancelUpdateStack cannot be called from current stack status')
      }
      const view = ctx.store.table(settings)
      const before = (await view.get(stack.uuid)) ?? { isProtected: false }
      view.put(stack.uuid, { ...before, cancelled: stack.deployment.id })
      goOn(ctx, { uuid: stack.uuid, deploymentId: stack.deployment.id })
      return {}
    },
  },
)

/** ContinueUpdateRollback: tries again to take an update back. */
export const ContinueUpdateRollback = operation<
  ContinueUpdateRollbackInput,
  ContinueUpdateRollbackOutput,
  StackRow | undefined
>(ContinueUpdateRollback$, {
  resolve: (input, ctx) => findStack(ctx, input.StackName),
  access: (input, ctx, stack) => deployAccess(ctx, stack, input),
  handle(input, ctx, found) {
    const stack = requireStack(found, input.StackName)
    if (stack.status !== 'UPDATE_ROLLBACK_FAILED') {
      throw validation(
        `Stack:${stack.id} is in ${stack.status} state and can not continue update rollback.`,
      )
    }
    rollBack(ctx, stack, input.ClientRequestToken)
    return {}
  },
})

/** RollbackStack: from a failed state that was kept, back to the last good one. */
export const RollbackStack = operation<
  RollbackStackInput,
  RollbackStackOutput,
  StackRow | undefined
>(RollbackStack$, {
  resolve: (input, ctx) => findStack(ctx, input.StackName),
  access: (input, ctx, stack) => deployAccess(ctx, stack, input),
  handle(input, ctx, found) {
    const stack = requireStack(found, input.StackName)
    if (stack.status === 'UPDATE_FAILED') {
      const { definition, previousDefinition } = stack
      const back = { ...stack, definition: previousDefinition, previousDefinition: definition }
      rollBack(ctx, back, input.ClientRequestToken)
    } else if (stack.status === 'CREATE_FAILED') {
      started(ctx, stack, {
        status: 'ROLLBACK_IN_PROGRESS',
        reason: 'User Initiated',
        deployment: { kind: 'create', phase: 'rollback-cleanup' },
      })
    } else {
      throw validation(`Stack:${stack.id} is in ${stack.status} state and can not be rolled back.`)
    }
    return { StackId: stack.id }
  },
})

/** UpdateTerminationProtection. */
export const UpdateTerminationProtection = operation<
  UpdateTerminationProtectionInput,
  UpdateTerminationProtectionOutput,
  StackRow | undefined
>(UpdateTerminationProtection$, {
  resolve: (input, ctx) => findStack(ctx, input.StackName),
  access: (input, ctx, stack) => stackAccess(ctx, stack, input.StackName),
  async handle(input, ctx, found) {
    const stack = requireStack(found, input.StackName)
    if (stack.parent) {
      throw validation(
        `Termination protection cannot be set on nested stack [${stack.id}] directly`,
      )
    }
    const view = ctx.store.table(settings)
    const before = await view.get(stack.uuid)
    view.put(stack.uuid, { ...before, isProtected: input.EnableTerminationProtection ?? false })
    return { StackId: stack.id }
  },
})

function rollBack(ctx: Context, stack: StackRow, token: string | undefined): void {
  started(
    ctx,
    { ...stack, deployer: JSON.stringify(ctx.principal) },
    {
      status: 'UPDATE_ROLLBACK_IN_PROGRESS',
      reason: 'User Initiated',
      deployment: { kind: 'update', phase: 'rollback', ...(token !== undefined && { token }) },
    },
  )
}

const updatable =
  /^(CREATE_COMPLETE|UPDATE_COMPLETE|UPDATE_ROLLBACK_COMPLETE|UPDATE_FAILED|IMPORT_COMPLETE|IMPORT_ROLLBACK_COMPLETE)$/

/** Throws ValidationError unless a stack can be updated as it is. */
export function requireUpdatable(stack: StackRow): void {
  if (stack.deployment || !updatable.test(stack.status)) throw inProgress(stack, 'updated')
}

function inProgress({ id, status }: StackRow, verb: string) {
  return validation(`Stack:${id} is in ${status} state and can not be ${verb}.`)
}

async function setPolicies(ctx: Context, stack: StackRow, input: UpdateStackInput): Promise<void> {
  const { StackPolicyBody: policy, StackPolicyDuringUpdateBody: policyDuringUpdate } = input
  if (policy === undefined && policyDuringUpdate === undefined) return
  for (const text of [policy, policyDuringUpdate]) if (text !== undefined) checkPolicyText(text)
  const view = ctx.store.table(settings)
  const before = (await view.get(stack.uuid)) ?? { isProtected: false }
  view.put(stack.uuid, {
    ...before,
    ...(policy !== undefined && { policy }),
    ...(policyDuringUpdate !== undefined && { policyDuringUpdate }),
  })
}

/** Access to a stack for a deployment: also to hand on the role that it works with. */
export function deployAccess(
  ctx: Context,
  stack: StackRow | undefined,
  input: Pick<DefinitionInput, 'StackName' | 'RoleARN' | 'TemplateURL' | 'Tags' | 'ResourceTypes'>,
): Access[] {
  const { StackName, RoleARN, TemplateURL, Tags } = input
  const conditions = {
    'cloudformation:templateurl': TemplateURL,
    'cloudformation:rolearn': RoleARN,
    ...(input.ResourceTypes && { 'cloudformation:resourcetypes': input.ResourceTypes }),
    ...requestTagConditions(Tags),
  }
  const own = stackAccess(ctx, stack, StackName, conditions)
  if (RoleARN === undefined) return [own]
  const passed = {
    action: 'iam:PassRole',
    resource: RoleARN,
    conditions: { 'iam:passedtoservice': 'cloudformation.amazonaws.com' },
  }
  return [own, passed]
}
