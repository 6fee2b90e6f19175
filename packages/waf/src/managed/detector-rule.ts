import type { Detector } from '../detectors/detector.ts'
import type { Component, Detection, InspectedValue } from '../inspected-value.ts'
import type { ParsedRequest } from '../parsed-request.ts'
import { HarmlessTexts } from './harmless.ts'
import type { ManagedMatch, ManagedRule } from './rule.ts'

/** What a rule that asks detectors is made of. */
export interface DetectorRule {
  readonly name: string
  readonly label: string
  readonly components: readonly Component[]
  readonly detectors: readonly Detector[]
  /** Which values of the components are looked at; all, when left out. */
  readonly only?: (value: InspectedValue) => boolean
  readonly examples: ManagedRule['examples']
}

/** A rule that blocks when one of its detectors finds something in one of its components. */
export function detectorRule(parts: DetectorRule): ManagedRule {
  const { name, label, components, detectors, only, examples } = parts
  return {
    name,
    label,
    action: 'Block',
    inspect(request) {
      for (const component of components) {
        for (const detector of detectors) {
          const found = findings(request, component, detector, only)
          if (found !== undefined) return found
        }
      }
      return undefined
    },
    examples,
  }
}

const cache = new WeakMap<
  ParsedRequest,
  Map<Detector, Partial<Record<Component, ManagedMatch | 'nothing'>>>
>()

/** What a detector finds in a component; looked for once a request, however many rules ask. */
function findings(
  request: ParsedRequest,
  component: Component,
  detector: Detector,
  only?: (value: InspectedValue) => boolean,
): ManagedMatch | undefined {
  if (only !== undefined) return firstIn(request.values(component).filter(only), detector)
  let known = cache.get(request)
  if (known === undefined) cache.set(request, (known = new Map()))
  let byComponent = known.get(detector)
  if (byComponent === undefined) known.set(detector, (byComponent = {}))
  const found = (byComponent[component] ??=
    (component === 'headers' ? firstInHeaders : firstIn)(request.values(component), detector) ??
    'nothing')
  return found === 'nothing' ? undefined : found
}

const headerTexts = new HarmlessTexts()
const bits = new WeakMap<Detector, number>()
let nextBit = 1

/** A bit for each detector that looks at headers; those that come too late have none, and look each time. */
function bitOf(detector: Detector): number {
  let bit = bits.get(detector)
  if (bit === undefined) {
    bit = nextBit
    nextBit = nextBit < 1 << 29 ? nextBit * 2 : 0
    bits.set(detector, bit)
  }
  return bit
}

function firstInHeaders(
  values: readonly InspectedValue[],
  detector: Detector,
): ManagedMatch | undefined {
  const bit = bitOf(detector)
  for (const value of values) {
    const [text = ''] = value.forms
    if (!possible(value.marks, detector.needs) || headerTexts.has(text, bit)) continue
    const found = firstIn([value], detector)
    if (found !== undefined) return found
    headerTexts.add(text, bit)
  }
  return undefined
}

/** The first of some values in one of whose readings a detector finds something. */
export function firstIn(
  values: readonly InspectedValue[],
  detector: Detector,
): ManagedMatch | undefined {
  for (const value of values) {
    if (!possible(value.marks, detector.needs)) continue
    for (const form of value.forms) {
      const found = detected(form, value.name, detector)
      if (found !== undefined) return { ...found, value }
    }
  }
  return undefined
}

/** What a piece may share with the one before: no find is longer. */
const overlap = 400

function detected(text: string, name: string, detector: Detector): Detection | undefined {
  const { reach } = detector
  if (reach === undefined || text.length <= reach) return detector.detect(text, name)
  for (let start = 0; start < text.length; start += reach - overlap) {
    const found = detector.detect(text.slice(start, start + reach), name)
    if (found !== undefined) return found
  }
  return undefined
}

function possible(marks: number, needs: readonly number[]): boolean {
  for (const need of needs) if ((marks & need) === need) return true
  return false
}
