import type { WebAclGate, WebAclGuard } from '../../../kernel/web-acl.ts'

type Gates = ReadonlyMap<string, WebAclGate>
type Asked = readonly (readonly [stage: string, gate: WebAclGate | undefined])[]

/** The web ACLs of an API's stages as one: each is asked for the requests of its stage. */
export function stagesGuard(guards: ReadonlyMap<string, WebAclGuard>): WebAclGuard {
  return {
    gate() {
      const asked = [...guards].map(([stage, guard]) => [stage, guard.gate()] as const)
      if (!asked.some(([, gate]) => gate instanceof Promise)) return combined(asked as Asked)
      const settled = asked.map(async ([stage, gate]) => [stage, await gate] as const)
      return Promise.all(settled).then(combined)
    },
  }
}

function combined(asked: Asked): WebAclGate | undefined {
  const gates: Gates = new Map(
    asked.flatMap(([stage, gate]) => (gate === undefined ? [] : [[stage, gate] as const])),
  )
  if (gates.size === 0) return undefined
  return {
    bodyLimit: Math.max(...[...gates.values()].map(({ bodyLimit }) => bodyLimit)),
    inspect(request) {
      const gate = gates.get(stageIn(request.target))
      return gate?.inspect(request) ?? { verdict: { action: 'ALLOW', insertedHeaders: [] } }
    },
  }
}

/** The stage that a request asks for: the first part of its path. */
function stageIn(target: string): string {
  return /^\/([^/?]*)/.exec(target)?.[1] ?? ''
}
