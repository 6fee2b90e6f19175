import {
  CredentialReportExpiredException$,
  CredentialReportNotPresentException$,
  GenerateCredentialReport$,
  GetCredentialReport$,
  type GenerateCredentialReportResponse,
  type GetCredentialReportResponse,
} from '@aws-sdk/client-iam'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { accounts, users, type AccessKeyRow, type UserRow } from '../../kernel/identity/tables.ts'
import { operation } from '../../kernel/service.ts'
import { accessToAll, rootArn } from './entities.ts'
import { allRows } from './paging.ts'
import { passwordPolicyOf } from './password-policy.ts'
import { credentialReports } from './tables.ts'
import { keysOf } from './users.ts'
import { wholeSecond } from './shapes.ts'

const key = 'report'
const lifeMs = 4 * 60 * 60 * 1000
const dayMs = 24 * 60 * 60 * 1000

/** Makes a report of all credentials, unless one of the last four hours is there. */
export const GenerateCredentialReport = operation<object, GenerateCredentialReportResponse>(
  GenerateCredentialReport$,
  {
    access: accessToAll,
    async handle(_input, ctx) {
      const view = ctx.store.table(credentialReports)
      const report = await view.get(key)
      if (report && ctx.now.getTime() - Date.parse(report.generatedAt) < lifeMs) {
        return { State: 'COMPLETE' }
      }
      view.put(key, { generatedAt: ctx.now.toISOString(), csv: await writeReport(ctx) })
      return {
        State: 'STARTED',
        Description: 'No report exists. Starting a new report generation task',
      }
    },
  },
)

/** The last report, as CSV. */
export const GetCredentialReport = operation<object, GetCredentialReportResponse>(
  GetCredentialReport$,
  {
    access: accessToAll,
    async handle(_input, ctx) {
      const report = await ctx.store.table(credentialReports).get(key)
      if (!report) {
        throw awsError(
          CredentialReportNotPresentException$,
          'No report found. To generate a report, call GenerateCredentialReport.',
        )
      }
      if (ctx.now.getTime() - Date.parse(report.generatedAt) >= lifeMs) {
        throw awsError(
          CredentialReportExpiredException$,
          'The credential report has expired. To generate a new one, call GenerateCredentialReport.',
        )
      }
      return {
        Content: Buffer.from(report.csv),
        ReportFormat: 'text/csv',
        GeneratedTime: wholeSecond(report.generatedAt),
      }
    },
  },
)

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html */
const columns = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  ...[1, 2].flatMap((number) => [
    `access_key_${number}_active`,
    `access_key_${number}_last_rotated`,
    `access_key_${number}_last_used_date`,
    `access_key_${number}_last_used_region`,
    `access_key_${number}_last_used_service`,
  ]),
  'cert_1_active',
  'cert_1_last_rotated',
  'cert_2_active',
  'cert_2_last_rotated',
]
const noCertificates = ['false', 'N/A', 'false', 'N/A']

async function writeReport(ctx: Context): Promise<string> {
  const { maxAgeDays } = await passwordPolicyOf(ctx)
  const account = await ctx.store.table(accounts).get(ctx.account)
  const rows = [
    columns,
    [
      '<root_account>',
      rootArn(ctx),
      stamp(account?.createdAt),
      'not_supported',
      'no_information',
      'not_supported',
      'not_supported',
      'false',
      ...(await keyCells(undefined, ctx)),
      ...noCertificates,
    ],
  ]
  for (const user of await allRows(ctx.store.table(users))) {
    rows.push([
      user.name,
      user.arn,
      stamp(user.createdAt),
      ...passwordCells(user, maxAgeDays),
      String(user.mfaSerials.length > 0),
      ...(await keyCells(user.name, ctx)),
      ...noCertificates,
    ])
  }
  return rows.map((cells) => cells.map(cell).join(',')).join('\n')
}

function passwordCells({ login }: UserRow, maxAgeDays: number | undefined): string[] {
  if (!login) return ['false', 'N/A', 'N/A', 'N/A']
  const next =
    maxAgeDays === undefined
      ? 'N/A'
      : stamp(new Date(Date.parse(login.changedAt) + maxAgeDays * dayMs).toISOString())
  return ['true', 'no_information', stamp(login.changedAt), next]
}

async function keyCells(userName: string | undefined, ctx: Context): Promise<string[]> {
  const keys = (await keysOf(ctx, userName)).toSorted((a, b) =>
    a.createdAt < b.createdAt ? -1 : 1,
  )
  const cells = await Promise.all([keyCellsOf(keys[0], ctx), keyCellsOf(keys[1], ctx)])
  return cells.flat()
}

async function keyCellsOf(row: AccessKeyRow | undefined, ctx: Context): Promise<string[]> {
  if (!row) return ['false', 'N/A', 'N/A', 'N/A', 'N/A']
  const used = await ctx.lastUsed.of('access-key', row.id)
  return [
    String(row.status === 'Active'),
    stamp(row.createdAt),
    stamp(used?.['date']),
    used?.['region'] ?? 'N/A',
    used?.['service'] ?? 'N/A',
  ]
}

/** A time as the report has it: `2026-01-31T12:00:00+00:00`. */
function stamp(iso: string | undefined): string {
  return iso === undefined ? 'N/A' : `${iso.slice(0, 19)}+00:00`
}

/** Paths and names of IAM have no line breaks, but may have commas. */
function cell(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
