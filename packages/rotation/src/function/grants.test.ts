import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantFor } from './grants.ts'

const account = `'twin'@'%'`

const lines: readonly (readonly [string, string | undefined])[] = [
  ['GRANT USAGE ON *.* TO `app`@`%`', `GRANT USAGE ON *.* TO ${account}`],
  [
    "GRANT USAGE ON *.* TO `app`@`%` IDENTIFIED BY PASSWORD '*94BDC WITH GRANT OPTION'",
    `GRANT USAGE ON *.* TO ${account}`,
  ],
  [
    'GRANT SELECT ON `go TO it`.* TO `app`@`%` WITH GRANT OPTION',
    `GRANT SELECT ON \`go TO it\`.* TO ${account} WITH GRANT OPTION`,
  ],
  [
    'GRANT SELECT (`a`, `b` ) ON `d``b`.`t` TO `app`@`10.0.%`',
    `GRANT SELECT (\`a\`, \`b\` ) ON \`d\`\`b\`.\`t\` TO ${account}`,
  ],
  [
    "GRANT USAGE ON *.* TO `app`@`%` IDENTIFIED BY PASSWORD '*94' REQUIRE SSL WITH MAX_QUERIES_PER_HOUR 5",
    `GRANT USAGE ON *.* TO ${account} WITH MAX_QUERIES_PER_HOUR 5`,
  ],
  ['GRANT `reader`@`%` TO `app`@`%`', `GRANT \`reader\`@\`%\` TO ${account}`],
  [
    'GRANT `reader` TO `app`@`%` WITH ADMIN OPTION',
    `GRANT \`reader\` TO ${account} WITH ADMIN OPTION`,
  ],
  ['SET DEFAULT ROLE `reader` FOR `app`@`%`', `SET DEFAULT ROLE \`reader\` FOR ${account}`],
  [
    'GRANT ALL PRIVILEGES ON "ansi TO"."t" TO "app"@"%"',
    `GRANT ALL PRIVILEGES ON "ansi TO"."t" TO ${account}`,
  ],
  ['REVOKE INSERT ON `db`.* FROM `app`@`%`', undefined],
  ['DROP TABLE x', undefined],
]

test(`each of ${lines.length} lines of SHOW GRANTS becomes the same grant to another account`, () => {
  for (const [line, expected] of lines) assert.equal(grantFor(line, account), expected, line)
})
