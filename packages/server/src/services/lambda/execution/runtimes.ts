import { execFile } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { searchPath } from './isolation.ts'
import type { ReadOnlyMount } from './sandbox.ts'

/** What carries out functions of a runtime. */
export type RuntimeFamily = 'nodejs' | 'python' | 'provided'

/** The family of a runtime identifier (`nodejs22.x`), undefined for what cannot be executed here. */
export function familyOf(runtime: string): RuntimeFamily | undefined {
  if (/^nodejs(18|20|22|24)\.x$/.test(runtime)) return 'nodejs'
  if (/^python3\.(8|9|10|11|12|13|14)$/.test(runtime)) return 'python'
  return /^provided(\.al2|\.al2023)?$/.test(runtime) ? 'provided' : undefined
}

/** The interpreters and libraries of this machine that functions are shown. */
export interface Toolchain {
  /** Bartizan's own Node.js, which runs every Node.js runtime. */
  readonly node: string
  /** The `node_modules` that the AWS SDK for JavaScript is in. */
  readonly nodeModules: string
  /** The folder of the runtimes' start files. */
  readonly runtimeFolder: string
  readonly python?: Python
  /** A certificate file that vouches for the server, where no public authority does. */
  readonly authority?: string
}

/** The Python that runs every Python runtime. */
export interface Python {
  readonly executable: string
  /** Folders that must be seen at their own path; none for the system's Python. */
  readonly folders: readonly string[]
  /** `3.11` */
  readonly version: string
  readonly hasBoto3: boolean
  /** AWS's runtime interface client for Python. */
  readonly hasRuntimeClient: boolean
}

const pythonFacts = `
import importlib.util as u, json, os, sys
print(json.dumps({"executable": os.path.realpath(sys.executable), "prefix": sys.base_prefix,
"version": "%d.%d" % sys.version_info[:2], "boto3": u.find_spec("boto3") is not None,
"client": u.find_spec("awslambdaric") is not None}))`

/** Looks at what this machine has. */
export async function findToolchain(): Promise<Toolchain> {
  const require = createRequire(import.meta.url)
  const lambda = dirname(require.resolve('@aws-sdk/client-lambda/package.json'))
  const python = await findPython()
  return {
    node: realpathSync(process.execPath),
    nodeModules: dirname(dirname(lambda)),
    runtimeFolder: fileURLToPath(new URL('..', import.meta.url)),
    ...(python && { python }),
  }
}

async function findPython(): Promise<Python | undefined> {
  try {
    const env = { PATH: process.env['PATH'] ?? searchPath, HOME: process.env['HOME'] ?? '/' }
    const { stdout } = await promisify(execFile)('python3', ['-c', pythonFacts], { env })
    const facts = JSON.parse(stdout) as {
      executable: string
      prefix: string
      version: string
      boto3: boolean
      client: boolean
    }
    const { executable, prefix, version } = facts
    const folders =
      prefix.startsWith('/usr') && !prefix.startsWith('/usr/local/lib') ? [] : [prefix]
    return { executable, folders, version, hasBoto3: facts.boto3, hasRuntimeClient: facts.client }
  } catch {
    return undefined
  }
}

/** What is mounted for every function, whatever its code. */
export function toolMounts({
  node,
  nodeModules,
  runtimeFolder,
  python,
  authority,
}: Toolchain): ReadOnlyMount[] {
  return [
    { from: node, to: '/var/lang/bin/node', file: true },
    { from: nodeModules, to: '/var/runtime/node_modules' },
    { from: join(runtimeFolder, 'runtime'), to: '/var/runtime/bootstrap' },
    { from: join(runtimeFolder, 'data/aws-lambda-ric'), to: '/var/runtime/data/aws-lambda-ric' },
    ...(python?.folders ?? []).map((folder) => ({ from: folder, to: folder })),
    ...(authority === undefined ? [] : [{ from: authority, to: authorityPlace, file: true }]),
  ]
}

/** Where things are, as the function's process sees them. */
export interface FunctionPlaces {
  readonly node: string
  /** The folder that holds `node_modules`. */
  readonly sdk: string
  readonly bootstrap: string
  readonly task: string
  readonly layers: string | undefined
  readonly temporary: string
  /** The certificate that vouches for the server, where no public authority does. */
  readonly authority: string | undefined
}

const authorityPlace = '/var/runtime/authority.pem'

/** The places in a file system of the function's own. */
export function sandboxedPlaces({ authority }: Toolchain, layers: boolean): FunctionPlaces {
  return {
    node: '/var/lang/bin/node',
    sdk: '/var/runtime',
    bootstrap: '/var/runtime/bootstrap',
    task: '/var/task',
    layers: layers ? '/opt' : undefined,
    temporary: '/tmp',
    authority: authority && authorityPlace,
  }
}

/** What starts a function's runtime; undefined when this machine or the package lacks it. */
export function startCommand(
  { runtime, handler, memoryMb }: { runtime: string; handler: string; memoryMb: number },
  tools: Toolchain,
  places: FunctionPlaces,
  hostCode: { readonly task: string; readonly layers: string | undefined },
): readonly string[] | undefined {
  switch (familyOf(runtime)) {
    case 'nodejs': {
      const heap = `--max-old-space-size=${Math.max(64, Math.floor(memoryMb * 0.9))}`
      return [places.node, heap, join(places.bootstrap, 'node-start.mjs')]
    }
    case 'python': {
      const { python } = tools
      if (!python) return undefined
      return python.hasRuntimeClient
        ? [python.executable, '-m', 'awslambdaric', handler]
        : [python.executable, join(places.bootstrap, 'start.py')]
    }
    case 'provided': {
      if (existsSync(join(hostCode.task, 'bootstrap'))) return [join(places.task, 'bootstrap')]
      const inLayer = hostCode.layers && existsSync(join(hostCode.layers, 'bootstrap'))
      return inLayer && places.layers ? [join(places.layers, 'bootstrap')] : undefined
    }
    default:
      return undefined
  }
}
