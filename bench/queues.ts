import { join } from 'node:path'
import { jsonCall, signedBytes } from '../conformance/faults/signed-request.ts'
import type { WireCall } from '../conformance/faults/signed-request.ts'
import { drive } from './load.ts'
import { processorMicros, startBartizan, startEcho, startMoto } from './peers.ts'
import type { Peer } from './peers.ts'
import { figure, table } from './table.ts'

const body = 'x'.repeat(200)
const accountId = '000000000000'
const connectionCounts = [1, 16]
const cycles = 1_000
const motoCycles = 40

/** One queue service under cycles of send, receive and delete, each message on its own. */
interface Measured {
  readonly peer: string
  readonly connections: number
  readonly perSecond: number
  readonly cpu: number
}

/** Measures cycles of SendMessage, ReceiveMessage and DeleteMessage beside moto and three calls to an echo. */
export async function measureQueues(scratch: string): Promise<string> {
  const peers = [
    await startEcho(),
    await startBartizan('bartizan', { dataDir: join(scratch, 'sqs') }),
  ]
  const moto = await startMoto()
  if (typeof moto !== 'string') peers.push(moto)
  try {
    const measured: Measured[] = []
    for (const peer of peers) {
      if (peer.name !== 'echo') await perform(peer, call('CreateQueue', { QueueName: 'bench' }))
      const count = peer.name === 'moto' ? motoCycles : cycles
      for (const connections of connectionCounts) {
        await run(peer, connections, count / 4)
        measured.push(await run(peer, connections, count))
      }
    }
    const rows = measured.map(({ peer, connections, perSecond, cpu }) => {
      const of = (name: string) =>
        measured.find((each) => each.peer === name && each.connections === connections)
      const echo = of('echo')
      const slow = of('moto')
      return [
        peer,
        String(connections),
        figure(perSecond),
        figure(cpu),
        figure(echo && cpu / echo.cpu, 2),
        figure(slow && perSecond / slow.perSecond, 1),
      ]
    })
    const titles = ['send, receive, delete', 'conn', 'cycles/s', 'CPU us', 'CPU/echo', 'times moto']
    const skipped = typeof moto === 'string' ? `moto: skipped, ${moto}\n` : ''
    return `${skipped}${table(titles, rows)}`
  } finally {
    await Promise.allSettled(peers.map((peer) => peer.stop()))
  }
}

function call(operation: string, input: object): WireCall {
  return jsonCall({ service: 'sqs', version: '1.0', target: 'AmazonSQS' }, operation, input)
}

async function perform(peer: Peer, one: WireCall): Promise<void> {
  const requests = [await signedBytes(one, peer)]
  await drive({ port: peer.port, connections: 1, requests, count: 1 })
}

/** Sends all, receives all, deletes all: each phase over so many connections. */
async function run(peer: Peer, connections: number, count: number): Promise<Measured> {
  const QueueUrl = `http://127.0.0.1:${peer.port}/${accountId}/bench`
  const send = await signedBytes(call('SendMessage', { QueueUrl, MessageBody: body }), peer)
  const receive = await signedBytes(call('ReceiveMessage', { QueueUrl }), peer)
  const handles: string[] = []
  const load = { port: peer.port, connections }
  const cpu = processorMicros(peer.pid)
  const started = performance.now()
  await drive({ ...load, requests: [send], count })
  await drive({
    ...load,
    requests: [receive],
    count,
    answered(_request, _status, answer) {
      const { Messages = [] } = JSON.parse(answer.toString()) as {
        Messages?: readonly { readonly ReceiptHandle: string }[]
      }
      handles.push(...Messages.map(({ ReceiptHandle }) => ReceiptHandle))
    },
  })
  let seconds = (performance.now() - started) / 1000
  let used = processorMicros(peer.pid) - cpu
  const isEcho = peer.name === 'echo'
  if (!isEcho && handles.length < count) {
    throw new Error(`${peer.name} gave ${handles.length} of ${count} messages`)
  }
  const deletions = await Promise.all(
    (isEcho ? ['receipt'] : handles).map((ReceiptHandle) =>
      signedBytes(call('DeleteMessage', { QueueUrl, ReceiptHandle }), peer),
    ),
  )
  // Signing them is the client's time, not the server's.
  const again = performance.now()
  const cpuAgain = processorMicros(peer.pid)
  await drive({ ...load, requests: deletions, count })
  seconds += (performance.now() - again) / 1000
  used += processorMicros(peer.pid) - cpuAgain
  return { peer: peer.name, connections, perSecond: count / seconds, cpu: used / count }
}
