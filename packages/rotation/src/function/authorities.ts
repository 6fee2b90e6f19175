import { getCACertificates } from 'node:tls'

const fetchMs = 5_000
let known: Promise<string[]> | undefined

/**
 * The authorities that may vouch for a database server: those of Node.js, and where the function runs in Bartizan the
 * one that signs its databases' certificates, at the path that AWS's bundle has on its trust store
 * (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html).
 */
export function authorities(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string[]> {
  known ??= bundleOf(env['AWS_ENDPOINT_URL']).then((own) => [
    ...getCACertificates('default'),
    ...(own === undefined ? [] : [own]),
  ])
  return known
}

/** A server without databases of its own has no bundle: then the others have to do. */
async function bundleOf(endpoint: string | undefined): Promise<string | undefined> {
  if (endpoint === undefined) return undefined
  try {
    const url = new URL('/global/global-bundle.pem', endpoint)
    const response = await fetch(url, { signal: AbortSignal.timeout(fetchMs) })
    return response.ok ? await response.text() : undefined
  } catch {
    known = undefined
    return undefined
  }
}
