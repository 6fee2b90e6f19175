const maxAnswerBytes = 1024 * 1024

/** An answer that is larger than anything an identity provider has to say. */
export class AnswerTooLarge extends Error {}

/**
 * Fetches a document of at most 1 MiB, body and all, before `signal` aborts: whoever answers can
 * neither fill the memory nor keep the caller waiting. Throws AnswerTooLarge, or what `fetch` throws.
 */
export async function boundedFetch(
  url: string,
  init: RequestInit & { readonly signal: AbortSignal },
): Promise<Response> {
  const response = await fetch(url, init)
  const { status, headers, body } = response
  const chunks: Uint8Array[] = []
  let size = 0
  // Leaving the loop cancels the body, and with it the connection.
  for await (const chunk of body ?? []) {
    size += chunk.byteLength
    if (size > maxAnswerBytes) throw new AnswerTooLarge(`${url} answers with more than 1 MiB`)
    chunks.push(chunk)
  }
  return new Response(status === 204 || status === 304 ? null : Buffer.concat(chunks), {
    status,
    headers,
  })
}
