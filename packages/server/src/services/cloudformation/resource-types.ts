import type { Context } from '../../kernel/context.ts'
import type { ResourceType } from '../../kernel/resource-type.ts'
import { defineRuntime } from '../../kernel/runtime.ts'
import type { AwaitedType } from './awaited-type.ts'
import { awaitedTypes } from './awaited-types.ts'
import { ownTypes } from './own-types.ts'

/** Namespaces of types that are not the lower-cased id of their service. */
const services: Readonly<Record<string, string>> = {
  ApiGateway: 'apigateway',
  ElasticLoadBalancingV2: 'elasticloadbalancing',
  StepFunctions: 'states',
}

const registry = defineRuntime('cloudformation.resource-types', ({ kernel }) => {
  const find = async (type: string): Promise<ResourceType | undefined> => {
    const own = ownTypes.find((each) => each.type === type)
    if (own) return own
    const [, namespace = ''] = type.split('::')
    const id = services[namespace] ?? namespace.toLowerCase()
    if (!kernel.services.entries.some((entry) => entry.id === id)) return undefined
    return (await kernel.services.load(id))?.resources.find((each) => each.type === type)
  }
  return { find }
})

/** A resource type by name, undefined when nobody offers it. */
export async function resourceType(
  ctx: Context,
  name: string,
): Promise<ResourceType | AwaitedType | undefined> {
  const awaited = awaitedTypes.find(({ matches }) => matches(name))
  return awaited ?? ctx.runtime(registry).find(name)
}

/** Whether a type answers later, by itself. */
export function isAwaited(type: ResourceType | AwaitedType): type is AwaitedType {
  return 'begin' in type
}
