/** At this many words around a find, the text is somebody's writing and not a value made for a program. */
const proseWords = 5
/** Longer text than this is not looked through for words: nobody types that into an injection. */
const prosePeek = 600

/**
 * How many words of natural language a text holds: letters alone, two or more, between spaces or beside a sentence's punctuation.
 * Counts no further than `limit`.
 */
export function wordCount(text: string, limit = proseWords): number {
  let count = 0
  const words = /(?:^|[\s"'(“„«])\p{L}{2,}(?:['’]\p{L}{1,3})?(?=[\s.,;:!?)"'”»]|$)/gu
  const peek = text.length > prosePeek ? text.slice(0, prosePeek) : text
  while (count < limit && words.test(peek)) count += 1
  return count
}

/** Whether what stands before and after a find is prose, so that the find is talked about rather than used. */
export function insideProse(text: string, start: number, end: number): boolean {
  const before = wordCount(text.slice(Math.max(0, start - prosePeek), start))
  return before >= proseWords || before + wordCount(text.slice(end)) >= proseWords
}

/** Whether a text is a document: many lines, Markdown's fences, or markup of paragraphs. */
export function isDocument(text: string): boolean {
  if (text.length < 40) return text.includes('```')
  if (text !== lastAsked) {
    lastAsked = text
    lastAnswer = documentLike(text)
  }
  return lastAnswer
}

// Several detectors ask about one text, one after another.
let lastAsked = ''
let lastAnswer = false

function documentLike(text: string): boolean {
  if (text.includes('```') || /<\/(?:p|li|pre|code|h\d)>/i.test(text)) return true
  let lines = 0
  for (let at = text.indexOf('\n'); at >= 0 && lines < 4; at = text.indexOf('\n', at + 1))
    lines += 1
  return lines >= 4
}
