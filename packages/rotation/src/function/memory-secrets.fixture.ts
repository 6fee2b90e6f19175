import { randomBytes } from 'node:crypto'
import type { Secrets, Stage } from './secrets.ts'
import { runStep, type RotationTarget } from './steps.ts'

/** Secrets in memory that keep to Secrets Manager's rules on versions and labels. */
export class MemorySecrets implements Secrets {
  readonly #values = new Map<string, Map<string, string>>()
  readonly #stages = new Map<string, Map<Stage, string>>()
  /** What `randomPassword` gives; set by tests that are about odd ones. */
  nextPassword = () => randomBytes(16).toString('base64url')

  create(secretId: string, value: object | string): void {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    this.#values.set(secretId, new Map([['first', text]]))
    this.#stages.set(secretId, new Map([['AWSCURRENT', 'first']]))
  }

  /** A rotation begins: a version with AWSPENDING and no value. */
  begin(secretId: string, token: string): void {
    this.#stages.get(secretId)?.set('AWSPENDING', token)
  }

  /** The object under a label. */
  object(secretId: string, stage: Stage = 'AWSCURRENT'): Record<string, string> {
    return JSON.parse(this.#text(secretId, stage) ?? '{}') as Record<string, string>
  }

  describe(secretId: string) {
    const stages: Record<string, string[]> = {}
    for (const [stage, id] of this.#stages.get(secretId) ?? []) (stages[id] ??= []).push(stage)
    return Promise.resolve({ rotationEnabled: secretId !== 'unrotated', stages, tags: {} })
  }

  value(secretId: string, stage: Stage, versionId?: string) {
    const isOther = versionId !== undefined && this.#stages.get(secretId)?.get(stage) !== versionId
    return Promise.resolve(isOther ? undefined : this.#text(secretId, stage))
  }

  putPending({ secretId, token }: { secretId: string; token: string }, value: string) {
    this.#values.get(secretId)?.set(token, value)
    this.#stages.get(secretId)?.set('AWSPENDING', token)
    return Promise.resolve()
  }

  makeCurrent({ secretId, token }: { secretId: string; token: string }, from?: string) {
    const stages = this.#stages.get(secretId)
    if (stages?.get('AWSCURRENT') !== from) return Promise.reject(new Error('from elsewhere'))
    if (from !== undefined) stages?.set('AWSPREVIOUS', from)
    stages?.set('AWSCURRENT', token)
    return Promise.resolve()
  }

  randomPassword() {
    return Promise.resolve(this.nextPassword())
  }

  #text(secretId: string, stage: Stage): string | undefined {
    const id = this.#stages.get(secretId)?.get(stage)
    return id === undefined ? undefined : this.#values.get(secretId)?.get(id)
  }
}

/** The four steps in their order. */
export const stepNames = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const

/** Runs steps of a rotation, all four unless told otherwise. */
export async function runSteps(
  target: RotationTarget,
  secrets: Secrets,
  version: { readonly secretId: string; readonly token: string },
  steps: readonly string[] = stepNames,
): Promise<void> {
  for (const Step of steps) {
    const event = { Step, SecretId: version.secretId, ClientRequestToken: version.token }
    await runStep(event, target, secrets)
  }
}
