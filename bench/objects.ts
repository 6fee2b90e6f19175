import { createHash } from 'node:crypto'
import { open, mkdir } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { spend } from '../packages/server/src/kernel/spent-bytes.ts'
import { signedBytes, signedHeaders } from '../conformance/faults/signed-request.ts'
import type { WireCall } from '../conformance/faults/signed-request.ts'
import { drive } from './load.ts'
import { contest, median } from './measure.ts'
import type { Pace } from './measure.ts'
import { processorMicros, startBartizan, startEcho, startMoto } from './peers.ts'
import type { Peer } from './peers.ts'
import { figure, table } from './table.ts'

const kibibyte = 1_024
const mebibyte = 1_048_576
const bucket = 'bench'

/** One size of objects, and how it is asked for. */
interface Size {
  readonly name: string
  readonly bytes: number
  /** How many different objects are written and read. */
  readonly objects: number
  readonly connections: readonly number[]
  readonly warmUpCalls: number
}

const sizes: readonly Size[] = [
  { name: '4 KiB', bytes: 4 * kibibyte, objects: 200, connections: [1, 64], warmUpCalls: 3_000 },
  { name: '1 MiB', bytes: mebibyte, objects: 32, connections: [1, 16], warmUpCalls: 40 },
]

const titles = ['call', 'size', 'conn', 'server', '/s', 'MB/s', 'p50 ms', 'p99 ms', 'CPU us']

/** Measures PUT and GET of objects, beside an echo, moto and files that are written without any server. */
export async function measureObjects(
  scratch: string,
  {
    rounds,
    milliseconds,
    only,
    withMoto,
  }: Pick<Pace, 'rounds' | 'milliseconds'> & { only: string; withMoto: boolean },
): Promise<string> {
  const running: Peer[] = []
  const rows: string[][] = []
  try {
    const echo = await startEcho()
    running.push(echo)
    const bartizan = await startBartizan('bartizan', { dataDir: join(scratch, 'objects') })
    running.push(bartizan)
    const moto = withMoto ? await startMoto() : 'left out'
    // Last in every list.
    if (typeof moto !== 'string') running.push(moto)
    const servers = running.slice(1)
    for (const server of servers) await createBucket(server)
    for (const size of sizes.filter(({ name }) => name.includes(only))) {
      rows.push(...(await measureSize(running, size, { rounds, milliseconds })))
      rows.push(...(await measureFiles(scratch, size, milliseconds)))
    }
    const large = '1 GiB'.includes(only) ? await measureLarge(scratch, servers) : ''
    const skipped = typeof moto === 'string' ? `moto: skipped, ${moto}\n` : ''
    return `${skipped}${table([...titles, 'times moto'], rows)}\n${large}`
  } finally {
    await Promise.allSettled(running.map((peer) => peer.stop()))
  }
}

async function createBucket(server: Peer): Promise<void> {
  const call = { service: 's3', method: 'PUT', path: `/${bucket}`, headers: {}, body: '' }
  await drive({
    port: server.port,
    connections: 1,
    requests: [await signedBytes(call, server)],
    count: 1,
  })
}

async function measureSize(
  peers: readonly Peer[],
  size: Size,
  pace: Pick<Pace, 'rounds' | 'milliseconds'>,
): Promise<string[][]> {
  const body = Buffer.alloc(size.bytes, 'bartizan ')
  const rows: string[][] = []
  for (const method of ['PUT', 'GET'] as const) {
    const contenders = await Promise.all(
      peers.map(async (peer) => ({
        peer,
        requests: await objectRequests(method, peer, size, body),
      })),
    )
    for (const connections of size.connections) {
      // Moto is slow enough that one round tells all.
      const others = contenders.filter(({ peer }) => peer.name !== 'moto')
      const slow = contenders.filter(({ peer }) => peer.name === 'moto')
      const { warmUpCalls } = size
      const measured = [
        ...(await contest(others, connections, { ...pace, warmUpCalls })),
        ...(await contest(slow, connections, { ...pace, warmUpCalls: size.objects, rounds: 1 })),
      ]
      const moto = measured[peers.findIndex(({ name }) => name === 'moto')]
      for (const [index, { name }] of peers.entries()) {
        const each = measured[index]
        // The echo sends a body back whatever the method: it is measured with PUT alone.
        if (!each || (name === 'echo' && method === 'GET')) continue
        rows.push([
          method,
          size.name,
          String(connections),
          name,
          figure(each.perSecond),
          figure((each.perSecond * size.bytes) / 1e6),
          figure(each.p50, 2),
          figure(each.p99, 2),
          figure(each.cpu),
          figure(moto && name === 'bartizan' ? each.perSecond / moto.perSecond : undefined, 1),
        ])
      }
    }
  }
  return rows
}

function objectRequests(
  method: 'PUT' | 'GET',
  peer: Peer,
  { objects, bytes }: Size,
  body: Buffer,
): Promise<Buffer[]> {
  return Promise.all(
    Array.from({ length: objects }, (_, index) => {
      const path = `/${bucket}/${bytes}/${index}`
      const type = { 'content-type': 'application/octet-stream' }
      const call: WireCall = { service: 's3', method, path, headers: type, body: '' }
      return signedBytes(method === 'PUT' ? { ...call, body } : call, peer)
    }),
  )
}

