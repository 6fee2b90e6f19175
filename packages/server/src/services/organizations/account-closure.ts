import type { Task } from '../../kernel/tasks.ts'
import { members } from './store.ts'

/** Finishes the closing of an account. */
export const closeTask: Task<{ readonly accountId: string }> = {
  name: 'organizations.close-account',
  async run(ctx, { accountId }) {
    const view = ctx.store.table(members)
    const member = await view.get(accountId)
    if (member?.state !== 'PENDING_CLOSURE') return undefined
    view.put(accountId, { ...member, state: 'SUSPENDED' })
    ctx.audit.serviceEvent({
      name: 'CloseAccountResult',
      details: { closeAccountStatus: { accountId, state: 'SUCCEEDED' } },
    })
    return undefined
  },
}
