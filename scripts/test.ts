import { runTests } from './test-run.ts'

await runTests(
  ['scripts/**/*.test.ts', 'packages/*/src/**/*.test.ts', 'conformance/**/*.test.ts'],
  process.argv.slice(2),
)
