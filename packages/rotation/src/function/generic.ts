import { rotationFunction } from './rotation-function.ts'
import type { RotationTarget } from './steps.ts'

/** A target to be written: a password as the whole secret, and nowhere to put it yet. */
const target: RotationTarget = {
  next: ({ secrets }) => secrets.randomPassword(),
  set: () => notWritten('setSecret puts the AWSPENDING version in force where the secret is used'),
  test: () => notWritten('testSecret tries the AWSPENDING version there'),
}

function notWritten(what: string): Promise<never> {
  return Promise.reject(new Error(`This template is yours to complete: ${what}`))
}

/** The rotation function to start one's own from. */
export const handler = rotationFunction(target)
