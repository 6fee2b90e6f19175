import { relative } from 'node:path'
import { inspect } from 'node:util'
import type { EventData } from 'node:test'
import type { TestsStream } from 'node:test'

/**
 * One line a file, every failure in full where it happens, every skipped test by name with its
 * reason, and last the counts in the form of Node's own spec reporter.
 */
export async function* compactReport(events: TestsStream, root: string): AsyncGenerator<string> {
  const failures: string[] = []
  for await (const event of events) {
    switch (event.type) {
      case 'test:fail':
        if (isOwnFailure(event.data)) {
          failures.push(titleText(event.data, root))
          yield failureText(event.data, root)
        }
        break
      case 'test:pass':
        if (event.data.skip !== undefined && event.data.skip !== false) {
          yield `  ﹣ ${event.data.name} (skipped${reason(event.data.skip)})\n`
        }
        break
      case 'test:stdout':
      case 'test:stderr':
        yield event.data.message
        break
      case 'test:summary':
        if (event.data.file === undefined) {
          if (failures.length > 1) yield `\n✖ failing tests:\n${failures.join('')}\n`
          yield summaryText(event.data)
        } else {
          yield fileText(event.data, root)
        }
        break
    }
  }
}

/** A parent that fails only because a child did says nothing new. */
function isOwnFailure({ details }: EventData.TestFail): boolean {
  return (details.error as { failureType?: string }).failureType !== 'subtestsFailed'
}

function titleText({ name, file, line }: EventData.TestFail, root: string): string {
  return `✖ ${name}${file === undefined ? '' : ` (${relative(root, file)}:${line ?? 1})`}\n`
}

function failureText(data: EventData.TestFail, root: string): string {
  const cause = data.details.error.cause ?? data.details.error
  return `${titleText(data, root)}${errorText(cause).replace(/^/gm, '  ')}\n`
}

/** An error with the lines of its stack that are not Node's own. */
function errorText(error: unknown): string {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : inspect(error)
  const stack = (error.stack ?? error.message)
    .split('\n')
    .filter((line) => !/^\s+at .*\bnode:internal\b|^\s+at async Promise\.all/.test(line))
    .join('\n')
  return error.cause === undefined ? stack : `${stack}\nbecause of ${errorText(error.cause)}`
}

function fileText(data: EventData.TestSummary, root: string): string {
  const { counts, success, duration_ms: durationMs } = data
  const path = relative(root, data.file ?? '')
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
  return `${success ? '✔' : '✖'} ${path} (${counts.tests} tests${skipped}, ${Math.round(durationMs)} ms)\n`
}

function summaryText({ counts, duration_ms: durationMs }: EventData.TestSummary): string {
  const rows: [string, number][] = [
    ['tests', counts.tests],
    ['suites', counts.suites],
    ['pass', counts.passed],
    ['fail', counts.tests - counts.passed - counts.cancelled - counts.skipped - counts.todo],
    ['cancelled', counts.cancelled],
    ['skipped', counts.skipped],
    ['todo', counts.todo],
    ['duration_ms', Math.round(durationMs)],
  ]
  return rows.map(([label, value]) => `ℹ ${label} ${value}\n`).join('')
}

function reason(skip: string | boolean): string {
  return typeof skip === 'string' && skip !== '' ? `: ${skip}` : ''
}
