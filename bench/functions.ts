import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda'
import { ZipFile } from 'yazl'
import { median } from './measure.ts'
import { startBartizan } from './peers.ts'
import { figure, table } from './table.ts'

const FunctionName = 'bench'
const handlerMs = 20
const warmUpCalls = 100
const warmCalls = 200
const coldStarts = 12

/** Its answer says how long it took by its own clock, in milliseconds. */
const source = `
exports.handler = async () => {
  const from = performance.now()
  await new Promise((resolve) => setTimeout(resolve, ${handlerMs}))
  return { ownMs: performance.now() - from }
}
`

/** Measures warm invocations beside the handler's own time, and cold ones beside a bare start of Node.js. */
export async function measureFunctions(scratch: string): Promise<string> {
  const bartizan = await startBartizan('lambda', { dataDir: join(scratch, 'lambda') })
  try {
    const config = {
      endpoint: `http://127.0.0.1:${bartizan.port}`,
      region: 'us-east-1',
      credentials: bartizan.credentials,
    }
    const lambda = new LambdaClient(config)
    await createFunction(lambda, new IAMClient(config))
    const rows = [...(await warm(lambda)), ...(await cold(lambda))]
    return `${table(['lambda', 'p50 ms', 'p90 ms', 'worst ms'], rows)}moto: skipped, it runs functions in Docker`
  } finally {
    await bartizan.stop()
  }
}

async function createFunction(lambda: LambdaClient, iam: IAMClient): Promise<void> {
  const trust = {
    Effect: 'Allow',
    Principal: { Service: 'lambda.amazonaws.com' },
    Action: 'sts:AssumeRole',
  }
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: 'bench',
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
    }),
  )
  const zip = new ZipFile()
  zip.addBuffer(Buffer.from(source), 'index.js')
  zip.end()
  const chunks: Buffer[] = []
  for await (const chunk of zip.outputStream) chunks.push(Buffer.from(chunk))
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: Role?.Arn,
      MemorySize: 512,
      Code: { ZipFile: Buffer.concat(chunks) },
    }),
  )
  await invoke(lambda)
}

interface Call {
  readonly ms: number
  readonly ownMs: number
}

async function invoke(lambda: LambdaClient): Promise<Call> {
  const started = performance.now()
  const { Payload, FunctionError } = await lambda.send(new InvokeCommand({ FunctionName }))
  const ms = performance.now() - started
  const text = Buffer.from(Payload ?? []).toString()
  if (FunctionError !== undefined) throw new Error(`the function failed: ${text}`)
  return { ms, ownMs: (JSON.parse(text) as { ownMs: number }).ownMs }
}

async function warm(lambda: LambdaClient): Promise<string[][]> {
  for (let call = 0; call < warmUpCalls; call++) await invoke(lambda)
  const calls: Call[] = []
  for (let call = 0; call < warmCalls; call++) calls.push(await invoke(lambda))
  return [
    row(
      `warm, handler's own time`,
      calls.map(({ ownMs }) => ownMs),
    ),
    row(
      'warm, beyond it',
      calls.map(({ ms, ownMs }) => ms - ownMs),
    ),
  ]
}

/** A new configuration retires the environments that are there: the next invocation starts one. */
async function cold(lambda: LambdaClient): Promise<string[][]> {
  const starts: number[] = []
  const bare: number[] = []
  for (let start = 0; start < coldStarts; start++) {
    await lambda.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName,
        Environment: { Variables: { START: String(start) } },
      }),
    )
    await waitUntilFunctionUpdatedV2(
      { client: lambda, maxWaitTime: 30, minDelay: 1 },
      { FunctionName },
    )
    const { ms, ownMs } = await invoke(lambda)
    starts.push(ms - ownMs)
    const from = performance.now()
    spawnSync(process.execPath, ['-e', '0'])
    bare.push(performance.now() - from)
  }
  return [row('cold, beyond it', starts), row('bare start of Node.js', bare)]
}

function row(name: string, values: readonly number[]): string[] {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): number =>
    sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN
  return [name, figure(median(values), 1), figure(at(0.9), 1), figure(at(1), 1)]
}
