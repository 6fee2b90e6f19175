import { StringDecoder } from 'node:string_decoder'
import type { Readable } from 'node:stream'

/** CloudWatch Logs takes no event longer than this, in characters. */
const maxLine = 262_118

/** Cuts what a process writes into lines. */
export class LineReader {
  /** How many bytes have come. */
  bytes = 0
  readonly #onLine: (line: string) => void
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''

  constructor(stream: Readable, onLine: (line: string) => void) {
    this.#onLine = onLine
    stream.on('data', (chunk: Buffer) => this.#take(chunk))
    stream.on('end', () => this.finish())
    stream.on('error', () => this.finish())
  }

  /** Gives out a last line that was not ended. */
  finish(): void {
    if (this.#rest !== '') this.#onLine(this.#rest)
    this.#rest = ''
  }

  #take(chunk: Buffer): void {
    this.bytes += chunk.length
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#onLine(line.slice(0, maxLine))
    while (this.#rest.length > maxLine) {
      this.#onLine(this.#rest.slice(0, maxLine))
      this.#rest = this.#rest.slice(maxLine)
    }
  }
}
