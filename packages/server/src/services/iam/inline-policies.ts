import {
  DeleteGroupPolicy$,
  DeleteRolePolicy$,
  DeleteUserPolicy$,
  GetGroupPolicy$,
  GetRolePolicy$,
  GetUserPolicy$,
  ListGroupPolicies$,
  ListRolePolicies$,
  ListUserPolicies$,
  PutGroupPolicy$,
  PutRolePolicy$,
  PutUserPolicy$,
  type GetGroupPolicyResponse,
  type GetRolePolicyResponse,
  type GetUserPolicyResponse,
  type ListGroupPoliciesResponse,
} from '@aws-sdk/client-iam'
import type { OperationSchema } from '@bartizan/wire'
import { operation, type Operation } from '../../kernel/service.ts'
import { compileDocument, documentSize } from './documents.ts'
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
import { limitExceeded, noSuchEntity } from './errors.ts'
import { pageOf, type PageInput, type PageOutput } from './paging.ts'
import { encodeDocument } from './shapes.ts'

interface PolicyInput extends HolderInput {
  readonly PolicyName?: string | undefined
}

interface DocumentInput extends PolicyInput {
  readonly PolicyDocument?: string | undefined
}

/** What all operations on inline policies share: finding the holder and asking for permission. */
function onHolder<Row extends Holder>(kind: EntityKind<Row>) {
  return {
    resolve: (input: HolderInput, ctx: Parameters<typeof seek>[2]) =>
      seek(kind, holderName(input), ctx),
    access: (_input: HolderInput, ctx: Parameters<typeof seek>[2], sought: Sought<Row>) =>
      accessTo(kind, ctx, sought, { 'iam:permissionsboundary': sought.row?.boundary }),
  }
}

function put<Row extends Holder>(schema: OperationSchema, kind: EntityKind<Row>): Operation {
  return operation<DocumentInput, object, Sought<Row>>(schema, {
    ...onHolder(kind),
    handle(input, ctx, sought) {
      const row = modifiable(kind, sought)
      const document = input.PolicyDocument ?? ''
      compileDocument(document, 'identity')
      const inlinePolicies = { ...row.inlinePolicies, [input.PolicyName ?? '']: document }
      const sizes = Object.values(inlinePolicies).map(documentSize)
      if (sizes.reduce((sum, size) => sum + size, 0) > kind.maxInlineBytes) {
        throw limitExceeded(
          `Maximum policy size of ${kind.maxInlineBytes} bytes exceeded for ${kind.noun} ${row.name}`,
        )
      }
      ctx.store.table(kind.table).put(keyOf(row.name), { ...row, inlinePolicies })
      return {}
    },
  })
}

/** The holder's name under the member that the operation's answer has for it. */
type NamedAnswer = GetUserPolicyResponse | GetGroupPolicyResponse | GetRolePolicyResponse

function get<Row extends Holder>(
  schema: OperationSchema,
  kind: EntityKind<Row>,
  named: (name: string) => Partial<NamedAnswer>,
): Operation {
  return operation<PolicyInput, object, Sought<Row>>(schema, {
    ...onHolder(kind),
    handle(input, _ctx, sought) {
      const row = existing(kind, sought)
      const document = documentOf(kind, row, input)
      return {
        ...named(row.name),
        PolicyName: input.PolicyName,
        PolicyDocument: encodeDocument(document),
      }
    },
  })
}

function remove<Row extends Holder>(schema: OperationSchema, kind: EntityKind<Row>): Operation {
  return operation<PolicyInput, object, Sought<Row>>(schema, {
    ...onHolder(kind),
    handle(input, ctx, sought) {
      const row = modifiable(kind, sought)
      documentOf(kind, row, input)
      const { [input.PolicyName ?? '']: _gone, ...inlinePolicies } = row.inlinePolicies
      ctx.store.table(kind.table).put(keyOf(row.name), { ...row, inlinePolicies })
      return {}
    },
  })
}

function list<Row extends Holder>(schema: OperationSchema, kind: EntityKind<Row>): Operation {
  type Output = PageOutput & Pick<ListGroupPoliciesResponse, 'PolicyNames'>
  return operation<HolderInput & PageInput, Output, Sought<Row>>(schema, {
    ...onHolder(kind),
    handle(input, _ctx, sought) {
      const names = Object.keys(existing(kind, sought).inlinePolicies).sort()
      const { items, ...page } = pageOf(names, (name) => name, input)
      return { PolicyNames: items, ...page }
    },
  })
}

function documentOf<Row extends Holder>(
  kind: EntityKind<Row>,
  row: Row,
  input: PolicyInput,
): string {
  const name = input.PolicyName ?? ''
  const document = Object.hasOwn(row.inlinePolicies, name) ? row.inlinePolicies[name] : undefined
  if (document !== undefined) return document
  throw noSuchEntity(`The ${kind.noun} policy with name ${name} cannot be found.`)
}

/** Writes a policy into a user. */
export const PutUserPolicy = put(PutUserPolicy$, userKind)
/** Shows a user's inline policy. */
export const GetUserPolicy = get(GetUserPolicy$, userKind, (UserName) => ({ UserName }))
/** Lists the names of a user's inline policies. */
export const ListUserPolicies = list(ListUserPolicies$, userKind)
/** Deletes a user's inline policy. */
export const DeleteUserPolicy = remove(DeleteUserPolicy$, userKind)

/** Writes a policy into a group. */
export const PutGroupPolicy = put(PutGroupPolicy$, groupKind)
/** Shows a group's inline policy. */
export const GetGroupPolicy = get(GetGroupPolicy$, groupKind, (GroupName) => ({ GroupName }))
/** Lists the names of a group's inline policies. */
export const ListGroupPolicies = list(ListGroupPolicies$, groupKind)
/** Deletes a group's inline policy. */
export const DeleteGroupPolicy = remove(DeleteGroupPolicy$, groupKind)

/** Writes a policy into a role. */
export const PutRolePolicy = put(PutRolePolicy$, roleKind)
/** Shows a role's inline policy. */
export const GetRolePolicy = get(GetRolePolicy$, roleKind, (RoleName) => ({ RoleName }))
/** Lists the names of a role's inline policies. */
export const ListRolePolicies = list(ListRolePolicies$, roleKind)
/** Deletes a role's inline policy. */
export const DeleteRolePolicy = remove(DeleteRolePolicy$, roleKind)
