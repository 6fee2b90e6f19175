import { Tokenizer, TokenizerMode } from 'parse5'
import type { Token } from 'parse5'

/** A start tag as a browser reads it, character references in its attributes decoded. */
export interface Tag {
  /** Lower case. */
  readonly name: string
  readonly attributes: readonly Token.Attribute[]
  /** Where the tag begins and ends in the text. */
  readonly start: number
  readonly end: number
}

/** What is told of a text's markup, in its order; a visitor that returns true has seen enough. */
export interface TagVisitor {
  tag(tag: Tag): boolean
  /** What stands within `<script>` or `<style>`, up to its end tag or the end of the text. */
  raw(tag: Tag, content: string): boolean
  /** A comment's text; also that of `<?…>`, `<!…>` and `</ …>`, which browsers take for comments and others do not. */
  comment(text: string, start: number): boolean
}

/** Closes whatever a text leaves open: the page it lands in goes on and would close it too. */
const closing = `>"'>`

/**
 * Tokenises a text as HTML; tags left open at its end count as closed. Text between tags is not gone through: no browser finds
 * anything in it.
 */
export function visitTags(text: string, visitor: TagVisitor): void {
  new TagReader(visitor).read(text)
}

class TagReader {
  readonly #visitor: TagVisitor
  readonly #tokenizer: Tokenizer
  /** How far the tokenizer's offsets are behind the text's, which it has not been given whole. */
  #skipped = 0
  #open: Tag | undefined
  #content = ''
  #enough = false

  constructor(visitor: TagVisitor) {
    this.#visitor = visitor
    const ignore = (): void => undefined
    const append = ({ chars }: Token.CharacterToken): void => {
      if (this.#open !== undefined) this.#content += chars
    }
    this.#tokenizer = new Tokenizer(
      { sourceCodeLocationInfo: true },
      {
        onStartTag: (token) => this.#startTag(token),
        onEndTag: () => this.#stopIf(this.#closeRaw()),
        onComment: ({ data, location }) =>
          this.#stopIf(
            this.#closeRaw() || visitor.comment(data, this.#place(location?.startOffset)),
          ),
        onDoctype: ignore,
        onCharacter: append,
        onWhitespaceCharacter: append,
        onNullCharacter: ignore,
        onEof: () => this.#stopIf(this.#closeRaw()),
      },
    )
    this.#tokenizer.preprocessor.bufferWaterline = 0
  }

  read(text: string): void {
    let at = 0
    while (at < text.length && !this.#enough) {
      if (this.#tokenizer.state === TokenizerMode.DATA) {
        const next = text.indexOf('<', at)
        if (next < 0) break
        this.#skipped += next - at
        at = next
      }
      const end = this.#nextEnd(text, at)
      this.#tokenizer.write(text.slice(at, end), false)
      at = end
    }
    if (!this.#enough) this.#tokenizer.write(closing, true)
  }

  /** Where a tag may end next; within a script or a style sheet only an end tag ends. */
  #nextEnd(text: string, at: number): number {
    const from = this.#open === undefined ? at : text.indexOf('</', at)
    const close = from < 0 ? -1 : text.indexOf('>', from)
    return close < 0 ? text.length : close + 1
  }

  #startTag({ tagName, attrs, location }: Token.TagToken): void {
    const tag: Tag = {
      name: tagName,
      attributes: attrs,
      start: this.#place(location?.startOffset),
      end: this.#place(location?.endOffset),
    }
    if (this.#closeRaw() || this.#visitor.tag(tag)) this.#stopIf(true)
    else if (tagName === 'script' || tagName === 'style') {
      this.#open = tag
      this.#content = ''
      this.#tokenizer.state =
        tagName === 'script' ? TokenizerMode.SCRIPT_DATA : TokenizerMode.RAWTEXT
    }
  }

  #place(offset: number | undefined): number {
    return (offset ?? 0) + this.#skipped
  }

  #closeRaw(): boolean {
    const tag = this.#open
    this.#open = undefined
    return tag !== undefined && this.#visitor.raw(tag, this.#content)
  }

  #stopIf(enough: boolean): void {
    if (!enough) return
    this.#enough = true
    this.#tokenizer.pause()
  }
}
