import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../conformance/faults/server-process.ts'
import { measureEvents } from './events.ts'
import { measureFunctions } from './functions.ts'
import { contest } from './measure.ts'
import type { Measurement, Pace } from './measure.ts'
import { measureNodes } from './nodes.ts'
import { measureObjects } from './objects.ts'
import { measureQueues } from './queues.ts'
import { measureSecrets } from './secrets.ts'
import { startBartizan, startEcho, startMoto } from './peers.ts'
import type { Peer } from './peers.ts'
import { measureStart } from './start.ts'
import { figure, table } from './table.ts'
import {
  createKeys,
  encryptionOf,
  encryptionWorkloads,
  policyBoundSigner,
  signingWorkloads,
  spread,
} from './workloads.ts'
import type { Workload } from './workloads.ts'
import { fuzzWafEngine, goalGroups, managedAcl, measureWafEngine } from './waf-engine.ts'
import { measureQuality } from './waf-quality/measure.ts'

const usage = `npm run bench -- [options]

Measures Bartizan beside a bare node:http echo server and moto's server (where it is installed), each in a
process of its own, and prints requests/s, latencies and processor time a call.

  --full             also with 100,000 keys
  --rounds N         measured rounds of each contest (default 3)
  --seconds S        length of a measurement (default 1)
  --only TEXT        only the operations whose name contains TEXT
  --no-moto          leave moto out
  --nodes            also two nodes on one PostgreSQL beside one
  --s3               only objects: PUT and GET of 4 KiB, 1 MiB and 1 GiB
  --sqs              only queues: cycles of send, receive and delete
  --secrets          only secrets and parameters, 10,000 of them
  --lambda           only functions: warm and cold invocations
  --waf              only the engine of web ACLs: processor time of a decision
  --waf-quality      only what the managed rule groups stop: attacks, ordinary and awkward traffic of our own
  --waf-fuzz N       only N mutated requests through its managed rule groups (1,000,000 take some minutes)
  --events           only events through a rule to a queue: 1,000 a second for ten seconds
`

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    'no-moto': { type: 'boolean', default: false },
    nodes: { type: 'boolean', default: false },
    events: { type: 'boolean', default: false },
    s3: { type: 'boolean', default: false },
    sqs: { type: 'boolean', default: false },
    secrets: { type: 'boolean', default: false },
    lambda: { type: 'boolean', default: false },
    waf: { type: 'boolean', default: false },
    'waf-quality': { type: 'boolean', default: false },
    'waf-fuzz': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

/** A server whose store holds so much, and what is asked of it. */
interface Contestant {
  readonly peer: Peer
  readonly workloads: readonly Workload[]
}

/** One line of the results. */
interface Line {
  readonly operation: string
  readonly connections: number
  readonly store: string
  readonly measured: Measurement
  readonly echo: Measurement
}

const milliseconds = Number(values.seconds) * 1000
const pace: Pace = { warmUpCalls: 10_000, rounds: Number(values.rounds), milliseconds }
const connectionCounts = [1, 64]
const motoPace: Pace = { warmUpCalls: 50, rounds: 1, milliseconds }

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

if (values.help) process.stdout.write(usage)
else if (values.waf) say(measureWafEngine())
else if (values['waf-quality']) say(measureQuality(managedAcl(goalGroups)))
else if (values['waf-fuzz'] !== undefined) say(fuzzWafEngine(Number(values['waf-fuzz'])))
else await main()

