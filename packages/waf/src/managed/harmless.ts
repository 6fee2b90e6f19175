/** More texts than this are not kept: all are forgotten, and found harmless again when they come. */
const mostTexts = 4000
const longestText = 400

/**
 * What was looked at and found harmless: browsers say the same of themselves in each request, and sites have few paths. Keeps a bit
 * for each of up to 30 who ask; the text alone decides, so that nothing is kept that a later request could change.
 */
export class HarmlessTexts {
  readonly #bits = new Map<string, number>()

  has(text: string, bit: number): boolean {
    return ((this.#bits.get(text) ?? 0) & bit) !== 0
  }

  add(text: string, bit: number): void {
    if (text.length > longestText || bit === 0) return
    if (this.#bits.size >= mostTexts) this.#bits.clear()
    this.#bits.set(text, (this.#bits.get(text) ?? 0) | bit)
  }
}

/** The answer for a text, asked for only where it has not been found harmless before. */
export function unlessHarmless<Found>(
  known: HarmlessTexts,
  text: string,
  look: (text: string) => Found | undefined,
): Found | undefined {
  if (known.has(text, 1)) return undefined
  const found = look(text)
  if (found === undefined) known.add(text, 1)
  return found
}
