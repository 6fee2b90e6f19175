import type { Context } from '../../kernel/context.ts'
import type { ParameterRow, PolicyState } from './store.ts'

/** What a `Parameter Store Change` event tells of a parameter. */
type Changed = Pick<ParameterRow, 'name' | 'arn' | 'type' | 'description'>

/** What happened to a parameter. */
export type ChangeOperation = 'Create' | 'Update' | 'Delete' | 'LabelParameterVersion'

/**
 * Announces a change (Systems Manager User Guide, "Amazon EventBridge event examples for Systems
 * Manager"); `failure` for one that was accepted and could not be made.
 */
export function announceChange(
  ctx: Context,
  { name, arn, type, description }: Changed,
  operation: ChangeOperation,
  failure?: { readonly exception: string; readonly dataType: string },
): void {
  const detail = { ...failure, name, type, operation, ...(description && { description }) }
  ctx.emit({
    source: 'aws.ssm',
    detailType: 'Parameter Store Change',
    detail,
    resources: [arn],
  })
}

/** Announces what a parameter policy did. */
export function announcePolicy(
  ctx: Context,
  { name, arn, type }: Changed,
  policy: PolicyState,
  reason: string,
): void {
  const detail = {
    'policy-type': policy.type,
    'parameter-name': name,
    'parameter-type': type,
    'policy-content': policy.text,
    'action-status': 'Success',
    'action-reason': reason,
  }
  ctx.emit({
    source: 'aws.ssm',
    detailType: 'Parameter Store Policy Action',
    detail,
    resources: [arn],
  })
}
