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

/** Tokenises a text as HTML; tags left open at its end count as closed. */
export function visitTags(text: string, visitor: TagVisitor): void {
  new TagReader(visitor).read(text)
}

class TagReader {
  readonly #visitor: TagVisitor
  readonly #tokenizer: Tokenizer
  #open: Tag | undefined
  #content = ''

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
          this.#stopIf(this.#closeRaw() || visitor.comment(data, location?.startOffset ?? 0)),
        onDoctype: ignore,
        onCharacter: append,
        onWhitespaceCharacter: append,
        onNullCharacter: ignore,
        onEof: () => this.#stopIf(this.#closeRaw()),
      },
    )
  }

  read(text: string): void {
    this.#tokenizer.write(text + closing, true)
  }

  #startTag({ tagName, attrs, location }: Token.TagToken): void {
    const tag: Tag = {
      name: tagName,
      attributes: attrs,
      start: location?.startOffset ?? 0,
      end: location?.endOffset ?? 0,
    }
    if (this.#closeRaw() || this.#visitor.tag(tag)) {
      this.#stopIf(true)
    } else if (tagName === 'script' || tagName === 'style') {
      this.#open = tag
      this.#content = ''
      this.#tokenizer.state =
        tagName === 'script' ? TokenizerMode.SCRIPT_DATA : TokenizerMode.RAWTEXT
    }
  }

  #closeRaw(): boolean {
    const tag = this.#open
    this.#open = undefined
    return tag !== undefined && this.#visitor.raw(tag, this.#content)
  }

  #stopIf(enough: boolean): void {
    if (enough) this.#tokenizer.pause()
  }
}
