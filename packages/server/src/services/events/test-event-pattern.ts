import { TestEventPattern$ } from '@aws-sdk/client-eventbridge'
import type { TestEventPatternRequest, TestEventPatternResponse } from '@aws-sdk/client-eventbridge'
import { operation } from '../../kernel/service.ts'
import { readPattern, validation } from './errors.ts'

const required = ['id', 'account', 'source', 'time', 'region', 'detail-type'] as const

/** TestEventPattern: whether a pattern matches an event. */
export const TestEventPattern = operation<TestEventPatternRequest, TestEventPatternResponse>(
  TestEventPattern$,
  {
    readOnly: true,
    access: () => ({ resource: '*' }),
    handle({ EventPattern = '', Event = '' }) {
      const pattern = readPattern(EventPattern)
      return { Result: pattern.matches(readEvent(Event)) }
    },
  },
)

function readEvent(text: string): object {
  let event: unknown
  try {
    event = JSON.parse(text)
  } catch {
    throw validation('Parameter Event is not valid.')
  }
  const isEvent =
    typeof event === 'object' &&
    event !== null &&
    !Array.isArray(event) &&
    required.every((name) => Object.hasOwn(event as object, name))
  if (!isEvent) throw validation('Parameter Event is not valid.')
  return event as object
}
