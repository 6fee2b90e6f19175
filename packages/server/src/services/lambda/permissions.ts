import {
  AddPermission$,
  GetPolicy$,
  PolicyLengthExceededException$,
  RemovePermission$,
} from '@aws-sdk/client-lambda'
import type {
  AddPermissionRequest,
  AddPermissionResponse,
  GetPolicyRequest,
  GetPolicyResponse,
  RemovePermissionRequest,
} from '@aws-sdk/client-lambda'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { shownPolicy, storedPolicy } from '../../kernel/identity/principal-ids.ts'
import { operation } from '../../kernel/service.ts'
import { functionArn } from './arns.ts'
import { conflict, invalid, notFound, requireRevision } from './errors.ts'
import {
  findFunction,
  functionAccess,
  requireFunction,
  versionOf,
  type FunctionSubject,
  type MissingFunction,
} from './function-reference.ts'
import {
  addStatement,
  maxPolicyBytes,
  removeStatement,
  statementOf,
  statementsOf,
  type PolicyStatement,
} from './policy-statements.ts'
import { functions, type StoredPolicyDocument } from './store.ts'

type Found = FunctionSubject | MissingFunction

const noPolicy = () => notFound('The resource you requested does not exist.')

function policyKey({ reference }: FunctionSubject): string {
  const { qualifier } = reference
  return qualifier === undefined || qualifier === '$LATEST' ? '' : qualifier
}

function put(
  subject: FunctionSubject,
  key: string,
  policy: StoredPolicyDocument | undefined,
): void {
  const { row, tables } = subject
  const { [key]: _, ...others } = row.policies
  const policies = policy ? { ...others, [key]: policy } : others
  tables.table(functions).put(row.name, { ...row, policies })
}

/**
 * A policy with one more statement as it is kept: users and roles by unique id. Only the principal that is added
 * must exist; those of the other statements may have gone. Throws InvalidParameterValueException.
 */
export async function withStatement(
  ctx: Context,
  before: string | undefined,
  statement: PolicyStatement,
): Promise<string> {
  const added = await storedPolicy(ctx, addStatement(undefined, statement), ({ value }) =>
    invalid(
      `The provided principal was invalid. Please check the principal and try again. (${value})`,
    ),
  )
  const [kept = statement] = statementsOf(added)
  const document = addStatement(before, kept)
  if (Buffer.byteLength(document) > maxPolicyBytes) {
    throw awsError(
      PolicyLengthExceededException$,
      `The final policy size (${Buffer.byteLength(document)}) is bigger than the limit (${maxPolicyBytes}).`,
      { Type: 'User' },
    )
  }
  return document
}

/** AddPermission: one more statement in the policy of a function, version or alias. */
export const AddPermission = operation<AddPermissionRequest, AddPermissionResponse, Found>(
  AddPermission$,
  {
    resolve: (input, ctx) => findFunction(ctx, input.FunctionName, input.Qualifier),
    access: (input, _ctx, subject) =>
      functionAccess(subject, {
        conditions: {
          'lambda:principal': input.Principal,
          ...(input.FunctionUrlAuthType && {
            'lambda:functionurlauthtype': input.FunctionUrlAuthType,
          }),
        },
      }),
    async handle(input, ctx, found) {
      const subject = requireFunction(found)
      const { row, reference } = subject
      if (reference.qualifier === '$LATEST') {
        throw invalid('We currently do not support adding policies for $LATEST.')
      }
      if (reference.qualifier !== undefined) await versionOf(subject)
      const key = policyKey(subject)
      const before = row.policies[key]
      if (input.RevisionId !== undefined)
        requireRevision(input.RevisionId, before?.revisionId ?? '')
      const sid = input.StatementId ?? ''
      if (before && statementsOf(before.document).some(({ Sid }) => Sid === sid)) {
        throw conflict(
          `The statement id (${sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
        )
      }
      const resource = functionArn(row, row.name, key === '' ? undefined : key)
      const statement = statementOf(input, resource)
      const document = await withStatement(ctx, before?.document, statement)
      put(subject, key, { document, revisionId: ctx.ids.uuid() })
      return { Statement: JSON.stringify(statement) }
    },
  },
)

/** RemovePermission. */
export const RemovePermission = operation<RemovePermissionRequest, object, Found>(
  RemovePermission$,
  {
    resolve: (input, ctx) => findFunction(ctx, input.FunctionName, input.Qualifier),
    access: (_input, _ctx, subject) => functionAccess(subject),
    handle(input, ctx, found) {
      const subject = requireFunction(found)
      const key = policyKey(subject)
      const before = subject.row.policies[key]
      if (!before) throw noPolicy()
      requireRevision(input.RevisionId, before.revisionId)
      const document = removeStatement(before.document, input.StatementId ?? '')
      if (document === 'missing') {
        throw notFound(`Statement ${input.StatementId} is not found in resource policy.`)
      }
      put(subject, key, document ? { document, revisionId: ctx.ids.uuid() } : undefined)
      return {}
    },
  },
)

/** GetPolicy. */
export const GetPolicy = operation<GetPolicyRequest, GetPolicyResponse, Found>(GetPolicy$, {
  resolve: (input, ctx) => findFunction(ctx, input.FunctionName, input.Qualifier),
  access: (_input, _ctx, subject) => functionAccess(subject),
  async handle(_input, ctx, found) {
    const subject = requireFunction(found)
    const policy = subject.row.policies[policyKey(subject)]
    if (!policy) throw noPolicy()
    return { Policy: await shownPolicy(ctx, policy.document), RevisionId: policy.revisionId }
  },
})
