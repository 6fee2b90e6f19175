/** The job that tries a failed rotation again; its subject is the secret's name. */
export const retryJobName = 'secretsmanager.retry'

const minuteMs = 60_000
const delays = [1, 5, 15, 60, 360].map((minutes) => minutes * minuteMs)
const lastMs = 1440 * minuteMs

/** How long a failed rotation waits for its next attempt, in milliseconds; AWS says only that there are several. */
export function retryDelayMs(attempt: number): number {
  return delays[attempt - 1] ?? lastMs
}
