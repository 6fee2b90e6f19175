import assert from 'node:assert/strict'

/** What a refused call says; fails the test when the call went through. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ name: string; message: string; status: number | undefined }> {
  try {
    await call
  } catch (error) {
    assert.ok(error instanceof Error)
    const metadata = '$metadata' in error ? (error.$metadata as { httpStatusCode?: number }) : {}
    return { name: error.name, message: error.message, status: metadata.httpStatusCode }
  }
  throw new assert.AssertionError({ message: 'the call was not refused' })
}

/** A stream's bytes. */
export async function bytesOf(stream: unknown): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream as AsyncIterable<Uint8Array>) chunks.push(chunk)
  return Buffer.concat(chunks)
}
