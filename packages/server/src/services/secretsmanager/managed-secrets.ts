import type { Context } from '../../kernel/context.ts'
import { defineRuntime } from '../../kernel/runtime.ts'
import type { SecretRotator } from '../../kernel/secret-rotation.ts'
import { planned } from './rotation-plan.ts'
import type { SecretRotation, SecretRow } from './store.ts'
import { kmsKeyOf } from './values.ts'

/** Managed secrets are rotated weekly until their users choose another schedule (RDS User Guide). */
const managedRules = { AutomaticallyAfterDays: 7 }

const owners = defineRuntime('secretsmanager.owners', ({ kernel }) => ({
  rotatorOf: async (owner: string) => (await kernel.services.load(owner))?.rotateSecret,
}))

/** How a service rotates the secrets that it keeps; undefined when it does not. */
export function rotatorOf(ctx: Context, owner: string): Promise<SecretRotator | undefined> {
  return ctx.runtime(owners).rotatorOf(owner)
}

/** The rotation of a new secret that a service keeps. */
export async function managedRotation(
  ctx: Context,
  owner: string,
  name: string,
): Promise<SecretRotation | undefined> {
  if (!(await rotatorOf(ctx, owner))) return undefined
  const place = { name, account: ctx.account, region: ctx.region }
  return planned(ctx, place, { enabled: true, rules: managedRules })
}

/** Lets the service that keeps a secret use its customer managed key later, by a grant, as AWS does. */
export async function grantToOwner(ctx: Context, row: SecretRow): Promise<void> {
  if (row.kmsKeyId === undefined) return
  await ctx.call('kms', 'CreateGrant', {
    KeyId: kmsKeyOf(row),
    GranteePrincipal: `${row.owningService ?? ''}.amazonaws.com`,
    Operations: ['Decrypt', 'GenerateDataKey', 'DescribeKey'],
  })
}
