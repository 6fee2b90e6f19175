import { surroundings } from '../../testing/builders.ts'
import type { ManagedScene, RequestExample } from '../rule.ts'

/** What a rule knows beside an example's request. */
export function sceneOf({
  scene = {},
}: RequestExample): ManagedScene & { readonly labels: Set<string> } {
  const { count, lists, token, verifiedBot, stolenCredential, answers, country, asn } = scene
  const labels = new Set<string>()
  return {
    surroundings: surroundings({
      ...(count === undefined
        ? {}
        : { rates: { count: (topic) => (topic.endsWith(' member') ? 1 : count) } }),
      ...(lists === undefined
        ? {}
        : { addressList: (name) => ({ has: (ip) => lists[name]?.includes(ip) === true }) }),
      ...(verifiedBot === undefined ? {} : { verifiedBot: () => verifiedBot }),
      ...(stolenCredential === undefined ? {} : { stolenCredential: () => stolenCredential }),
      ...(answers === undefined ? {} : { answers: () => answers }),
      ...(country === undefined ? {} : { country: () => ({ country }) }),
      ...(asn === undefined ? {} : { asn: () => asn }),
    }),
    configs: scene.configs ?? [],
    labels,
    addLabel: (label) => void labels.add(label),
    token: () => token,
    counterName: 'test',
  }
}
