import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  DBLogFileNotFoundFault$,
  DescribeDBLogFiles$,
  DownloadDBLogFilePortion$,
} from '@aws-sdk/client-rds'
import type {
  DescribeDBLogFilesMessage,
  DescribeDBLogFilesResponse,
  DownloadDBLogFilePortionDetails,
  DownloadDBLogFilePortionMessage,
} from '@aws-sdk/client-rds'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operation } from '../../kernel/service.ts'
import { accessTo } from './access.ts'
import { clusterNamed } from './cluster-reference.ts'
import { databaseHost } from './database-host.ts'
import { invalidValue } from './errors.ts'
import { instanceNamed } from './instance-reference.ts'
import { sliceOf } from './listing.ts'
import type { InstanceRow } from './store.ts'

/** The folder under which the API names log files. */
const shownFolder = 'error/'
const portionBytes = 1024 * 1024
const namePattern = /^[\w.-]+$/

async function folderOf(ctx: Context, row: InstanceRow): Promise<string> {
  const { clusterIdentifier, resourceId } = row
  const id =
    clusterIdentifier === undefined
      ? resourceId
      : (await clusterNamed(ctx, clusterIdentifier)).resourceId
  return ctx.runtime(databaseHost).logFolder(id)
}

/** DescribeDBLogFiles: the files that the engine itself writes. */
export const DescribeDBLogFiles = operation<
  DescribeDBLogFilesMessage,
  DescribeDBLogFilesResponse,
  InstanceRow
>(DescribeDBLogFiles$, {
  resolve: (input, ctx) => instanceNamed(ctx, input.DBInstanceIdentifier),
  access: (_input, _ctx, row) => accessTo('db', row),
  async handle(input, ctx, row) {
    const folder = await folderOf(ctx, row)
    const names = (await readdir(folder).catch(() => [])).filter((name) => namePattern.test(name))
    const files = await Promise.all(
      names.sort().map(async (name) => {
        const { size, mtimeMs } = await stat(join(folder, name))
        return { LogFileName: shownFolder + name, Size: size, LastWritten: Math.floor(mtimeMs) }
      }),
    )
    const wanted = files
      .filter(({ LogFileName }) => LogFileName.includes(input.FilenameContains ?? ''))
      .filter(({ Size }) => Size >= (input.FileSize ?? 0))
      .filter(({ LastWritten }) => LastWritten >= (input.FileLastWritten ?? 0))
    const page = sliceOf(ctx, `logs of ${row.identifier}`, input, wanted)
    return { DescribeDBLogFiles: [...page.items], ...page.marker }
  },
})

/** DownloadDBLogFilePortion: at most 1 MB a call; the marker says where the next begins. */
export const DownloadDBLogFilePortion = operation<
  DownloadDBLogFilePortionMessage,
  DownloadDBLogFilePortionDetails,
  InstanceRow
>(DownloadDBLogFilePortion$, {
  readOnly: true,
  resolve: (input, ctx) => instanceNamed(ctx, input.DBInstanceIdentifier),
  access: (_input, _ctx, row) => accessTo('db', row),
  async handle(input, ctx, row) {
    const asked = input.LogFileName ?? ''
    const name = asked.startsWith(shownFolder) ? asked.slice(shownFolder.length) : asked
    const folder = await folderOf(ctx, row)
    const names = namePattern.test(name) ? await readdir(folder).catch(() => []) : []
    if (!names.includes(name)) {
      throw awsError(
        DBLogFileNotFoundFault$,
        `DBLog File: ${asked}, is not found on the DB instance`,
      )
    }
    return portionOf(join(folder, name), input)
  },
})

async function portionOf(
  path: string,
  { Marker = '0', NumberOfLines }: DownloadDBLogFilePortionMessage,
): Promise<DownloadDBLogFilePortionDetails> {
  const start = Number(Marker)
  if (!Number.isSafeInteger(start) || start < 0) throw invalidValue('Invalid Marker')
  const file = await open(path)
  try {
    const { bytesRead, buffer } = await file.read(
      Buffer.alloc(portionBytes),
      0,
      portionBytes,
      start,
    )
    const { size } = await file.stat()
    const text = buffer.subarray(0, bytesRead).toString('utf8')
    const lines = NumberOfLines === undefined ? text : firstLines(text, NumberOfLines)
    const end = start + Buffer.byteLength(lines)
    return { LogFileData: lines, Marker: String(end), AdditionalDataPending: end < size }
  } finally {
    await file.close()
  }
}

function firstLines(text: string, count: number): string {
  return text
    .split('\n')
    .slice(0, count)
    .map((line) => `${line}\n`)
    .join('')
}
