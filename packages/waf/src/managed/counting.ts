import type { ManagedScene } from './rule.ts'

/** Counts this request under a key. @returns how many came within the window, with this one */
export function counted(
  scene: ManagedScene,
  topic: string,
  key: string,
  windowSec: number,
): number {
  const { surroundings, counterName } = scene
  return surroundings.rates.count(`${counterName} ${topic}`, key, windowSec, surroundings.nowMs)
}

/**
 * Counts how many different members one key had within the window. A member that has been there before is not counted again, and
 * answers 0: what it did was judged when it came first.
 */
export function countedDistinct(
  scene: ManagedScene,
  topic: string,
  parts: readonly [key: string, member: string],
  windowSec: number,
): number {
  const [key, member] = parts
  if (counted(scene, `${topic} member`, `${key}\n${member}`, windowSec) > 1) return 0
  return counted(scene, topic, key, windowSec)
}
