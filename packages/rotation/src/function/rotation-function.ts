import { secretsManager } from './secrets-manager.ts'
import type { Secrets } from './secrets.ts'
import { runStep, type RotationEvent, type RotationTarget } from './steps.ts'

/** The Lambda handler that rotates a kind of target. */
export function rotationFunction(target: RotationTarget): (event: RotationEvent) => Promise<void> {
  let secrets: Secrets | undefined
  return async (event) => {
    secrets ??= secretsManager(process.env)
    const version = `version ${event.ClientRequestToken} of ${event.SecretId}`
    console.log(`${event.Step}: begins for ${version}`)
    await runStep(event, target, secrets)
    console.log(`${event.Step}: done for ${version}`)
  }
}
