import { arnParts } from './arns.ts'
import { validation } from './errors.ts'

/** A dead-letter queue is a standard SQS queue; throws in AWS's wording. */
export function checkDeadLetterArn(arn: string | undefined): void {
  if (arn === undefined) return
  const { service } = arnParts(arn) ?? {}
  if (service === undefined) {
    throw validation(
      `Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`,
    )
  }
  if (service !== 'sqs') throw validation(`${service} is not supported as a dead letter resource.`)
  if (arn.endsWith('.fifo')) throw validation('SQS FIFO is not supported by Dead Letter Queues.')
}
