import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import type { SecretRotator, SecretStep } from '../../kernel/secret-rotation.ts'
import { databaseHost } from './database-host.ts'
import { databaseOf } from './database-rows.ts'
import { driverFor } from './engines/drivers.ts'
import { newPassword, rdsPrincipal } from './master-secret.ts'
import { clusters, instances, type ClusterRow, type InstanceRow } from './store.ts'

/** Rotates managed master passwords, step by step, when Secrets Manager says so. */
export const rotateSecret: SecretRotator = async (ctx, step) => {
  const owner = await ownerOfSecret(ctx, step.secretArn)
  if (!owner) throw new Error(`no database has its master password in ${step.secretArn}`)
  const steps = { createSecret, setSecret, testSecret, finishSecret }
  await steps[step.step](ctx, step, owner)
}

type Owner = InstanceRow | ClusterRow

async function ownerOfSecret(ctx: Context, secretArn: string): Promise<Owner | undefined> {
  const query = { index: 'secret', equals: secretArn }
  const [instance] = await ctx.store.table(instances).list(query)
  if (instance) return instance.value
  const [cluster] = await ctx.store.table(clusters).list(query)
  return cluster?.value
}

function secretCall(ctx: Context, { arn }: Owner, operation: string, input: object) {
  return ctx.callAs({ service: rdsPrincipal, sourceArn: arn }, 'secretsmanager', operation, input)
}

async function pendingPassword(
  ctx: Context,
  { secretArn, token }: SecretStep,
  owner: Owner,
): Promise<string | undefined> {
  const wanted = { SecretId: secretArn, VersionId: token, VersionStage: 'AWSPENDING' }
  try {
    const { SecretString } = await secretCall(ctx, owner, 'GetSecretValue', wanted)
    return (JSON.parse(String(SecretString)) as { password: string }).password
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return undefined
    throw error
  }
}

async function createSecret(ctx: Context, step: SecretStep, owner: Owner): Promise<void> {
  if ((await pendingPassword(ctx, step, owner)) !== undefined) return
  const username = owner.masterUsername
  await secretCall(ctx, owner, 'PutSecretValue', {
    SecretId: step.secretArn,
    ClientRequestToken: step.token,
    SecretString: JSON.stringify({ username, password: newPassword() }),
    VersionStages: ['AWSPENDING'],
  })
}

async function setSecret(ctx: Context, step: SecretStep, owner: Owner): Promise<void> {
  const password = await neededPassword(ctx, step, owner)
  const verifier = driverFor(owner.engine).verifierOf(password)
  const server = await databaseOf(ctx, owner.resourceId)
  await ctx.runtime(databaseHost).setPassword(server, owner.masterUsername, verifier)
}

async function testSecret(ctx: Context, step: SecretStep, owner: Owner): Promise<void> {
  const password = await neededPassword(ctx, step, owner)
  const server = await databaseOf(ctx, owner.resourceId)
  await ctx.runtime(databaseHost).logIn(server, owner.masterUsername, password)
}

async function finishSecret(
  ctx: Context,
  { secretArn, token }: SecretStep,
  owner: Owner,
): Promise<void> {
  const described = await secretCall(ctx, owner, 'DescribeSecret', { SecretId: secretArn })
  const stages = described['VersionIdsToStages'] as Readonly<Record<string, readonly string[]>>
  const [current] = Object.entries(stages).find(([, names]) => names.includes('AWSCURRENT')) ?? []
  if (current === token) return
  await secretCall(ctx, owner, 'UpdateSecretVersionStage', {
    SecretId: secretArn,
    VersionStage: 'AWSCURRENT',
    MoveToVersionId: token,
    ...(current !== undefined && { RemoveFromVersionId: current }),
  })
}

async function neededPassword(ctx: Context, step: SecretStep, owner: Owner): Promise<string> {
  const password = await pendingPassword(ctx, step, owner)
  if (password === undefined) throw new Error(`${step.secretArn} has no pending version`)
  return password
}
