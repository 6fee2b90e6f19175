import { withoutSecrets } from './safe-error.ts'
import type { NewVersion, Secrets } from './secrets.ts'

/** What Secrets Manager calls a rotation function with, once for each step. */
export interface RotationEvent {
  readonly Step: string
  readonly SecretId: string
  readonly ClientRequestToken: string
  readonly RotationToken?: string
}

/** A rotation under way, as a target sees it. */
export interface Rotation {
  readonly secretId: string
  readonly secrets: Secrets
}

/** The three versions that count; there is no previous one before the first rotation. */
export interface Versions {
  readonly pending: string
  readonly current: string
  readonly previous?: string
}

/** What is rotated: how its next secret looks, how it is put in force, and how it is tried. */
export interface RotationTarget {
  next(rotation: Rotation, current: string): Promise<string>
  /** Called again after it was killed at any point, so it must find out how far it had come. */
  set(rotation: Rotation, versions: Versions): Promise<void>
  test(rotation: Rotation, pending: string): Promise<void>
}

/**
 * Carries out one step. Every step may be repeated: what is done already is left as it is. Throws an Error that
 * shows no secret value. https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
export async function runStep(
  event: RotationEvent,
  target: RotationTarget,
  secrets: Secrets,
): Promise<void> {
  const guard = withoutSecrets(secrets)
  try {
    await step(event, target, guard.secrets)
  } catch (error) {
    throw guard.cleaned(error)
  }
}

async function step(event: RotationEvent, target: RotationTarget, secrets: Secrets): Promise<void> {
  const { SecretId: secretId, ClientRequestToken: token, RotationToken: rotationToken } = event
  const version = { secretId, token, ...(rotationToken && { rotationToken }) }
  if (await isCurrent(version, secrets)) return
  const rotation = { secretId, secrets }
  switch (event.Step) {
    case 'createSecret':
      return create(version, target, rotation)
    case 'setSecret':
      return target.set(rotation, await versionsOf(version, secrets))
    case 'testSecret':
      return target.test(rotation, await pendingOf(version, secrets))
    case 'finishSecret':
      return finish(version, secrets)
    default:
      throw new Error(`Invalid step parameter ${event.Step} for secret ${secretId}`)
  }
}

/** Whether the version is in force already. Throws when it is no version of a rotation. */
async function isCurrent({ secretId, token }: NewVersion, secrets: Secrets): Promise<boolean> {
  const { rotationEnabled, stages } = await secrets.describe(secretId)
  if (!rotationEnabled) throw new Error(`Secret ${secretId} is not enabled for rotation`)
  const labels = stages[token]
  if (labels === undefined) {
    throw new Error(`Secret version ${token} has no stage for rotation of secret ${secretId}.`)
  }
  if (labels.includes('AWSCURRENT')) return true
  if (labels.includes('AWSPENDING')) return false
  throw new Error(
    `Secret version ${token} not set as AWSPENDING for rotation of secret ${secretId}.`,
  )
}

async function create(
  version: NewVersion,
  target: RotationTarget,
  rotation: Rotation,
): Promise<void> {
  const { secrets, secretId } = rotation
  const current = await currentOf(secretId, secrets)
  if ((await secrets.value(secretId, 'AWSPENDING', version.token)) !== undefined) return
  await secrets.putPending(version, await target.next(rotation, current))
}

async function finish(version: NewVersion, secrets: Secrets): Promise<void> {
  const { stages } = await secrets.describe(version.secretId)
  const from = Object.keys(stages).find((id) => stages[id]?.includes('AWSCURRENT'))
  await secrets.makeCurrent(version, from)
}

async function versionsOf(version: NewVersion, secrets: Secrets): Promise<Versions> {
  const { secretId } = version
  const [pending, current, previous] = await Promise.all([
    pendingOf(version, secrets),
    currentOf(secretId, secrets),
    secrets.value(secretId, 'AWSPREVIOUS'),
  ])
  return { pending, current, ...(previous !== undefined && { previous }) }
}

async function pendingOf({ secretId, token }: NewVersion, secrets: Secrets): Promise<string> {
  const value = await secrets.value(secretId, 'AWSPENDING', token)
  if (value === undefined) throw new Error(`Secret ${secretId} has no AWSPENDING version ${token}`)
  return value
}

async function currentOf(secretId: string, secrets: Secrets): Promise<string> {
  const value = await secrets.value(secretId, 'AWSCURRENT')
  if (value === undefined) throw new Error(`Secret ${secretId} has no AWSCURRENT version`)
  return value
}