async function main(): Promise<void> {
  const results = join(root, 'bench', 'results')
  mkdirSync(results, { recursive: true })
  // Beside the results, which is on a real disk where a temporary directory may be memory.
  const scratch = mkdtempSync(join(results, 'data-'))
  const running: Peer[] = []
  try {
    if (values.events) {
      const { text } = await measureEvents(scratch, {
        rate: 1_000,
        seconds: 10,
        warmUpEvents: 3_000,
      })
      say(text)
      return
    }
    if (values.s3) {
      const { only } = values
      const withMoto = !values['no-moto']
      say(await measureObjects(scratch, { rounds: pace.rounds, milliseconds, only, withMoto }))
      return
    }
    if (values.sqs) {
      say(await measureQueues(scratch))
      return
    }
    if (values.secrets) {
      const { only } = values
      say(await measureSecrets(scratch, { rounds: pace.rounds, milliseconds, only }))
      return
    }
    if (values.lambda) {
      say(await measureFunctions(scratch))
      return
    }
    const start = await measureStart(scratch)
    say(`start to first answer ${figure(start.firstMs)} ms (empty), ${figure(start.againMs)} ms`)
    say(`idle memory ${figure(start.idleBytes / 2 ** 20)} MiB\n`)
    const lines = await measureCalls(scratch, running)
    const nodes = values.nodes ? await measureNodes(scratch, pace) : undefined
    if (nodes) say(nodes.text)
    const machine = { processors: cpus().length, model: cpus()[0]?.model, node: process.version }
    const file = join(results, `${new Date().toISOString().replaceAll(':', '-')}.json`)
    writeFileSync(file, `${JSON.stringify({ machine, pace, start, lines, nodes }, null, 2)}\n`)
    say(`written to ${file}`)
  } finally {
    await Promise.allSettled(running.map((peer) => peer.stop()))
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function measureCalls(scratch: string, running: Peer[]): Promise<Line[]> {
  const start = async (starting: Promise<Peer>) => {
    const peer = await starting
    running.push(peer)
    return peer
  }
  const bartizan = (name: string) =>
    start(startBartizan(name, { dataDir: join(scratch, name.replaceAll(/\W/g, '-')) }))
  const echo = await start(startEcho())
  const contestants: Contestant[] = []
  const one = await bartizan('1 key')
  const oneKey = [...(await encryptionWorkloads(one, 1)), ...(await signingWorkloads(one))]
  contestants.push({ peer: one, workloads: oneKey })
  for (const count of values.full ? [1_000, 100_000] : [1_000]) {
    const peer = await bartizan(`${count.toLocaleString('en')} keys`)
    const started = performance.now()
    contestants.push({ peer, workloads: await encryptionWorkloads(peer, count) })
    say(`made ${peer.name} in ${figure((performance.now() - started) / 1000, 1)} s`)
  }
  const policies = await bartizan('1,000 policies')
  const ids = spread(await createKeys(policies, 'SYMMETRIC_DEFAULT', 1))
  const bound = await encryptionOf(await policyBoundSigner(policies), ids)
  contestants.push({ peer: policies, workloads: bound })
  const lines: Line[] = []
  for (const { operation, requests } of oneKey) {
    if (!operation.includes(values.only)) continue
    for (const connections of connectionCounts) {
      const against = contestants.flatMap(({ peer, workloads }) => {
        const own = workloads.find((each) => each.operation === operation)
        return own ? [{ peer, requests: own.requests }] : []
      })
      const contenders = [{ peer: echo, requests }, ...against]
      const [base, ...measured] = await contest(contenders, connections, pace)
      if (!base) throw new Error('the echo was not measured')
      for (const [index, each] of measured.entries()) {
        const store = against[index]?.peer.name ?? ''
        lines.push({ operation, connections, store, measured: each, echo: base })
      }
    }
  }
  const moto = values['no-moto'] ? 'left out' : await startMoto()
  if (typeof moto === 'string') say(`moto: skipped, ${moto}`)
  else lines.push(...(await measureMoto(await start(Promise.resolve(moto)), lines)))
  say(report(lines))
  return lines
}

/** Moto is slow enough that one round tells all; it is measured after the others, with one key. */
async function measureMoto(moto: Peer, others: readonly Line[]): Promise<Line[]> {
  const workloads = [...(await encryptionWorkloads(moto, 1)), ...(await signingWorkloads(moto))]
  const lines: Line[] = []
  for (const { operation, requests } of workloads) {
    for (const connections of connectionCounts) {
      const echo = others.find(
        (each) => each.operation === operation && each.connections === connections,
      )?.echo
      if (!echo) continue
      const [measured] = await contest([{ peer: moto, requests }], connections, motoPace)
      if (measured) lines.push({ operation, connections, store: 'moto', measured, echo })
    }
  }
  return lines
}

function report(lines: readonly Line[]): string {
  const titles = ['call', 'conn', 'server', 'req/s', 'p50 ms', 'p99 ms', 'CPU us']
  titles.push('CPU/echo', 'p99/echo', 'times moto')
  const rows: string[][] = []
  const shown = new Set<Measurement>()
  const sorted = lines.toSorted((a, b) => order(lines, a) - order(lines, b))
  for (const { operation, connections, store, measured, echo } of sorted) {
    const label = [operation, String(connections)]
    if (!shown.has(echo)) rows.push([...label, 'echo', ...figures(echo)])
    shown.add(echo)
    const moto = lines.find(
      (each) =>
        each.store === 'moto' && each.operation === operation && each.connections === connections,
    )
    const times = moto && measured.perSecond / moto.measured.perSecond
    const ratios = [measured.cpu / echo.cpu, measured.p99 / echo.p99, times]
    rows.push([...label, store, ...figures(measured), ...ratios.map((each) => figure(each, 2))])
  }
  return table(titles, rows)
}

/** Lines of one contest stand together, in the order in which the contests came. */
function order(lines: readonly Line[], line: Line): number {
  return lines.findIndex(
    (each) => each.operation === line.operation && each.connections === line.connections,
  )
}

function figures({ perSecond, p50, p99, cpu }: Measurement): string[] {
  return [figure(perSecond), figure(p50, 2), figure(p99, 2), figure(cpu)]
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
