import {
  AttachGroupPolicy$,
  AttachRolePolicy$,
  AttachUserPolicy$,
  DetachGroupPolicy$,
  DetachRolePolicy$,
  DetachUserPolicy$,
  ListAttachedGroupPolicies$,
  ListAttachedRolePolicies$,
  ListAttachedUserPolicies$,
  type ListAttachedUserPoliciesResponse,
} from '@aws-sdk/client-iam'
import type { OperationSchema } from '@bartizan/wire'
import type { Context } from '../../kernel/context.ts'
import { operation, type Operation } from '../../kernel/service.ts'
import {
  accessTo,
  existing,
  groupKind,
  holderName,
  keyOf,
  modifiable,
  roleKind,
  seek,
  userKind,
  type EntityKind,
  type Holder,
  type HolderInput,
  type Sought,
} from './entities.ts'
import { checkQuota, validationError, noSuchEntity, notAttachable } from './errors.ts'
import { pageOf, type PageInput, type PageOutput } from './paging.ts'
import { findPolicy } from './policy-lookup.ts'

interface PolicyInput extends HolderInput {
  readonly PolicyArn?: string | undefined
}

const maxAttached = 10

function onHolder<Row extends Holder>(kind: EntityKind<Row>) {
  return {
    resolve: (input: HolderInput, ctx: Context) => seek(kind, holderName(input), ctx),
    access: (input: PolicyInput, ctx: Context, sought: Sought<Row>) =>
      accessTo(kind, ctx, sought, {
        'iam:policyarn': input.PolicyArn,
        'iam:permissionsboundary': sought.row?.boundary,
      }),
  }
}

function attach<Row extends Holder>(schema: OperationSchema, kind: EntityKind<Row>): Operation {
  return operation<PolicyInput, object, Sought<Row>>(schema, {
    ...onHolder(kind),
    async handle(input, ctx, sought) {
      const row = modifiable(kind, sought)
      const arn = await attachable(input.PolicyArn ?? '', ctx)
      if (row.attachedPolicies.includes(arn)) return {}
      const attachedPolicies = [...row.attachedPolicies, arn]
      checkQuota(`PoliciesPer${kind.title}`, maxAttached, attachedPolicies.length)
      ctx.store.table(kind.table).put(keyOf(row.name), { ...row, attachedPolicies })
      return {}
    },
  })
}

function detach<Row extends Holder>(schema: OperationSchema, kind: EntityKind<Row>): Operation {
  return operation<PolicyInput, object, Sought<Row>>(schema, {
    ...onHolder(kind),
    handle(input, ctx, sought) {
      const row = modifiable(kind, sought)
      const arn = policyArn(input.PolicyArn ?? '')
      if (!row.attachedPolicies.includes(arn)) throw noSuchEntity(`Policy ${arn} was not found.`)
      const attachedPolicies = row.attachedPolicies.filter((attached) => attached !== arn)
      ctx.store.table(kind.table).put(keyOf(row.name), { ...row, attachedPolicies })
      return {}
    },
  })
}

function list<Row extends Holder>(schema: OperationSchema, kind: EntityKind<Row>): Operation {
  type Input = HolderInput & PageInput & { readonly PathPrefix?: string | undefined }
  type Output = PageOutput & Pick<ListAttachedUserPoliciesResponse, 'AttachedPolicies'>
  return operation<Input, Output, Sought<Row>>(schema, {
    ...onHolder(kind),
    handle(input, _ctx, sought) {
      const attached = attachedOut(existing(kind, sought).attachedPolicies)
        .filter(({ PolicyArn }) => pathOf(PolicyArn).startsWith(input.PathPrefix ?? '/'))
        .sort((a, b) => (a.PolicyArn < b.PolicyArn ? -1 : 1))
      const { items, ...page } = pageOf(attached, ({ PolicyArn }) => PolicyArn, input)
      return { AttachedPolicies: items, ...page }
    },
  })
}

/** Attached policies as the API shows them. */
export function attachedOut(arns: readonly string[]) {
  return arns.map((arn) => ({ PolicyName: arn.slice(arn.lastIndexOf('/') + 1), PolicyArn: arn }))
}

/** The path within a policy's ARN. */
function pathOf(arn: string): string {
  const path = arn.slice(arn.indexOf(':policy/') + ':policy'.length)
  return path.slice(0, path.lastIndexOf('/') + 1)
}

function policyArn(arn: string): string {
  if (/^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/.+$/.test(arn)) return arn
  throw validationError(`ARN ${arn} is not valid.`)
}

async function attachable(arn: string, ctx: Context): Promise<string> {
  const policy = await findPolicy(policyArn(arn), ctx)
  if (!policy) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`)
  if (policy.path.startsWith('/aws-service-role/')) {
    throw notAttachable('Cannot attach a Service Role Policy to a Customer Role.')
  }
  return arn
}

/** Attaches a managed policy to a user. */
export const AttachUserPolicy = attach(AttachUserPolicy$, userKind)
/** Detaches a managed policy from a user. */
export const DetachUserPolicy = detach(DetachUserPolicy$, userKind)
/** Lists the managed policies attached to a user. */
export const ListAttachedUserPolicies = list(ListAttachedUserPolicies$, userKind)

/** Attaches a managed policy to a group. */
export const AttachGroupPolicy = attach(AttachGroupPolicy$, groupKind)
/** Detaches a managed policy from a group. */
export const DetachGroupPolicy = detach(DetachGroupPolicy$, groupKind)
/** Lists the managed policies attached to a group. */
export const ListAttachedGroupPolicies = list(ListAttachedGroupPolicies$, groupKind)

/** Attaches a managed policy to a role. */
export const AttachRolePolicy = attach(AttachRolePolicy$, roleKind)
/** Detaches a managed policy from a role. */
export const DetachRolePolicy = detach(DetachRolePolicy$, roleKind)
/** Lists the managed policies attached to a role. */
export const ListAttachedRolePolicies = list(ListAttachedRolePolicies$, roleKind)
