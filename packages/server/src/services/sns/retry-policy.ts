/** How failed deliveries to HTTP endpoints are tried again. Delays in seconds. */
export interface RetryPolicy {
  readonly minDelayTarget: number
  readonly maxDelayTarget: number
  readonly numRetries: number
  readonly numNoDelayRetries: number
  readonly numMinDelayRetries: number
  readonly numMaxDelayRetries: number
  readonly backoffFunction: 'linear' | 'arithmetic' | 'geometric' | 'exponential'
}

/** What AWS does where no policy says otherwise. */
export const defaultRetryPolicy: RetryPolicy = {
  minDelayTarget: 20,
  maxDelayTarget: 20,
  numRetries: 3,
  numMaxDelayRetries: 0,
  numNoDelayRetries: 0,
  numMinDelayRetries: 0,
  backoffFunction: 'linear',
}

const maxRetries = 100
const maxDelay = 3600

/** How far a delay is between the least and the most at a step of the back-off, from 0 to 1. */
const curves: Readonly<Record<string, (x: number) => number>> = {
  linear: (x) => x,
  arithmetic: (x) => (x * (x + 1)) / 2,
  geometric: (x) => (2 ** (x * 4) - 1) / 15,
  exponential: (x) => (10 ** (x * 2) - 1) / 99,
}

/**
 * The delay in seconds before a retry (0 is the first); undefined when there are no more.
 * Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
 */
export function delayOf(policy: RetryPolicy, retry: number): number | undefined {
  const { minDelayTarget: least, maxDelayTarget: most } = policy
  const { numNoDelayRetries: none, numMinDelayRetries: early, numMaxDelayRetries: late } = policy
  if (retry >= policy.numRetries) return undefined
  if (retry < none) return 0
  if (retry < none + early) return least
  const steps = policy.numRetries - none - early - late
  const step = retry - none - early
  if (step >= steps) return most
  const curve = curves[policy.backoffFunction] ?? ((x) => x)
  return least + (most - least) * curve(steps <= 1 ? 0 : step / (steps - 1))
}

function isWhole(value: unknown, low: number, high: number): value is number {
  return Number.isInteger(value) && Number(value) >= low && Number(value) <= high
}

/** Reads a retry policy; missing members have their defaults, undefined when one is out of range. */
export function readRetryPolicy(value: unknown): RetryPolicy | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const policy = { ...defaultRetryPolicy, ...value }
  const { minDelayTarget, maxDelayTarget, numRetries } = policy
  const phases = [policy.numNoDelayRetries, policy.numMinDelayRetries, policy.numMaxDelayRetries]
  const isSound =
    isWhole(minDelayTarget, 1, maxDelay) &&
    isWhole(maxDelayTarget, minDelayTarget, maxDelay) &&
    isWhole(numRetries, 0, maxRetries) &&
    phases.every((phase) => isWhole(phase, 0, maxRetries)) &&
    phases.reduce((sum, phase) => sum + phase, 0) <= numRetries &&
    Object.hasOwn(curves, policy.backoffFunction)
  return isSound ? policy : undefined
}
