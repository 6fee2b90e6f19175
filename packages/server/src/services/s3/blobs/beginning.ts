/** The beginning of a payload: all of it, or what has been read together with the rest. */
export interface Beginning {
  readonly whole?: Buffer
  readonly source: AsyncIterable<Uint8Array>
}

/** Reads a payload until it ends or has more than `limit` bytes. */
export async function begin(source: AsyncIterable<Uint8Array>, limit: number): Promise<Beginning> {
  const reader = source[Symbol.asyncIterator]()
  const chunks: Uint8Array[] = []
  for (let size = 0; size <= limit;) {
    const { done, value } = await reader.next()
    if (done) return { whole: Buffer.concat(chunks), source }
    chunks.push(value)
    size += value.length
  }
  return { source: continued(chunks, reader) }
}

async function* continued(
  chunks: readonly Uint8Array[],
  reader: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks
    for (let step = await reader.next(); !step.done; step = await reader.next()) yield step.value
  } finally {
    await reader.return?.()
  }
}
