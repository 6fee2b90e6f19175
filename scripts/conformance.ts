import { runTests } from './test-run.ts'

await runTests(['conformance/**/*.test.ts'], process.argv.slice(2))
