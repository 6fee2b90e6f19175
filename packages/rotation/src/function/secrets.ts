/** The staging labels that rotation works with. */
export type Stage = 'AWSCURRENT' | 'AWSPENDING' | 'AWSPREVIOUS'

/** What a rotation function may know of a secret without its value. */
export interface SecretFacts {
  readonly rotationEnabled: boolean
  /** The staging labels of each version. */
  readonly stages: Readonly<Record<string, readonly string[]>>
  readonly tags: Readonly<Record<string, string>>
}

/** The version that a rotation is bringing in. */
export interface NewVersion {
  readonly secretId: string
  /** The rotation's ClientRequestToken, which is the new version's id. */
  readonly token: string
  /** Proves to Secrets Manager that the caller belongs to the rotation, where it rotates as another account. */
  readonly rotationToken?: string
}

/** What rotation needs of Secrets Manager. */
export interface Secrets {
  describe(secretId: string): Promise<SecretFacts>
  /** A version's text; undefined when no version has the label. */
  value(secretId: string, stage: Stage, versionId?: string): Promise<string | undefined>
  /** Stores the new version under AWSPENDING; the same version again is no error. */
  putPending(version: NewVersion, value: string): Promise<void>
  /** Moves AWSCURRENT to the new version. */
  makeCurrent(version: NewVersion, from: string | undefined): Promise<void>
  /** A password by the function's own rules. */
  randomPassword(): Promise<string>
}