/** Files of the same size, each synced, written by this process with no server at all. */
async function measureFiles(
  scratch: string,
  { name, bytes, connections }: Size,
  milliseconds: number,
): Promise<string[][]> {
  const rows: string[][] = []
  const body = Buffer.alloc(bytes, 'bartizan ')
  const folder = join(scratch, `files-${bytes}`)
  await mkdir(folder, { recursive: true })
  for (const width of connections) {
    const latencies: number[] = []
    const started = performance.now()
    const write = async (writer: number): Promise<void> => {
      for (let number = 0; performance.now() - started < milliseconds; number++) {
        const from = performance.now()
        const file = await open(join(folder, `${writer}-${number % 100}`), 'w')
        await file.write(body)
        await file.sync()
        await file.close()
        latencies.push(performance.now() - from)
      }
    }
    await Promise.all(Array.from({ length: width }, (_, index) => write(index)))
    const perSecond = latencies.length / ((performance.now() - started) / 1000)
    const slowest = latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length * 0.99)]
    rows.push([
      'write and fsync',
      name,
      String(width),
      'bare file',
      figure(perSecond),
      figure((perSecond * bytes) / 1e6),
      figure(median(latencies), 2),
      figure(slowest, 2),
      '-',
      '-',
    ])
  }
  return rows
}

const largeBytes = 1_024 * mebibyte
const pieceBytes = mebibyte

/** How a large object went over; megabytes are millions of bytes, memory is the server's peak. */
interface Transfer {
  readonly what: string
  readonly seconds: number
  readonly cpuSeconds?: number
  readonly peakBytes?: number
}

async function measureLarge(scratch: string, servers: readonly Peer[]): Promise<string> {
  const transfers: Transfer[] = [await bareCopy(scratch)]
  for (const server of servers) {
    for (const method of ['PUT', 'GET'] as const) {
      for (const signed of method === 'PUT' ? [false, true] : [false]) {
        transfers.push(await transfer(server, method, signed))
      }
    }
  }
  transfers.push(await bareCopy(scratch))
  const rows = transfers.map(({ what, seconds, cpuSeconds, peakBytes }) => [
    what,
    figure(seconds, 2),
    figure(largeBytes / seconds / 1e6),
    figure(cpuSeconds, 2),
    figure(peakBytes && peakBytes / mebibyte),
  ])
  return table(['1 GiB', 'seconds', 'MB/s', 'CPU s', 'peak MiB'], rows)
}

/** As `dd bs=1M conv=fsync` does it. */
async function bareCopy(scratch: string): Promise<Transfer> {
  const piece = Buffer.alloc(pieceBytes, 'bartizan ')
  const started = performance.now()
  const file = await open(join(scratch, 'bare-copy'), 'w')
  for (let at = 0; at < largeBytes; at += pieceBytes) await file.write(piece)
  await file.sync()
  await file.close()
  return { what: 'bare file, fsync', seconds: (performance.now() - started) / 1000 }
}

async function transfer(server: Peer, method: 'PUT' | 'GET', signed: boolean): Promise<Transfer> {
  const piece = Buffer.alloc(pieceBytes, 'bartizan ')
  const sum = signed ? sha256Of(piece) : 'UNSIGNED-PAYLOAD'
  const call: WireCall = {
    service: 's3',
    method,
    path: `/${bucket}/large`,
    headers: { 'content-type': 'application/octet-stream', 'x-amz-content-sha256': sum },
    body: '',
  }
  const headers = await signedHeaders(call, server)
  const cpu = processorMicros(server.pid)
  const started = performance.now()
  await exchange(
    server,
    call,
    { ...headers, ...(method === 'PUT' && { 'content-length': String(largeBytes) }) },
    piece,
  )
  const way = method === 'PUT' ? (signed ? ' signed' : ' unsigned') : ''
  return {
    what: `${server.name} ${method}${way}`,
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: (processorMicros(server.pid) - cpu) / 1e6,
    peakBytes: peakBytes(server.pid),
  }
}

function sha256Of(piece: Buffer): string {
  const sum = createHash('sha256')
  for (let at = 0; at < largeBytes; at += pieceBytes) sum.update(piece)
  return sum.digest('hex')
}

/** Sends as many pieces as a large object has, or reads it to its end. Throws unless it is answered with 2xx. */
async function exchange(
  { port }: Peer,
  { method = '', path = '' }: WireCall,
  headers: Record<string, string>,
  piece: Buffer,
): Promise<void> {
  const sent = request({ port, host: '127.0.0.1', method, path, headers, agent: false })
  const answer = new Promise<void>((resolve, reject) => {
    sent.once('error', reject)
    sent.once('response', (response) => {
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        // Else this process, and not the server, is what is measured: its pages, and its collector.
        spend(chunk)
      })
      response.once('error', reject)
      response.once('end', () => {
        const isWhole = method !== 'GET' || size === largeBytes
        if (response.statusCode === 200 && isWhole) resolve()
        else reject(new Error(`${method} was answered ${response.statusCode}, ${size} bytes`))
      })
    })
  })
  for (let at = 0; method === 'PUT' && at < largeBytes; at += pieceBytes) {
    if (!sent.write(piece)) await new Promise((resolve) => sent.once('drain', resolve))
  }
  sent.end()
  await answer
}

/** The most resident memory that a process has had, in bytes. */
function peakBytes(pid: number): number {
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) * kibibyte
}
