import type { FunctionConfiguration } from '@aws-sdk/client-lambda'
import type { Context } from '../../kernel/context.ts'
import { partitionOf } from '../../kernel/partition.ts'
import { functionArn, type Place } from './arns.ts'
import { shownVariables } from './function-environment.ts'
import type { VersionRow } from './store.ts'

/** A time as Lambda writes LastModified: `2026-01-31T12:00:00.000+0000`. */
export function lambdaTime(iso: string): string {
  return iso.replace('Z', '+0000')
}

/** What an answer shows of a version beyond what is stored. */
export interface ConfigurationView {
  readonly place: Place
  /** The ARN names the version, as PublishVersion and ListVersionsByFunction do. */
  readonly isQualified: boolean
}

/** A version's configuration, its environment decrypted as the caller. */
export async function configurationOf(
  ctx: Context,
  version: VersionRow,
  view: ConfigurationView,
): Promise<FunctionConfiguration> {
  const { place, isQualified } = view
  const { functionName } = version
  const environment = await shownVariables(ctx, { ...place, ...version }, version)
  return {
    FunctionName: functionName,
    FunctionArn: functionArn(place, functionName, isQualified ? version.version : undefined),
    Runtime: version.runtime,
    Role: version.role,
    Handler: version.handler,
    CodeSize: version.code.size,
    Description: version.description,
    Timeout: version.timeout,
    MemorySize: version.memorySize,
    LastModified: lambdaTime(version.lastModified),
    CodeSha256: version.code.sha256,
    Version: version.version,
    ...(version.deadLetterTarget !== undefined && {
      DeadLetterConfig: { TargetArn: version.deadLetterTarget },
    }),
    ...(environment && { Environment: environment }),
    ...(version.kmsKeyArn !== undefined && { KMSKeyArn: version.kmsKeyArn }),
    TracingConfig: { Mode: version.tracing },
    RevisionId: version.revisionId,
    ...(version.layers.length > 0 && {
      Layers: version.layers.map(({ arn, size }) => ({ Arn: arn, CodeSize: size })),
    }),
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    Architectures: [...version.architectures],
    EphemeralStorage: { Size: version.temporarySize },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    RuntimeVersionConfig: { RuntimeVersionArn: runtimeVersionArn(place.region, version) },
    LoggingConfig: {
      LogFormat: version.logging.format,
      LogGroup: version.logging.group,
      ...(version.logging.format === 'JSON' && {
        ApplicationLogLevel: version.logging.applicationLevel ?? 'INFO',
        SystemLogLevel: version.logging.systemLevel ?? 'INFO',
      }),
    },
  }
}

/** The configuration as CreateFunction answers it, before the function is ready. */
export function asPending(configuration: FunctionConfiguration): FunctionConfiguration {
  const { LastUpdateStatus: _, ...rest } = configuration
  return {
    ...rest,
    State: 'Pending',
    StateReason: 'The function is being created.',
    StateReasonCode: 'Creating',
  }
}

/** The configuration as an update answers it, before the change is in effect. */
export function asUpdating(configuration: FunctionConfiguration): FunctionConfiguration {
  return {
    ...configuration,
    LastUpdateStatus: 'InProgress',
  }
}

function runtimeVersionArn(
  region: string,
  { runtime, runtimeVersionArn: chosen }: VersionRow,
): string {
  return chosen ?? `arn:${partitionOf(region)}:lambda:${region}::runtime:${runtime}`
}
