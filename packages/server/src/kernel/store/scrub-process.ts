import { scrubFile } from './sqlite-scrub.ts'

// Run as a process of its own: closing a database file drops every lock its process has on it, and
// reading a large one takes seconds that the server has no time for.
const [path = ''] = process.argv.slice(2)
try {
  process.stdout.write(JSON.stringify(scrubFile(path)))
} catch (error) {
  process.stderr.write(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
