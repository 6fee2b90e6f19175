import type { CompiledWebAcl } from '../../packages/waf/src/compile.ts'
import { surroundings } from '../../packages/waf/src/testing/builders.ts'
import { figure, table } from '../table.ts'
import attacks from './data/attacks.json' with { type: 'json' }
import requests from './data/requests.json' with { type: 'json' }
import { engineRequest, placed, type TestRequest } from './placements.ts'
import { awkwardTraffic, ordinaryTraffic } from './traffic.ts'

const ordinaryCount = 3_000
const awkwardCount = 2_100

/** Whole requests: the JSON file's pairs of header fields are lists to the compiler. */
const wholeRequests = requests as unknown as Readonly<Record<string, readonly TestRequest[]>>

/** Tells how many attacks of each class are stopped in each place, and how much of ordinary traffic. */
export function measureQuality(acl: CompiledWebAcl): string {
  const around = surroundings()
  const isStopped = (request: TestRequest): boolean =>
    acl.decide(engineRequest(request), around).action === 'BLOCK'
  const rows: string[][] = []
  const tell = (name: string, list: readonly (readonly [string, TestRequest])[]): void => {
    const stopped = list.filter(([, request]) => isStopped(request))
    const byPlace = Object.entries(Object.groupBy(list, ([place]) => place)).map(
      ([place, all = []]) =>
        `${place} ${all.filter((each) => stopped.includes(each)).length}/${all.length}`,
    )
    const percent = figure((100 * stopped.length) / list.length, 2)
    rows.push([name, String(list.length), percent, byPlace.length > 1 ? byPlace.join(' ') : ''])
  }
  for (const [name, payloads] of Object.entries(attacks)) tell(name, payloads.flatMap(placed))
  for (const [name, list] of Object.entries(wholeRequests)) {
    tell(
      name,
      list.map((request) => ['', request] as const),
    )
  }
  tell(
    'ordinary',
    ordinaryTraffic(ordinaryCount).map((request) => ['', request] as const),
  )
  tell(
    'awkward',
    awkwardTraffic(awkwardCount).map((request) => ['', request] as const),
  )
  return table(['traffic', 'requests', 'stopped %', 'by place'], rows)
}
