import type { StoredPackage } from './code-folders.ts'

/** All that an execution environment of a function version needs. */
export interface FunctionImage {
  readonly account: string
  readonly region: string
  readonly functionName: string
  /** `$LATEST` or a number. */
  readonly version: string
  /** Changes with every change of code or configuration: older environments are not used again. */
  readonly revision: string
  readonly runtime: string
  readonly handler: string
  readonly memoryMb: number
  readonly temporaryMb: number
  readonly timeoutSeconds: number
  readonly roleArn: string
  readonly logGroup: string
  readonly logFormat: 'Text' | 'JSON'
  readonly applicationLogLevel?: string
  readonly code: StoredPackage
  readonly layers: readonly StoredPackage[]
  /** The function's own environment variables, decrypted; asked for once an environment. */
  readonly variables: () => Promise<Readonly<Record<string, string>>>
}

/** Temporary credentials of the execution role. */
export interface RoleCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiresAt: Date
}

/** Names a function among all of the installation. */
export function functionKey({
  account,
  region,
  functionName,
}: Pick<FunctionImage, 'account' | 'region' | 'functionName'>): string {
  return `${account}/${region}/${functionName}`
}
