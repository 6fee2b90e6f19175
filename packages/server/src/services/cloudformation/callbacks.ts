import { callbackAddress, type Callback } from '../../kernel/callback.ts'
import type { Context } from '../../kernel/context.ts'
import { callbacks, type CallbackRow, type Step } from './store.ts'
import { deployTaskName } from './wake.ts'

/** What a callback belongs to. */
export interface CallbackOwner {
  readonly uuid: string
  readonly logicalId: string
  readonly deploymentId: string
  readonly verb: Step['verb']
}

/** Opens a callback and gives the address that answers go to, by PUT. */
export function openCallback(ctx: Context, owner: CallbackOwner, deadline: Date): string {
  const token = `${ctx.ids.hex(32)}${ctx.ids.hex(32)}`
  const { account, region } = ctx
  ctx.store.table(callbacks).put(token, {
    account,
    region,
    ...owner,
    deadline: deadline.toISOString(),
    answers: [],
  })
  return callbackAddress(ctx.endpoint, 'cloudformation', token)
}

/** The token of an address that `openCallback` gave. */
export function tokenOf(address: string): string {
  return address.slice(address.lastIndexOf('/') + 1)
}

/** The open callback of a step. */
export async function callbackOf(
  ctx: Context,
  { uuid, logicalId, deploymentId, verb }: CallbackOwner,
): Promise<CallbackRow | undefined> {
  const query = { index: 'step', equals: `${uuid}/${logicalId}` }
  const rows = (await ctx.store.table(callbacks).list(query)).map(({ value }) => value)
  return rows.find((row) => row.deploymentId === deploymentId && row.verb === verb)
}

/** Forgets the callbacks of a resource. */
export async function closeCallbacks(ctx: Context, uuid: string, logicalId: string): Promise<void> {
  const view = ctx.store.table(callbacks)
  const query = { index: 'step', equals: `${uuid}/${logicalId}` }
  for (const { key } of await view.list(query)) view.delete(key)
}

const maxAnswers = 1000

/** Keeps an answer and has the deployment that waits for it go on. */
export async function answer(ctx: Context, token: string, body: string): Promise<boolean> {
  const view = ctx.store.table(callbacks)
  const row = await view.get(token)
  if (!row || row.answers.length >= maxAnswers) return false
  view.put(token, { ...row, answers: [...row.answers, body] })
  const { account, region, uuid, deploymentId } = row
  const order = `${deployTaskName}/${uuid}`
  ctx.enqueue({ name: deployTaskName }, { uuid, deploymentId }, { order, account, region })
  return true
}

/** Answers of custom resources and signals of wait conditions. */
export const callback: Callback = { run: answer }
