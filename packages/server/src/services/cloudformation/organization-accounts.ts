import { AwsError } from '../../kernel/errors.ts'
import {
  tagChanges,
  tagsProperty,
  textProperty,
  textsProperty,
} from '../../kernel/resource-type.ts'
import type { AwaitedType, AwaitedWork, Outcome } from './awaited-type.ts'
import { TemplateError } from './engine/template-error.ts'
import { callAsStack } from './stack-calls.ts'
import { goOn } from './wake.ts'

const organizations = 'organizations'
const askAgainMs = 1000

interface Account {
  readonly Id: string
  readonly Arn: string
  readonly Email: string
  readonly Status: string
  readonly JoinedMethod: string
}

/** `AWS::Organizations::Account`: Organizations makes it in its own time. */
export const organizationAccount: AwaitedType = {
  matches: (type) => type === 'AWS::Organizations::Account',
  replacing: ['AccountName', 'Email', 'RoleName'],
  async begin(work) {
    const { ctx, stack, verb, before, properties } = work
    const call = callAsStack(ctx, stack)
    if (verb === 'delete') {
      await closed(work)
      return { state: 'done' }
    }
    if (verb === 'update' && before) {
      await place(work, before.physicalId)
      const { put, remove } = tagChanges(before.properties, properties)
      const ResourceId = before.physicalId
      if (remove.length > 0)
        await call(organizations, 'UntagResource', { ResourceId, TagKeys: remove })
      if (put.length > 0) await call(organizations, 'TagResource', { ResourceId, Tags: put })
      return { state: 'done', resource: before }
    }
    const RoleName = textProperty(properties, 'RoleName')
    await call(organizations, 'CreateAccount', {
      AccountName: textProperty(properties, 'AccountName'),
      Email: textProperty(properties, 'Email'),
      Tags: tagsProperty(properties),
      ...(RoleName !== undefined && { RoleName }),
    })
    return askAgain(work)
  },
  async ask(work) {
    const email = textProperty(work.properties, 'Email')
    const accounts = await everything<Account>(work, 'ListAccounts', 'Accounts', {})
    const account = accounts.find((each) => each.Email === email)
    if (!account) {
      await requireNoFailure(work)
      return askAgain(work)
    }
    await place(work, account.Id)
    const { Id, Arn, Status, JoinedMethod } = account
    const attributes = { AccountId: Id, Arn, Status, JoinedMethod }
    return { state: 'done', resource: { physicalId: Id, attributes } }
  },
}

function askAgain({ ctx, stack }: AwaitedWork): Outcome {
  const due = new Date(ctx.now.getTime() + askAgainMs)
  goOn(ctx, { uuid: stack.uuid, deploymentId: stack.deployment?.id ?? '' }, due)
  return { state: 'pending' }
}

async function requireNoFailure(work: AwaitedWork): Promise<void> {
  interface Status {
    readonly AccountName: string
    readonly RequestedTimestamp: Date
    readonly FailureReason?: string
  }
  const query = { States: ['FAILED'] }
  const member = 'CreateAccountStatuses'
  const failed = await everything<Status>(work, 'ListCreateAccountStatus', member, query)
  const since = new Date(work.step.startedAt ?? work.ctx.now)
  const own = failed.find(
    ({ AccountName, RequestedTimestamp }) =>
      AccountName === textProperty(work.properties, 'AccountName') && RequestedTimestamp >= since,
  )
  if (own) throw new TemplateError(`The account was not created: ${own.FailureReason}`)
}

/** Moves the account under the parent that the template names. */
async function place(work: AwaitedWork, AccountId: string): Promise<void> {
  const [DestinationParentId] = textsProperty(work.properties, 'ParentIds')
  if (DestinationParentId === undefined) return
  const call = callAsStack(work.ctx, work.stack)
  const { Parents } = (await call(organizations, 'ListParents', { ChildId: AccountId })) as {
    Parents: readonly { readonly Id: string }[]
  }
  const SourceParentId = Parents[0]?.Id
  if (SourceParentId === DestinationParentId) return
  await call(organizations, 'MoveAccount', { AccountId, SourceParentId, DestinationParentId })
}

const gone = ['AccountNotFoundException', 'AccountAlreadyClosedException', 'ConflictException']

async function closed({ ctx, stack, before }: AwaitedWork): Promise<void> {
  const AccountId = before?.physicalId
  try {
    await callAsStack(ctx, stack)(organizations, 'CloseAccount', { AccountId })
  } catch (error) {
    if (!(error instanceof AwsError) || !gone.includes(error.code)) throw error
  }
}

async function everything<T>(
  { ctx, stack }: AwaitedWork,
  operation: string,
  member: string,
  query: object,
): Promise<readonly T[]> {
  const call = callAsStack(ctx, stack)
  const found: T[] = []
  let token: unknown
  do {
    const page = token === undefined ? query : { ...query, NextToken: token }
    const answer = await call(organizations, operation, page)
    found.push(...(answer[member] as readonly T[]))
    token = answer['NextToken']
  } while (token !== undefined)
  return found
}
