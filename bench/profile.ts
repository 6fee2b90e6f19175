import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { root } from '../conformance/faults/server-process.ts'
import { drive } from './load.ts'
import { startBartizan } from './peers.ts'
import { figure, table } from './table.ts'
import { encryptionWorkloads, signingWorkloads } from './workloads.ts'

const usage = `node bench/profile.ts [options]

Loads a server that runs under V8's CPU profiler and prints the functions with the most time of their own.

  --operation NAME   Encrypt (default), Decrypt, GenerateDataKey, 'Sign P-256' or 'Sign RSA-2048'
  --seconds S        length of the load (default 5)
  --connections N    connections (default 64)
  --top N            functions shown (default 30)
  --keep             keep the .cpuprofile, for a browser's developer tools
`

const { values } = parseArgs({
  options: {
    operation: { type: 'string', default: 'Encrypt' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '64' },
    top: { type: 'string', default: '30' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

/** The parts of a .cpuprofile that are read here. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number
    readonly children?: readonly number[]
    readonly callFrame: {
      readonly functionName: string
      readonly url: string
      readonly lineNumber: number
    }
  }[]
  /** Of the monotonic clock, in microseconds. */
  readonly startTime: number
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

interface FunctionTime {
  self: number
  /** With everything that it called. */
  total: number
}

/** The part of a profile that counts: start-up and warming up do not. */
interface Window {
  readonly from: number
  readonly to: number
}

const warmUpCalls = 15_000

if (values.help) process.stdout.write(usage)
else await main()

async function main(): Promise<void> {
  const results = join(root, 'bench', 'results')
  mkdirSync(results, { recursive: true })
  const scratch = mkdtempSync(join(results, 'profile-'))
  const nodeArguments = ['--cpu-prof', `--cpu-prof-dir=${scratch}`, '--cpu-prof-interval=200']
  try {
    const dataDir = join(scratch, 'data')
    const server = await startBartizan('profiled', { dataDir, nodeArguments })
    let window: Window = { from: 0, to: 0 }
    try {
      const signing = values.operation.startsWith('Sign')
      const workloads = await (signing ? signingWorkloads(server) : encryptionWorkloads(server, 1))
      const requests =
        workloads.find(({ operation }) => operation === values.operation)?.requests ?? []
      if (requests.length === 0) throw new Error(`no operation ${values.operation}`)
      const load = { port: server.port, connections: Number(values.connections), requests }
      await drive({ ...load, count: warmUpCalls })
      const from = monotonicMicros()
      const result = await drive({ ...load, milliseconds: Number(values.seconds) * 1000 })
      window = { from, to: monotonicMicros() }
      process.stdout.write(`${values.operation}: ${figure(result.perSecond)} requests/s profiled\n`)
    } finally {
      await server.stop()
    }
    const file = readdirSync(scratch).find((name) => name.endsWith('.cpuprofile'))
    if (file === undefined) throw new Error('the server left no profile')
    const profile = JSON.parse(readFileSync(join(scratch, file), 'utf8')) as Profile
    process.stdout.write(report(profile, window))
    if (values.keep) process.stdout.write(`kept ${join(scratch, file)}\n`)
  } finally {
    if (!values.keep) rmSync(scratch, { recursive: true, force: true })
  }
}

function report(profile: Profile, window: Window): string {
  const times = functionTimes(profile, window)
  const idle = new Set(['(idle)', '(root)'])
  const busy = [...times].filter(([name]) => !idle.has(name.trim()))
  const whole = busy.reduce((sum, [, { self }]) => sum + self, 0)
  const rows = busy
    .toSorted(([, a], [, b]) => b.self - a.self)
    .slice(0, Number(values.top))
    .map(([name, { self, total }]) => [
      name,
      `${figure((100 * self) / whole, 1)}%`,
      `${figure((100 * total) / whole, 1)}%`,
    ])
  return table(['function', 'self', 'total'], rows)
}

function functionTimes(
  { nodes, samples, startTime, timeDeltas }: Profile,
  { from, to }: Window,
): Map<string, FunctionTime> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map<number, number>()
  for (const { id, children } of nodes) {
    for (const child of children ?? []) parents.set(child, id)
  }
  const times = new Map<string, FunctionTime>()
  const timeOf = (id: number): FunctionTime => {
    const name = nameOf(byId.get(id)?.callFrame)
    const known = times.get(name)
    if (known) return known
    const fresh = { self: 0, total: 0 }
    times.set(name, fresh)
    return fresh
  }
  let now = startTime
  for (const [index, id] of samples.entries()) {
    const delta = timeDeltas[index] ?? 0
    now += delta
    if (now < from || now > to) continue
    timeOf(id).self += delta
    const seen = new Set<FunctionTime>()
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const time = timeOf(at)
      // A function that called itself is counted once a sample.
      if (!seen.has(time)) time.total += delta
      seen.add(time)
    }
  }
  return times
}

function nameOf(frame: Profile['nodes'][number]['callFrame'] | undefined): string {
  if (!frame) return '(unknown)'
  const place = frame.url.startsWith('file:')
    ? relative(root, fileURLToPath(frame.url))
    : frame.url.replace(`${root}/`, '')
  const name = frame.functionName || '(anonymous)'
  return place === '' ? name : `${name} ${place}:${frame.lineNumber + 1}`
}

/** The clock that V8 stamps its samples with. */
function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1000n)
}
