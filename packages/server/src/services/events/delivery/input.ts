import { compileTransformer } from '../input-transformer.ts'
import type { Transform } from '../input-transformer.ts'
import { compileJsonPath, followJsonPath } from '../json-path.ts'
import type { TargetRow } from '../store.ts'
import { eventOf } from './delivery.ts'
import type { Delivery } from './delivery.ts'

/** The text that a target gets: the event, a part of it, or what the target's rule makes of it. */
export function inputOf(delivery: Delivery): string {
  const { rule, target, ingestedAt } = delivery
  if (target.input !== undefined) return target.input
  if (target.inputPath !== undefined) {
    const path = compileJsonPath(target.inputPath) ?? []
    return JSON.stringify(followJsonPath(path, eventOf(delivery)) ?? null)
  }
  if (!target.inputTransformer) return delivery.event
  const facts = { ruleArn: rule.arn, ruleName: rule.name, ingestionTime: wholeSeconds(ingestedAt) }
  return transformOf(target.inputTransformer)({ ...eventOf(delivery) }, facts)
}

function wholeSeconds(time: string): string {
  return `${time.slice(0, 19)}Z`
}

/** Transforms are kept by their text: deliveries carry their target with them. */
const transforms = new Map<string, Transform>()
const keptTransforms = 500

function transformOf(spec: NonNullable<TargetRow['inputTransformer']>): Transform {
  const key = JSON.stringify(spec)
  let transform = transforms.get(key)
  if (!transform) {
    transform = compileTransformer(spec.InputTemplate ?? '', spec.InputPathsMap)
    if (transforms.size >= keptTransforms) transforms.clear()
    transforms.set(key, transform)
  }
  return transform
}
