import { reasonOf, type Entry, type Unreadable } from './entry.ts'

/** Where a HashiCorp Vault is, and what of it is read. */
export interface VaultPlace {
  /** Its address, as VAULT_ADDR has it. */
  readonly address: string
  readonly token: string
  readonly namespace?: string
  /** The mount path of a KV secrets engine: `secret`. */
  readonly mount: string
  /** Only what lies below this path. */
  readonly path: string
  /** 1 or 2; found out where it is absent. */
  readonly version?: number
}

/** How a Vault's secrets become entries: each a JSON secret, or each of its keys a SecureString parameter. */
export interface VaultForm {
  readonly prefix: string
  readonly parameters: boolean
}

/**
 * Reads a KV secrets engine of version 1 or 2 through Vault's HTTP API.
 * Source: https://developer.hashicorp.com/vault/api-docs/secret/kv
 */
export async function* readVault(
  place: VaultPlace,
  form: VaultForm,
): AsyncGenerator<Entry | Unreadable> {
  const version = place.version ?? (await versionOf(place))
  for await (const path of pathsOf(place, version, place.path)) {
    let data
    try {
      data = await dataOf(place, version, path)
    } catch (error) {
      yield { kind: 'secret', name: form.prefix + path, reason: reasonOf(error) }
      continue
    }
    // A secret whose latest version is deleted has no data.
    if (data) yield* entriesOf(path, data, form)
  }
}

function* entriesOf(
  path: string,
  data: Readonly<Record<string, unknown>>,
  { prefix, parameters }: VaultForm,
): Generator<Entry> {
  if (!parameters) {
    yield { kind: 'secret', name: prefix + path, value: JSON.stringify(data) }
    return
  }
  for (const [key, value] of Object.entries(data)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    yield { kind: 'parameter', name: `${prefix}${path}/${key}`, type: 'SecureString', value: text }
  }
}

async function versionOf(place: VaultPlace): Promise<number> {
  const answer = await call(place, `sys/internal/ui/mounts/${place.mount}`)
  const { options } = (answer?.['data'] ?? {}) as { readonly options?: { version?: string } | null }
  return options?.version === '2' ? 2 : 1
}

/** The paths of secrets below a path, folder by folder. */
async function* pathsOf(
  place: VaultPlace,
  version: number,
  folder: string,
): AsyncGenerator<string> {
  const kind = version === 2 ? 'metadata/' : ''
  const answer = await call(place, `${place.mount}/${kind}${folder}?list=true`)
  const { keys = [] } = (answer?.['data'] ?? {}) as { readonly keys?: readonly string[] }
  for (const key of keys) {
    if (key.endsWith('/')) yield* pathsOf(place, version, folder + key)
    else yield folder + key
  }
}

async function dataOf(
  place: VaultPlace,
  version: number,
  path: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const kind = version === 2 ? 'data/' : ''
  const answer = await call(place, `${place.mount}/${kind}${path}`)
  const data = answer?.['data'] as Readonly<Record<string, unknown>> | undefined
  if (version === 1) return data
  return (data?.['data'] ?? undefined) as Readonly<Record<string, unknown>> | undefined
}

/** Asks Vault; undefined where there is nothing. Throws with Vault's own words. */
async function call(
  { address, token, namespace }: VaultPlace,
  path: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const [before = '', query] = path.split('?')
  const encoded = before.split('/').map(encodeURIComponent).join('/')
  const url = new URL(`/v1/${encoded}${query === undefined ? '' : `?${query}`}`, address)
  const response = await fetch(url, {
    headers: {
      'x-vault-token': token,
      'x-vault-request': 'true',
      ...(namespace !== undefined && { 'x-vault-namespace': namespace }),
    },
    redirect: 'error',
  }).catch(() => {
    throw new Error(`no Vault answers at ${url.origin}`)
  })
  const answer = (await response.json().catch(() => ({}))) as Readonly<Record<string, unknown>>
  if (response.ok) return answer
  if (response.status === 404) return undefined
  const errors = Array.isArray(answer['errors']) ? answer['errors'].map(String) : []
  throw new Error(`Vault refuses ${url.pathname}: ${errors.join('; ') || response.status}`)
}
