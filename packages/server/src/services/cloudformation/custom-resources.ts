import { parseArn } from '@bartizan/policy'
import type { AwaitedType, AwaitedWork, Outcome } from './awaited-type.ts'
import {
  callbackOf,
  closeCallbacks,
  openCallback,
  tokenOf,
  type CallbackOwner,
} from './callbacks.ts'
import { invokeTask } from './custom-resource-call.ts'
import { isList, isObject, scalarText, type Json, type JsonObject } from './engine/json.ts'
import { TemplateError } from './engine/template-error.ts'
import { goOn } from './wake.ts'

const defaultTimeoutSeconds = 3600

/**
 * Custom resources, which a Lambda function or a topic's subscriber makes and answers for
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html).
 */
export const customResource: AwaitedType = {
  matches: (type) => type === 'AWS::CloudFormation::CustomResource' || type.startsWith('Custom::'),
  replacing: ['ServiceToken'],
  async begin(work) {
    const { ctx, stack, properties } = work
    const serviceToken = scalarText(properties['ServiceToken']) ?? ''
    const service = parseArn(serviceToken)?.service
    if (service !== 'lambda' && service !== 'sns') {
      throw new TemplateError(`Invalid service token: ${serviceToken}`)
    }
    const seconds = Number(scalarText(properties['ServiceTimeout']) ?? defaultTimeoutSeconds)
    const deadline = new Date(ctx.now.getTime() + seconds * 1000)
    await closeCallbacks(ctx, stack.uuid, work.logicalId)
    const address = openCallback(ctx, ownerOf(work), deadline)
    // The function may answer before its invocation returns, so the callback is committed first.
    ctx.enqueue(invokeTask, {
      uuid: stack.uuid,
      token: tokenOf(address),
      serviceToken,
      message: JSON.stringify(requestOf(work, address)),
    })
    goOn(ctx, { uuid: stack.uuid, deploymentId: deploymentOf(work) }, deadline)
    return { state: 'pending' }
  },
  async ask(work) {
    const { ctx, stack } = work
    const row = await callbackOf(ctx, ownerOf(work))
    const answer = row?.answers[0]
    if (answer === undefined) {
      if (row && ctx.now < new Date(row.deadline)) return { state: 'pending' }
      throw new TemplateError(
        `CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [${deploymentOf(work)}]. If you are using the Python cfn-response module, you may need to update your Lambda function code so that CloudFormation can attach the updated version.`,
      )
    }
    await closeCallbacks(ctx, stack.uuid, work.logicalId)
    return outcomeOf(work, answer)
  },
}

function deploymentOf({ stack }: AwaitedWork): string {
  return stack.deployment?.id ?? ''
}

function ownerOf(work: AwaitedWork): CallbackOwner {
  const { stack, logicalId, step } = work
  return { uuid: stack.uuid, logicalId, deploymentId: deploymentOf(work), verb: step.verb }
}

const requestTypes = { create: 'Create', update: 'Update', delete: 'Delete' } as const

function requestOf(work: AwaitedWork, address: string): object {
  const { stack, logicalId, type, verb, properties, before } = work
  return {
    RequestType: requestTypes[verb],
    ServiceToken: properties['ServiceToken'],
    ResponseURL: address,
    StackId: stack.id,
    RequestId: deploymentOf(work),
    LogicalResourceId: logicalId,
    ...(before && { PhysicalResourceId: before.physicalId }),
    ResourceType: type,
    ResourceProperties: asTexts(properties),
    ...(verb === 'update' && { OldResourceProperties: asTexts(before?.properties as JsonObject) }),
  }
}

/** Custom resources get numbers and booleans as text. */
function asTexts(value: Json): Json {
  if (isList(value)) return value.map(asTexts)
  if (!isObject(value)) return scalarText(value) ?? null
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, asTexts(entry)]))
}

function outcomeOf(work: AwaitedWork, text: string): Outcome {
  const { ctx, before } = work
  const answer = parsed(text)
  const reason = scalarText(answer['Reason']) ?? ''
  if (answer['Status'] !== 'SUCCESS') {
    throw new TemplateError(
      `Received response status [FAILED] from custom resource. Message returned: ${reason} (RequestId: ${deploymentOf(work)})`,
    )
  }
  const physicalId =
    scalarText(answer['PhysicalResourceId']) ??
    before?.physicalId ??
    `${work.logicalId}-${ctx.ids.hex(8)}`
  const data = answer['Data']
  return { state: 'done', resource: { physicalId, attributes: isObject(data) ? data : {} } }
}

function parsed(text: string): JsonObject {
  try {
    const value = JSON.parse(text) as Json
    if (isObject(value)) return value
  } catch {
    throw new TemplateError('Invalid Response object: Value of Status must be SUCCESS or FAILED')
  }
  throw new TemplateError('Invalid Response object: Value of Status must be SUCCESS or FAILED')
}
