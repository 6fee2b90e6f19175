import type { Target } from '@aws-sdk/client-eventbridge'
import { isJson } from '../../kernel/json-text.ts'
import { arnParts } from './arns.ts'
import type { Place } from './arns.ts'
import { checkDeadLetterArn } from './dead-letter-rules.ts'
import { validation } from './errors.ts'
import { compilePath, compileTransformer, TransformerError } from './input-transformer.ts'

/** Which services' targets a block of parameters is for. */
const blocks = {
  EcsParameters: ['ecs'],
  KinesisParameters: ['kinesis'],
  BatchParameters: ['batch'],
  HttpParameters: ['events', 'execute-api'],
  RedshiftDataParameters: ['redshift', 'redshift-serverless'],
  RunCommandParameters: ['ssm'],
  SageMakerPipelineParameters: ['sagemaker'],
  AppSyncParameters: ['appsync'],
} satisfies Readonly<Partial<Record<keyof Target, readonly string[]>>>

/** Services that EventBridge reaches only as a role. */
const withRole: ReadonlySet<string> = new Set([
  'batch',
  'codebuild',
  'codepipeline',
  'ecs',
  'events',
  'firehose',
  'glue',
  'inspector',
  'kinesis',
  'redshift',
  'sagemaker',
  'ssm',
  'ssm-incidents',
  'states',
])

/** Checks the targets of a request as PutTargets does, in its words. */
export function checkTargets(targets: readonly Target[]): void {
  const seen = new Set<string>()
  for (const target of targets) {
    const { Id = '' } = target
    if (seen.has(Id)) {
      throw validation(
        `Parameter targets is not valid. Reason: More than one target with Id '${Id}' is provided.`,
      )
    }
    seen.add(Id)
    checkTarget(target, Id)
  }
}

function checkTarget(target: Target, id: string): void {
  const { Arn = '', SqsParameters, DeadLetterConfig, RoleArn } = target
  const parts = arnParts(Arn)
  if (!parts) {
    throw validation(
      `Parameter ${Arn} is not valid. Reason: Provided Arn is not in correct format.`,
    )
  }
  for (const [block, services] of Object.entries(blocks)) {
    const isGiven = target[block as keyof typeof blocks] !== undefined
    const allowed: readonly string[] = services
    if (isGiven && !allowed.includes(parts.service)) {
      throw validation(`Parameter(s) ${block} not supported for target: ${id}.`)
    }
  }
  const isFifo = parts.service === 'sqs' && Arn.endsWith('.fifo')
  if (isFifo && !SqsParameters?.MessageGroupId) {
    throw validation(`Parameter(s) SqsParameters must be specified for target: ${id}.`)
  }
  if (withRole.has(parts.service) && RoleArn === undefined) {
    throw validation(`RoleArn is required for target ${Arn}.`)
  }
  checkDeadLetterArn(DeadLetterConfig?.Arn)
  checkInput(target, id)
}

function checkInput({ Input, InputPath, InputTransformer }: Target, id: string): void {
  const given = [Input, InputPath, InputTransformer].filter((each) => each !== undefined)
  if (given.length > 1) {
    throw validation(
      `Only one of Input, InputPath, or InputTransformer must be provided for target ${id}.`,
    )
  }
  if (Input !== undefined && !isJson(Input)) {
    throw validation(`JSON syntax error in input for target ${id}.`)
  }
  try {
    if (InputPath !== undefined) compilePath(InputPath)
    if (InputTransformer) {
      const { InputTemplate = '', InputPathsMap } = InputTransformer
      compileTransformer(InputTemplate, InputPathsMap)
    }
  } catch (error) {
    if (error instanceof TransformerError) throw validation(error.of(id))
    throw error
  }
}

/** A target's queue of undeliverable events is in the rule's own Region. */
export function checkDeadLetterRegion(target: Target, { region }: Place): void {
  const arn = target.DeadLetterConfig?.Arn
  const queueRegion = arn === undefined ? region : arnParts(arn)?.region
  if (queueRegion !== region) {
    throw validation(`Dead letter queue ${arn} must be in the same Region as the rule: ${region}.`)
  }
}
