import type {
  FieldToMatch,
  OversizeHandling,
  PreParseTextTransformation,
  TextTransformation,
} from '@aws-sdk/client-wafv2'
import type { Compilation, View } from '../compilation.ts'
import type { FieldReading, Inspection, Test } from '../inspection.ts'

/** A statement that looks at a component. */
export interface FieldStatement {
  readonly FieldToMatch: FieldToMatch | undefined
  readonly TextTransformations: TextTransformation[] | undefined
  readonly PreParseTextTransformations?: PreParseTextTransformation[] | undefined
}

/** What a statement finds in one text; a string says why it matched. */
export type TextMatch = (
  text: string,
  inspection: Inspection,
  view: View,
) => boolean | string | undefined

/** How much of a value a trace shows. */
const shownLength = 1000

/** Compiles a statement that matches when one of the component's texts does, or when the component's own settings say so. */
export function fieldTest(
  compilation: Compilation,
  kind: string,
  statement: FieldStatement,
  match: TextMatch,
): Test {
  const component = statement.FieldToMatch ?? {}
  const field = compilation.field(component, statement.PreParseTextTransformations)
  const view = compilation.view(field, statement.TextTransformations)
  const settled = outcomeOf(component)
  return (inspection) => {
    const outcome = settled(view.field.read(inspection))
    if (outcome !== undefined) {
      trace(inspection, kind, view, { matched: outcome.matched, why: outcome.why })
      return outcome.matched
    }
    const texts = view.texts(inspection)
    for (const text of texts) {
      const found = match(text, inspection, view)
      const matched = found !== undefined && found !== false
      if (inspection.trace) {
        const why = typeof found === 'string' ? { why: found } : {}
        trace(inspection, kind, view, { value: text.slice(0, shownLength), matched, ...why })
      }
      if (matched) return true
    }
    if (texts.length === 0) trace(inspection, kind, view, { matched: false, why: 'not there' })
    return false
  }
}

interface Outcome {
  readonly matched: boolean
  readonly why: string
}

/** What the component's OversizeHandling and fallback decide without looking at a text. */
function outcomeOf(component: FieldToMatch): (reading: FieldReading) => Outcome | undefined {
  const { Body, JsonBody, Headers, Cookies, HeaderOrder } = component
  const oversize = (Body ?? JsonBody ?? Headers ?? Cookies ?? HeaderOrder)?.OversizeHandling
  const fallback =
    JsonBody?.InvalidFallbackBehavior ??
    (component.JA3Fingerprint ?? component.JA4Fingerprint ?? component.UriFragment)
      ?.FallbackBehavior
  const onOversize = decided(oversize, 'larger than what is inspected')
  const onUnreadable = decided(fallback, JsonBody ? 'not JSON' : 'not there')
  return (reading) => {
    if (reading.oversize !== undefined && onOversize !== undefined) return onOversize
    return reading.unreadable === true ? onUnreadable : undefined
  }
}

function decided(
  setting: OversizeHandling | 'EVALUATE_AS_STRING' | undefined,
  reason: string,
): Outcome | undefined {
  return setting === 'MATCH' || setting === 'NO_MATCH'
    ? { matched: setting === 'MATCH', why: `${reason}: ${setting}` }
    : undefined
}

function trace(
  { trace: steps, rule }: Inspection,
  statement: string,
  { field, transformations }: View,
  step: { readonly value?: string; readonly matched: boolean; readonly why?: string },
): void {
  steps?.push({
    rule,
    statement,
    field: field.name === undefined ? field.location : `${field.location} ${field.name}`,
    ...(transformations.length === 0 ? {} : { transformations }),
    ...step,
  })
}
