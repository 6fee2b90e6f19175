import type {
  ApplicationLogLevel,
  Architecture,
  LogFormat,
  Runtime,
  SystemLogLevel,
  TracingMode,
  UpdateRuntimeOn,
} from '@aws-sdk/client-lambda'
import { defineTable } from '../../kernel/store/store.ts'

/** A resource policy with its revision; the document has users and roles by unique id. */
export interface StoredPolicyDocument {
  readonly document: string
  readonly revisionId: string
}

/** How asynchronous invocations of a qualifier go on (event invoke config). */
export interface EventInvokeSettings {
  readonly maximumRetryAttempts?: number
  readonly maximumEventAgeInSeconds?: number
  readonly onSuccess?: string
  readonly onFailure?: string
  /** ISO 8601. */
  readonly lastModified: string
}

/** A function apart from its versions. Times are ISO 8601. */
export interface FunctionRow {
  readonly name: string
  readonly accountId: string
  readonly region: string
  readonly createdAt: string
  /** The number of the latest published version; 0 before the first. */
  readonly lastVersion: number
  readonly reservedConcurrency?: number
  readonly tags: Readonly<Record<string, string>>
  /** Resource policies by qualifier; `''` for the function itself. */
  readonly policies: Readonly<Record<string, StoredPolicyDocument>>
  /** By qualifier (`$LATEST` for the function itself). */
  readonly eventInvoke: Readonly<Record<string, EventInvokeSettings>>
}
/** The functions of an account and Region, by name. */
export const functions = defineTable<FunctionRow>({
  name: 'lambda.functions',
  scope: 'region',
  indexes: { reserved: (row) => (row.reservedConcurrency === undefined ? undefined : 'yes') },
})

/** A deployment package. */
export interface CodeFacts {
  readonly id: string
  /** Base64. */
  readonly sha256: string
  readonly size: number
}

/** What a function version logs, and where. */
export interface LoggingSettings {
  readonly format: LogFormat
  readonly applicationLevel?: ApplicationLogLevel
  readonly systemLevel?: SystemLogLevel
  readonly group: string
}

/** A version of a function: `$LATEST` changes, numbered ones never. Times are ISO 8601. */
export interface VersionRow {
  readonly functionName: string
  readonly version: string
  readonly description: string
  readonly runtime: Runtime
  readonly handler: string
  readonly role: string
  readonly timeout: number
  readonly memorySize: number
  readonly temporarySize: number
  readonly architectures: readonly Architecture[]
  readonly lastModified: string
  readonly revisionId: string
  readonly code: CodeFacts
  /** Environment variables: encrypted under `environmentKey`, base64; empty when there are none. */
  readonly environment: string
  /** The key of the environment, encrypted by KMS, base64. */
  readonly environmentKey?: string
  readonly kmsKeyArn?: string
  readonly deadLetterTarget?: string
  readonly tracing: TracingMode
  readonly layers: readonly { readonly arn: string; readonly size: number }[]
  readonly logging: LoggingSettings
  readonly updateRuntimeOn?: UpdateRuntimeOn
  readonly runtimeVersionArn?: string
}
/** Versions of functions, by `versionKey`. */
export const versions = defineTable<VersionRow>({
  name: 'lambda.versions',
  scope: 'region',
  sealed: ['environment'],
})

/** `$LATEST` sorts before the numbers, and the numbers by their value. */
export function versionKey(functionName: string, version: string): string {
  return `${functionName}/${version === '$LATEST' ? version : version.padStart(12, '0')}`
}

/** An alias: a name for a version, or for two by weight. */
export interface AliasRow {
  readonly functionName: string
  readonly name: string
  readonly version: string
  readonly description: string
  /** Version to its share of invocations, from 0 to 1. */
  readonly weights: Readonly<Record<string, number>>
  readonly revisionId: string
}
/** Aliases, by `<function>/<alias>`. */
export const aliases = defineTable<AliasRow>({ name: 'lambda.aliases', scope: 'region' })

/** A piece of a deployment package, base64. */
export interface CodePiece {
  readonly bytes: string
}
/** Deployment packages of functions and layers in pieces, by `<code id>/<number>`. */
export const codePieces = defineTable<CodePiece>({
  name: 'lambda.code',
  scope: 'region',
  sealed: ['bytes'],
})

/** A version of a layer. Times are ISO 8601. */
export interface LayerVersionRow {
  readonly name: string
  readonly version: number
  readonly description: string
  readonly createdAt: string
  readonly code: CodeFacts
  readonly runtimes: readonly Runtime[]
  readonly architectures: readonly Architecture[]
  readonly licence?: string
  readonly policy?: StoredPolicyDocument
}
/** Layer versions, by `layerKey`. */
export const layerVersions = defineTable<LayerVersionRow>({
  name: 'lambda.layers',
  scope: 'region',
})

/** The last number that a layer gave out: numbers are never used again. */
export const layerNumbers = defineTable<{ readonly last: number }>({
  name: 'lambda.layer-numbers',
  scope: 'region',
})

/** Versions of a layer sort by number. */
export function layerKey(name: string, version: number): string {
  return `${name}/${String(version).padStart(12, '0')}`
}

/** A mapping from a queue to a function. Times are ISO 8601. */
export interface EventSourceMappingRow {
  readonly uuid: string
  readonly accountId: string
  readonly region: string
  readonly functionName: string
  /** As it was given: a version or an alias. */
  readonly qualifier?: string
  readonly eventSourceArn: string
  readonly enabled: boolean
  readonly batchSize: number
  readonly batchingWindowSeconds: number
  readonly filters: readonly string[]
  readonly reportBatchItemFailures: boolean
  readonly maximumConcurrency?: number
  readonly lastModified: string
  readonly lastProcessingResult?: string
  readonly tags: Readonly<Record<string, string>>
}
/** Event source mappings, by UUID. */
export const eventSourceMappings = defineTable<EventSourceMappingRow>({
  name: 'lambda.event-source-mappings',
  scope: 'region',
  indexes: {
    functionName: (row) => row.functionName,
    source: (row) => row.eventSourceArn,
  },
})
