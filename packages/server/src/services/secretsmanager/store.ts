import { defineTable } from '../../kernel/store/store.ts'

/** A version of a secret without its value. */
export interface VersionFacts {
  /** The ClientRequestToken of who made it. */
  readonly id: string
  readonly stages: readonly string[]
  /** ISO 8601. */
  readonly createdAt: string
  /** `DefaultEncryptionKey`, or the key as the secret named it; absent of a version without a value. */
  readonly keyId?: string
}

/** When a secret is rotated, as RotateSecret says it. */
export interface RotationRules {
  readonly AutomaticallyAfterDays?: number
  readonly ScheduleExpression?: string
  readonly Duration?: string
}

/** A rotation that has begun and not come to its end. */
export interface RunningRotation {
  /** The version that is to become current. */
  readonly token: string
  /** Tells the function's calls from anybody else's. */
  readonly rotationToken: string
  /** How many times the whole of it was tried, from 1. */
  readonly attempt: number
  /** It has failed and waits to be tried again. */
  readonly isWaiting?: true
  /** Only testSecret runs, on a version that goes again. */
  readonly isTest?: true
}

/** How a secret is rotated. Times are ISO 8601. */
export interface SecretRotation {
  readonly enabled: boolean
  readonly lambdaArn?: string
  readonly rules?: RotationRules
  readonly lastAt?: string
  /** When the window opens in which it is due, and when that closes. */
  readonly nextAt?: string
  readonly nextBefore?: string
  readonly running?: RunningRotation
}

/** A copy of a secret in another Region, as its primary knows it. */
export interface ReplicaFacts {
  readonly region: string
  readonly kmsKeyId?: string
  readonly status: 'InProgress' | 'InSync' | 'Failed'
  readonly message: string
  /** It may take the place of another secret of its name. */
  readonly overwrites?: true
}

/** A secret of an account and Region. Times are ISO 8601. */
export interface SecretRow {
  readonly name: string
  readonly arn: string
  readonly account: string
  readonly region: string
  readonly createdAt: string
  readonly changedAt: string
  readonly description?: string
  /** As the request named it; absent for the AWS managed key. */
  readonly kmsKeyId?: string
  readonly tags: Readonly<Record<string, string>>
  /** Whether tags were taken off: a list of none is shown then, where otherwise there is no list. */
  readonly hadTags?: true
  /** In the order in which they were made. */
  readonly versions: readonly VersionFacts[]
  /** The service that keeps it: `rds`. */
  readonly owningService?: string
  /** What a managed external secret is of. */
  readonly type?: string
  readonly deletion?: { readonly requestedAt: string; readonly at: string }
  readonly rotation?: SecretRotation
  /** JSON, users and roles by unique id. */
  readonly policy?: string
  /** Of a primary. */
  readonly replicas?: readonly ReplicaFacts[]
  /** Of a replica. */
  readonly primaryRegion?: string
}

/** Secrets by name. */
export const secrets = defineTable<SecretRow>({
  name: 'secretsmanager.secrets',
  scope: 'region',
})

/** A version's value under a data key of its own. */
export interface ValueRow {
  /** The data key under the KMS key, in base64. */
  readonly dataKey: string
  /** IV, ciphertext and tag of AES-256-GCM, in base64. */
  readonly sealed: string
  readonly form: 'string' | 'binary'
}

/** Values by `valueKey`. */
export const values = defineTable<ValueRow>({
  name: 'secretsmanager.values',
  scope: 'region',
})

/** The key of a version's value: a secret that is made again has another ARN, and so other values. */
export function valueKey({ arn }: Pick<SecretRow, 'arn'>, versionId: string): string {
  return `${arn.slice(arn.lastIndexOf(':secret:') + 8)} ${versionId}`
}
