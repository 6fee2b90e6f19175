import { randomInt } from 'node:crypto'
import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import type { Task } from '../../kernel/tasks.ts'
import { driverFor } from './engines/drivers.ts'
import type { EngineDriver } from './engines/engine.ts'
import { invalidCombination, invalidValue } from './errors.ts'
import { checkPassword } from './identifiers.ts'
import type { ClusterRow, InstanceRow, MasterSecret } from './store.ts'

/** The service principal that keeps master passwords in Secrets Manager. */
export const rdsPrincipal = 'rds.amazonaws.com'

/** Whose master password it is. */
interface Owner {
  readonly kind: 'db' | 'cluster'
  readonly arn: string
  readonly masterUsername: string
  readonly driver: EngineDriver
}

/** Members of requests that are about the master password. */
interface PasswordInput {
  readonly MasterUserPassword?: string | undefined
  readonly ManageMasterUserPassword?: boolean | undefined
  readonly MasterUserSecretKmsKeyId?: string | undefined
  readonly RotateMasterUserPassword?: boolean | undefined
  readonly ApplyImmediately?: boolean | undefined
}

/** What the engine is to keep of the master password, and the secret that holds it. */
export interface NewPassword {
  readonly verifier: string
  readonly masterSecret?: MasterSecret
}

/** The first master password: the request's, or one that Secrets Manager keeps. Throws. */
export async function firstPassword(
  ctx: Context,
  owner: Owner,
  input: PasswordInput,
): Promise<NewPassword> {
  const { MasterUserPassword: password, ManageMasterUserPassword: isManaged } = input
  if (password !== undefined && isManaged) {
    throw invalidCombination(
      "You can't specify MasterUserPassword when ManageMasterUserPassword is enabled.",
    )
  }
  if (isManaged) return newSecret(ctx, owner, input.MasterUserSecretKmsKeyId)
  if (password === undefined) {
    throw invalidValue('The parameter MasterUserPassword must be provided and must not be blank.')
  }
  if (input.MasterUserSecretKmsKeyId !== undefined) {
    throw invalidCombination(
      'MasterUserSecretKmsKeyId is only for a master password that ManageMasterUserPassword manages.',
    )
  }
  checkPassword(owner.driver.id, password)
  return { verifier: owner.driver.verifierOf(password) }
}

/** Puts a generated password into a secret of the caller's account, on the caller's behalf, as RDS does. */
async function newSecret(
  ctx: Context,
  { kind, arn, masterUsername, driver }: Owner,
  KmsKeyId: string | undefined,
): Promise<NewPassword> {
  const password = newPassword()
  const { ARN } = await ctx.call('secretsmanager', 'CreateSecret', {
    Name: `rds!${kind}-${ctx.ids.uuid()}`,
    ClientRequestToken: ctx.ids.uuid(),
    Description: `The secret associated with the primary RDS DB ${kind === 'db' ? 'instance' : 'cluster'}: ${arn}`,
    SecretString: JSON.stringify({ username: masterUsername, password }),
    ...(KmsKeyId !== undefined && { KmsKeyId }),
    Tags: [
      {
        Key: kind === 'db' ? 'aws:rds:primaryDBInstanceArn' : 'aws:rds:primaryDBClusterArn',
        Value: arn,
      },
      { Key: 'aws:secretsmanager:owningService', Value: 'rds' },
    ],
  })
  const key = { KeyId: KmsKeyId ?? 'alias/aws/secretsmanager' }
  const { KeyMetadata } = await ctx.call('kms', 'DescribeKey', key)
  const kmsKeyId = (KeyMetadata as { Arn: string }).Arn
  const masterSecret = { arn: String(ARN), kmsKeyId, status: 'active' }
  return { verifier: driver.verifierOf(password), masterSecret }
}

const passwordLength = 28
const passwordCharacters =
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&()*+,-.:;<=>?[]^_{|}~'

/** A password such as RDS generates: 28 characters that every engine takes. */
export function newPassword(): string {
  const pick = (): string => passwordCharacters[randomInt(passwordCharacters.length)] ?? ''
  return Array.from({ length: passwordLength }, pick).join('')
}

/** What a request changes about who keeps the master password. */
export interface ManagedChange<Row> {
  readonly row: Row
  /** Of a new password that the server is to have. */
  readonly verifier?: string
}

/** Takes the master password into Secrets Manager, gives it back, or has it rotated. Throws. */
export async function changeManagedPassword<Row extends InstanceRow | ClusterRow>(
  ctx: Context,
  row: Row,
  input: PasswordInput,
): Promise<ManagedChange<Row>> {
  const { ManageMasterUserPassword: isManaged } = input
  if (isManaged === true && !row.masterSecret) {
    const kind = row.arn.includes(':cluster:') ? 'cluster' : 'db'
    const owner = { ...row, kind, driver: driverFor(row.engine) } as const
    const { verifier, masterSecret } = await newSecret(ctx, owner, input.MasterUserSecretKmsKeyId)
    return { row: { ...row, ...(masterSecret && { masterSecret }) }, verifier }
  }
  if (isManaged === false && row.masterSecret) {
    if (input.MasterUserPassword === undefined) {
      throw invalidCombination(
        'You must specify MasterUserPassword when you turn ManageMasterUserPassword off.',
      )
    }
    forgetSecret(ctx, row)
    const { masterSecret: _gone, ...rest } = row
    return { row: rest as Row }
  }
  if (input.RotateMasterUserPassword) await rotateNow(ctx, row, input)
  return { row }
}

async function rotateNow(
  ctx: Context,
  { masterSecret }: InstanceRow | ClusterRow,
  { ApplyImmediately }: PasswordInput,
): Promise<void> {
  if (!masterSecret) {
    throw invalidCombination(
      'RotateMasterUserPassword needs a master password that ManageMasterUserPassword manages.',
    )
  }
  if (!ApplyImmediately) {
    throw invalidCombination(
      'You must apply the change immediately when rotating the master user password.',
    )
  }
  const rotation = { SecretId: masterSecret.arn, ClientRequestToken: ctx.ids.uuid() }
  await ctx.call('secretsmanager', 'RotateSecret', rotation)
}

/** Has the secret deleted that held a master password. */
export function forgetSecret(ctx: Context, { masterSecret, arn }: InstanceRow | ClusterRow): void {
  if (masterSecret) ctx.enqueue(forgetTask, { secretArn: masterSecret.arn, sourceArn: arn })
}

/** Deletes a secret that nothing uses any more. */
export const forgetTask: Task<{ secretArn: string; sourceArn: string }> = {
  name: 'rds.forget-secret',
  async run(ctx, { secretArn, sourceArn }) {
    const actor = { service: rdsPrincipal, sourceArn }
    const input = { SecretId: secretArn, ForceDeleteWithoutRecovery: true }
    try {
      await ctx.callAs(actor, 'secretsmanager', 'DeleteSecret', input)
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'ResourceNotFoundException') throw error
    }
    return undefined
  },
}
