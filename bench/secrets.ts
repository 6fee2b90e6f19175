import { join } from 'node:path'
import { jsonCall, signedBytes } from '../conformance/faults/signed-request.ts'
import type { WireCall } from '../conformance/faults/signed-request.ts'
import { drive } from './load.ts'
import { contest } from './measure.ts'
import type { Measurement, Pace } from './measure.ts'
import { startBartizan, startEcho, startMoto } from './peers.ts'
import type { Peer } from './peers.ts'
import { figure, table } from './table.ts'

/** As many as an account may have, with those that are written and the sealed one. */
const parameters = 10_000
/** Moto needs minutes to take in more: a path of its fewer parameters is read the same way, and faster. */
const motoParameters = 1_000
const writtenParameters = 200
const setUpConnections = 16
const connectionCounts = [1, 64]
const warmUpCalls = 2_000
const motoWarmUpCalls = 20
const value = 'correct horse battery staple'

function secretCall(operation: string, input: object): WireCall {
  return jsonCall(
    { service: 'secretsmanager', version: '1.1', target: 'secretsmanager' },
    operation,
    input,
  )
}

function parameterCall(operation: string, input: object): WireCall {
  return jsonCall({ service: 'ssm', version: '1.1', target: 'AmazonSSM' }, operation, input)
}

const workloads: readonly { readonly operation: string; readonly calls: readonly WireCall[] }[] = [
  { operation: 'GetSecretValue', calls: [secretCall('GetSecretValue', { SecretId: 'bench' })] },
  {
    operation: 'GetParameter',
    calls: [parameterCall('GetParameter', { Name: '/bench/sealed', WithDecryption: true })],
  },
  {
    operation: 'GetParametersByPath',
    calls: [parameterCall('GetParametersByPath', { Path: '/many/7', Recursive: true })],
  },
  {
    operation: 'PutParameter',
    // Many: who writes one parameter at the same time as others waits for them.
    calls: Array.from({ length: writtenParameters }, (_, index) =>
      parameterCall('PutParameter', {
        Name: `/bench/put/${index}`,
        Value: value,
        Type: 'String',
        Overwrite: true,
      }),
    ),
  },
]

/** Measures reading and writing secrets and parameters beside a bare echo, with 10,000 parameters, and moto, with 1,000. */
export async function measureSecrets(
  scratch: string,
  { rounds, milliseconds, only }: Pick<Pace, 'rounds' | 'milliseconds'> & { only: string },
): Promise<string> {
  const peers = [
    await startEcho(),
    await startBartizan('bartizan', { dataDir: join(scratch, 'secrets') }),
  ]
  const moto = await startMoto()
  if (typeof moto !== 'string') peers.push(moto)
  const rows: string[][] = []
  try {
    for (const peer of peers.slice(1)) {
      await fill(peer, peer.name === 'moto' ? motoParameters : parameters)
    }
    for (const { operation, calls } of workloads) {
      if (!operation.includes(only)) continue
      const contenders = await Promise.all(
        peers.map(async (peer) => ({
          peer,
          requests: await Promise.all(calls.map((call) => signedBytes(call, peer))),
        })),
      )
      for (const connections of connectionCounts) {
        const quick = contenders.slice(0, 2)
        const measured = [
          ...(await contest(quick, connections, { rounds, milliseconds, warmUpCalls })),
          ...(await contest(contenders.slice(2), connections, {
            rounds: 1,
            milliseconds,
            warmUpCalls: motoWarmUpCalls,
          })),
        ]
        rows.push(...report(operation, connections, { peers, measured }))
      }
    }
  } finally {
    await Promise.allSettled(peers.map((peer) => peer.stop()))
  }
  const many = 'GetParametersByPath reads a hundredth of 10,000 parameters, of 1,000 in moto\n'
  const titles = ['call', 'conn', 'server', 'req/s', 'p50 ms', 'p99 ms', 'CPU us']
  const skipped = typeof moto === 'string' ? `moto: skipped, ${moto}\n` : ''
  return `${skipped}${many}${table([...titles, 'CPU/echo', 'p99/echo', 'times moto'], rows)}`
}

function report(
  operation: string,
  connections: number,
  { peers, measured }: { peers: readonly Peer[]; measured: readonly Measurement[] },
): string[][] {
  const [echo, , slow] = measured
  return measured.map((each, index) => [
    operation,
    String(connections),
    peers[index]?.name ?? '',
    figure(each.perSecond),
    figure(each.p50, 2),
    figure(each.p99, 2),
    figure(each.cpu),
    figure(echo && each.cpu / echo.cpu, 2),
    figure(echo && each.p99 / echo.p99, 2),
    figure(slow && each.perSecond / slow.perSecond, 1),
  ])
}

/** A secret, a SecureString, and many parameters below a hundred paths. */
async function fill(peer: Peer, parameterCount: number): Promise<void> {
  const calls = [
    secretCall('CreateSecret', {
      Name: 'bench',
      ClientRequestToken: 'e0a1bb5e-5e0a-4b8f-9c53-6f3b1e4c9a77',
      SecretString: value,
    }),
    parameterCall('PutParameter', { Name: '/bench/sealed', Value: value, Type: 'SecureString' }),
    ...Array.from({ length: parameterCount - writtenParameters - 1 }, (_, index) =>
      parameterCall('PutParameter', {
        Name: `/many/${index % 100}/${index}`,
        Value: value,
        Type: 'String',
      }),
    ),
  ]
  const requests = await Promise.all(calls.map((call) => signedBytes(call, peer)))
  await drive({ port: peer.port, connections: setUpConnections, requests, count: calls.length })
}
