import type { LoggingConfig, UpdateFunctionConfigurationRequest } from '@aws-sdk/client-lambda'
import type { Context } from '../../kernel/context.ts'
import { AwsError } from '../../kernel/errors.ts'
import type { Access } from '../../kernel/service.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import { invalid, validation } from './errors.ts'
import { familyOf } from './execution/runtimes.ts'
import { resolveLayers } from './layer-reference.ts'
import type { LoggingSettings, VersionRow } from './store.ts'

/** What CreateFunction and UpdateFunctionConfiguration have in common. */
export type SettingsRequest = Omit<
  UpdateFunctionConfigurationRequest,
  'FunctionName' | 'RevisionId'
>

/** The settings of a version that requests change. */
export type Settings = Pick<
  VersionRow,
  | 'description'
  | 'runtime'
  | 'handler'
  | 'role'
  | 'timeout'
  | 'memorySize'
  | 'temporarySize'
  | 'tracing'
  | 'layers'
  | 'logging'
  | 'kmsKeyArn'
  | 'deadLetterTarget'
>

/** What a function has that CreateFunction leaves out. */
export function defaultSettings(functionName: string): Omit<Settings, 'runtime' | 'role'> {
  return {
    description: '',
    handler: '',
    timeout: 3,
    memorySize: 128,
    temporarySize: 512,
    tracing: 'PassThrough',
    layers: [],
    logging: { format: 'Text', group: `/aws/lambda/${functionName}` },
  }
}

/** AWS: fifteen minutes, in seconds; the model does not say. */
const maxTimeout = 900

/** AWS, in MB: what the model allows beyond is for capacity providers. */
const maxMemory = 10_240

const knownRuntimes: readonly string[] = constraints.shapes.Runtime.enum

/** The model's constraints without the one that Lambda refuses in words of its own. */
export const settingsConstraints = {
  ...constraints,
  shapes: {
    ...constraints.shapes,
    CreateFunctionRequest: withoutRuntime(constraints.shapes.CreateFunctionRequest),
    UpdateFunctionConfigurationRequest: withoutRuntime(
      constraints.shapes.UpdateFunctionConfigurationRequest,
    ),
  },
}

function withoutRuntime<Members extends { readonly Runtime: string }>(shape: {
  readonly members: Members
}) {
  const { Runtime: _, ...members } = shape.members
  return { ...shape, members }
}

/** Refuses what Bartizan does not do for functions. Throws InvalidParameterValueException. */
export function checkSettings(input: SettingsRequest): void {
  const { VpcConfig, FileSystemConfigs, SnapStart, Runtime, ImageConfig } = input
  const { Timeout = 0, MemorySize = 0 } = input
  if (Timeout > maxTimeout) {
    throw validation(
      `1 validation error detected: Value '${Timeout}' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to ${maxTimeout}`,
    )
  }
  if (MemorySize > maxMemory) {
    throw validation(
      `1 validation error detected: Value '${MemorySize}' at 'memorySize' failed to satisfy constraint: Member must have value less than or equal to ${maxMemory}`,
    )
  }
  if (Runtime !== undefined && !knownRuntimes.includes(Runtime)) {
    throw invalid(
      `Value ${Runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${knownRuntimes.join(', ')}] or be a valid ARN`,
    )
  }
  if (VpcConfig?.SubnetIds?.length || VpcConfig?.SecurityGroupIds?.length) {
    throw invalid('Functions cannot be connected to a VPC: Bartizan has none.')
  }
  if (FileSystemConfigs?.length) {
    throw invalid('File systems cannot be mounted: Bartizan has neither Amazon EFS nor S3 Files.')
  }
  if (SnapStart?.ApplyOn === 'PublishedVersions') {
    throw invalid(`${Runtime ?? 'The runtime'} is not supported for SnapStart enabled functions.`)
  }
  if (ImageConfig) throw invalid('Container images are not supported by Bartizan.')
  if (Runtime !== undefined && familyOf(Runtime) === undefined) {
    throw invalid(`The runtime ${Runtime} cannot be executed by Bartizan.`)
  }
}

/** `iam:PassRole` for an execution role. */
export function passRole(role: string | undefined): Access[] {
  if (role === undefined) return []
  const conditions = { 'iam:passedtoservice': 'lambda.amazonaws.com' }
  return [{ action: 'iam:PassRole', resource: role, conditions }]
}

/** Throws InvalidParameterValueException unless Lambda may assume the role: it assumes it. */
export async function requireAssumable(ctx: Context, role: string): Promise<void> {
  try {
    const input = { RoleArn: role, RoleSessionName: 'awslambda-validation', DurationSeconds: 900 }
    await ctx.callAs({ service: 'lambda.amazonaws.com' }, 'sts', 'AssumeRole', input)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw invalid('The role defined for the function cannot be assumed by Lambda.')
  }
}

/** Settings with what a request changes. */
export async function changedSettings(
  ctx: Context,
  before: Settings,
  input: SettingsRequest,
): Promise<Settings> {
  const layers = input.Layers ? await resolveLayers(ctx, input.Layers) : before.layers
  const { kmsKeyArn: _, deadLetterTarget: __, ...kept } = before
  const kmsKeyArn = input.KMSKeyArn ?? before.kmsKeyArn
  const deadLetterTarget = input.DeadLetterConfig
    ? input.DeadLetterConfig.TargetArn
    : before.deadLetterTarget
  return {
    ...kept,
    description: input.Description ?? before.description,
    runtime: input.Runtime ?? before.runtime,
    handler: input.Handler ?? before.handler,
    role: input.Role ?? before.role,
    timeout: input.Timeout ?? before.timeout,
    memorySize: input.MemorySize ?? before.memorySize,
    temporarySize: input.EphemeralStorage?.Size ?? before.temporarySize,
    tracing: input.TracingConfig?.Mode ?? before.tracing,
    layers,
    logging: changedLogging(before.logging, input.LoggingConfig),
    ...(kmsKeyArn && { kmsKeyArn }),
    ...(deadLetterTarget && { deadLetterTarget }),
  }
}

function changedLogging(
  before: LoggingSettings,
  change: LoggingConfig | undefined,
): LoggingSettings {
  if (!change) return before
  const format = change.LogFormat ?? before.format
  const applicationLevel = change.ApplicationLogLevel ?? before.applicationLevel
  const systemLevel = change.SystemLogLevel ?? before.systemLevel
  if (format === 'Text' && (change.ApplicationLogLevel || change.SystemLogLevel)) {
    throw invalid(
      'To specify ApplicationLogLevel or SystemLogLevel, you must specify LogFormat as JSON.',
    )
  }
  return {
    format,
    group: change.LogGroup ?? before.group,
    ...(format === 'JSON' && applicationLevel && { applicationLevel }),
    ...(format === 'JSON' && systemLevel && { systemLevel }),
  }
}
