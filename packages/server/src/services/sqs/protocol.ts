import type { ConstraintData, ServerProtocol } from '@bartizan/wire'

const queuePath = /^\/\d{12}\/[A-Za-z0-9_-]+(?:\.fifo)?$/

/** A protocol whose requests may name the queue by the path they are sent to, as older clients do. */
export function atQueueUrl(protocol: ServerProtocol): ServerProtocol {
  return {
    ...protocol,
    decode(operation, request) {
      const input = protocol.decode(operation, request)
      const isAtQueue = input['QueueUrl'] === undefined && queuePath.test(request.path)
      return isAtQueue ? { ...input, QueueUrl: request.path } : input
    },
  }
}

/** The model's constraints but for its enumerations: SQS has errors of its own for unknown names. */
export function withoutEnums(data: ConstraintData): ConstraintData {
  const shapes = Object.entries(data.shapes).map(([name, { enum: _names, ...rest }]) => [
    name,
    rest,
  ])
  return { ...data, shapes: Object.fromEntries(shapes) as ConstraintData['shapes'] }
}
