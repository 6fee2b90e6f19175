import type { Context } from './context.ts'

/** The steps of a rotation, in order (https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html). */
export type RotationStep = 'createSecret' | 'setSecret' | 'testSecret' | 'finishSecret'

/** One step of the rotation of a secret that a service keeps in Secrets Manager. */
export interface SecretStep {
  readonly step: RotationStep
  readonly secretArn: string
  /** The id of the version that is to become current, as ClientRequestToken. */
  readonly token: string
}

/**
 * How a service rotates a managed secret of its own, step by step, in the secret's account and
 * Region. A step may come again for the same token; a throw means that it failed.
 */
export type SecretRotator = (ctx: Context, step: SecretStep) => Promise<void>
