import type { Context } from '../../kernel/context.ts'
import type { Job } from '../../kernel/jobs.ts'
import { keyOf } from './names.ts'
import { nextDue, reasonOf } from './parameter-policies.ts'
import { announceChange, announcePolicy } from './parameter-events.ts'
import { earlierVersions, expiredNotices, parameters, versionKey } from './store.ts'
import type { ParameterRow, PolicyState } from './store.ts'

const policyJobName = { name: 'ssm.policies' }
const noticeJobName = { name: 'ssm.notices' }

/** Has the policies of a parameter run when the next is due; `before` are those it had. */
export function schedulePolicies(
  ctx: Context,
  { name, policies }: Pick<ParameterRow, 'name' | 'policies'>,
  before: readonly PolicyState[],
): void {
  const due = nextDue(policies)
  if (due !== undefined) ctx.schedule.at(policyJobName, keyOf(name), new Date(due))
  else if (nextDue(before) !== undefined) ctx.schedule.cancel(policyJobName, keyOf(name))
}

/** Takes a parameter away with its versions and what is due of its policies, and announces it. */
export function removeParameter(ctx: Context, row: ParameterRow): void {
  const key = keyOf(row.name)
  ctx.store.table(parameters).delete(key)
  for (let version = row.oldest; version < row.version; version += 1) {
    ctx.store.table(earlierVersions).delete(versionKey(key, version))
  }
  schedulePolicies(ctx, { name: row.name, policies: [] }, row.policies)
  announceChange(ctx, row, 'Delete')
}

const expiryOf = (policies: readonly PolicyState[]): PolicyState | undefined =>
  policies.find(({ type }) => type === 'Expiration')

/** Acts on the policies of a parameter that are due: once each, in order of their dates. */
export const policyJob: Job = {
  ...policyJobName,
  async run(ctx, key) {
    const row = await ctx.store.table(parameters).get(key)
    if (!row) return
    const now = ctx.now.toISOString()
    const expiry = expiryOf(row.policies)
    const isExpired = expiry?.status === 'Pending' && expiry.due <= now
    const isDue = (state: PolicyState): boolean => state.status === 'Pending' && state.due <= now
    for (const state of row.policies.filter((each) => isDue(each) && each !== expiry)) {
      announcePolicy(ctx, row, state, reasonOf(state, expiry?.due))
    }
    if (isExpired) {
      announcePolicy(ctx, row, expiry, reasonOf(expiry, expiry.due))
      keepNotices(ctx, row, expiry)
      removeParameter(ctx, row)
      return
    }
    const policies = row.policies.map((state): PolicyState =>
      isDue(state) ? { ...state, status: 'Finished' } : state,
    )
    const next = { ...row, policies }
    ctx.store.table(parameters).put(key, next)
    schedulePolicies(ctx, next, row.policies)
  },
}

/** Notifications that are due after the expiry outlive the parameter. */
function keepNotices(ctx: Context, row: ParameterRow, { due }: PolicyState): void {
  for (const policy of row.policies) {
    if (policy.type !== 'ExpirationNotification' || policy.due <= due) continue
    const id = ctx.ids.uuid()
    const { name, arn, type } = row
    ctx.store.table(expiredNotices).put(id, { name, arn, type, policy, expiredAt: due })
    ctx.schedule.at(noticeJobName, id, new Date(policy.due))
  }
}

/** Tells that a parameter has expired so and so long ago. */
export const noticeJob: Job = {
  ...noticeJobName,
  async run(ctx, id) {
    const notice = await ctx.store.table(expiredNotices).get(id)
    if (!notice) return
    announcePolicy(ctx, notice, notice.policy, reasonOf(notice.policy, notice.expiredAt))
    ctx.store.table(expiredNotices).delete(id)
  },
}
