import { surroundings } from '../../testing/builders.ts'
import type { ManagedScene, RequestExample } from '../rule.ts'

/** What a rule knows beside an example's request. */
export function sceneOf(_example: RequestExample): ManagedScene {
  const labels = new Set<string>()
  return {
    surroundings: surroundings(),
    configs: [],
    labels,
    addLabel: (label) => void labels.add(label),
    token: () => undefined,
    counterName: 'test',
  }
}
