import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The secrets of one KV engine by path, each with its data; null is a deleted latest version. */
type Secrets = Readonly<Record<string, Readonly<Record<string, unknown>> | null>>

/** A server that speaks the part of HashiCorp Vault's documented HTTP API by which KV engines are read. */
export interface FakeVault {
  readonly address: string
  readonly token: string
  close(): Promise<void>
}

/**
 * Starts one with a KV engine of version 2 at `secret` and one of version 1 at `old/kv`.
 * Source: https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2 (and kv-v1)
 */
export async function startVault(v2: Secrets, v1: Secrets): Promise<FakeVault> {
  const token = 'hvs.conformance'
  const server = createServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ request_id: '1', lease_id: '', renewable: false, ...body }))
    }
    const url = new URL(request.url ?? '/', 'http://vault')
    const path = decodeURIComponent(url.pathname.replace(/^\/v1\//, ''))
    if (request.headers['x-vault-token'] !== token) {
      return answer(403, { errors: ['permission denied'] })
    }
    if (path.startsWith('sys/internal/ui/mounts/')) {
      const isNew = path.endsWith('/secret')
      return answer(200, { data: { type: 'kv', options: isNew ? { version: '2' } : null } })
    }
    const isList = url.searchParams.get('list') === 'true'
    const found = isList
      ? listed(
          path.startsWith('old/kv/') ? v1 : v2,
          path.replace(/^(secret\/metadata|old\/kv)\//, ''),
        )
      : read(path, v1, v2)
    if (!found) return answer(404, { errors: [] })
    answer(200, { data: found })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}`,
    token,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function listed(secrets: Secrets, folder: string): object | undefined {
  const keys = Object.keys(secrets)
    .filter((path) => path.startsWith(folder))
    .map((path) => path.slice(folder.length).replace(/\/.*/, '/'))
  return keys.length === 0 ? undefined : { keys: [...new Set(keys)] }
}

function read(path: string, v1: Secrets, v2: Secrets): object | undefined {
  const old = /^old\/kv\/(.+)/.exec(path)?.[1]
  if (old !== undefined) return v1[old] ?? undefined
  const name = /^secret\/data\/(.+)/.exec(path)?.[1] ?? ''
  const data = v2[name]
  const metadata = { version: 1, deletion_time: data === null ? '2026-01-01T00:00:00Z' : '' }
  return data === undefined ? undefined : { data, metadata }
}
