import { X509Certificate } from 'node:crypto'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../../kernel/clock.ts'
import { openCgroups, type Cgroup, type Cgroups } from './cgroups.ts'
import { CodeFolders } from './code-folders.ts'
import { ExecutionEnvironment } from './environment.ts'
import type { FunctionImage, RoleCredentials } from './function-image.ts'
import { functionVariables } from './function-variables.ts'
import { isolationNotice, openIsolation, type Isolation } from './isolation.ts'
import {
  findToolchain,
  sandboxedPlaces,
  startCommand,
  toolMounts,
  type FunctionPlaces,
  type Toolchain,
} from './runtimes.ts'
import { maxTasks, type IsolationLevel } from './sandbox.ts'

/** What environments are made with. */
export interface FactoryHost {
  readonly clock: Clock
  /** A folder of this server's own, emptied at every start. */
  readonly folder: () => string
  readonly endpoint: () => string
  /** The PEM certificate chain of that endpoint, when it speaks HTTPS. */
  readonly certificate?: string | undefined
  readonly log: {
    info(fields: object, text: string): void
    warn(fields: object, text: string): void
  }
}

/** An environment that cannot be made: the runtime is missing from this machine or from the package. */
export class NoSuchRuntime extends Error {
  readonly errorType: string

  constructor(errorType: string, message: string) {
    super(message)
    this.errorType = errorType
  }
}

/** What one environment is started with. */
export interface Launch {
  readonly image: FunctionImage
  readonly credentials: RoleCredentials
  readonly logStream: string
  readonly onLine: (line: string) => void
  readonly onEnd: () => void
}

interface FactoryParts {
  readonly isolation: Isolation
  readonly tools: Toolchain
  readonly folder: string
}

/** What V8 sets aside at its start counts as private memory: room for it where only RLIMIT_DATA holds a function, in megabytes. */
const dataHeadroomMb = 768
/** Every environment's user is its own: numbers that no distribution and no container manager gives out. */
const firstUid = 1_900_000_001
const uidsPerServer = 1_024
const removalRetryMs = 25
const removalAttempts = 200

/** Makes execution environments with the strongest isolation that the machine gives. */
export class EnvironmentFactory {
  readonly tools: Toolchain
  readonly #isolation: Isolation
  readonly #host: FactoryHost
  readonly #cgroups: Cgroups
  readonly #folder: string
  readonly #code: CodeFolders
  readonly #slots = new Set<number>()
  #made = 0

  private constructor(host: FactoryHost, parts: FactoryParts) {
    this.#host = host
    this.#isolation = parts.isolation
    this.tools = parts.tools
    this.#folder = parts.folder
    this.#cgroups = openCgroups()
    this.#code = new CodeFolders(join(this.#folder, 'code'))
    const { level } = this.#isolation
    const notice = isolationNotice(level, this.#cgroups.kind)
    if (level === 'namespaces' && this.#cgroups.kind !== 'none') host.log.info({ level }, notice)
    else host.log.warn({ level }, notice)
  }

  /** Looks at the machine and gets ready; `level` asks for less than the strongest isolation. */
  static async open(host: FactoryHost, level?: IsolationLevel): Promise<EnvironmentFactory> {
    const own = join(host.folder(), 'execution')
    rmSync(own, { recursive: true, force: true })
    mkdirSync(join(own, 'root'), { recursive: true })
    const found = await findToolchain()
    const authority = privateAuthority(host.certificate)
    const file = join(own, authorityFile)
    if (authority !== undefined) writeFileSync(file, authority, { mode: 0o644 })
    const tools = { ...found, ...(authority !== undefined && { authority: file }) }
    const isolation = await openIsolation(join(own, 'root'), toolMounts(tools), level)
    const folder = isolation.template ? own : folderInSight()
    if (authority !== undefined && !isolation.template) {
      writeFileSync(join(folder, authorityFile), authority, { mode: 0o644 })
    }
    return new EnvironmentFactory(host, { isolation, tools, folder })
  }

  /** Starts an environment. Throws NoSuchRuntime or BadArchive. */
  async start(launch: Launch): Promise<ExecutionEnvironment> {
    const { image } = launch
    const [task, layers, own] = await Promise.all([
      this.#code.of([image.code]),
      image.layers.length > 0 ? this.#code.of(image.layers) : undefined,
      image.variables(),
    ])
    const slot = this.#takeSlot()
    const name = String(++this.#made)
    const uid = firstUid + (process.pid % 100_000) * uidsPerServer + slot
    const folder = join(this.#folder, `environment-${name}`)
    try {
      const places = this.#places(folder, { task, layers })
      const command = startCommand(image, this.tools, places, { task, layers })
      if (!command) throw missingRuntime(image)
      this.#makeFolders(folder, uid)
      const cgroup = this.#cgroup(name, image)
      const environment = new ExecutionEnvironment(
        {
          sandbox: {
            level: this.#isolation.level,
            ...(this.#isolation.template && { template: this.#isolation.template }),
            uid,
            mounts: this.#mounts(task, layers),
            cgroups: cgroup?.folders ?? [],
            workingFolder: places.task,
            temporaryMb: image.temporaryMb,
            ...(!cgroup && { dataMb: image.memoryMb + dataHeadroomMb }),
          },
          cgroup,
          command,
          variables: functionVariables(
            {
              ...image,
              logStream: launch.logStream,
              endpoint: this.#host.endpoint(),
              credentials: launch.credentials,
              own,
            },
            places,
          ),
          onLine: launch.onLine,
          onEnd: () => {
            this.#cleanUp({ folder, slot, cgroup }, 0)
            launch.onEnd()
          },
        },
        this.#host.clock,
      )
      await environment.start()
      return environment
    } catch (error) {
      this.#cleanUp({ folder, slot, cgroup: undefined }, 0)
      throw error
    }
  }

  /** Removes what was made on the machine; environments must have been destroyed. */
  async close(): Promise<void> {
    for (let attempt = 0; !this.#cgroups.close() && attempt < removalAttempts; attempt++) {
      await new Promise<void>((resolve) => this.#host.clock.after(removalRetryMs, resolve))
    }
    this.#isolation.close()
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }

  #mounts(task: string, layers: string | undefined) {
    if (!this.#isolation.template) return []
    return [
      { from: task, to: '/var/task' },
      ...(layers === undefined ? [] : [{ from: layers, to: '/opt' }]),
    ]
  }

  #places(folder: string, code: { task: string; layers: string | undefined }): FunctionPlaces {
    const { authority } = this.tools
    if (this.#isolation.template) return sandboxedPlaces(this.tools, code.layers !== undefined)
    return {
      node: this.tools.node,
      sdk: join(this.tools.nodeModules, '..'),
      bootstrap: join(this.tools.runtimeFolder, 'runtime'),
      task: code.task,
      layers: code.layers,
      temporary: join(folder, 'tmp'),
      authority: authority && join(this.#folder, authorityFile),
    }
  }

  /** Without a file system of its own a function has a folder for what is temporary. */
  #makeFolders(folder: string, uid: number): void {
    if (this.#isolation.template) return
    const temporary = join(folder, 'tmp')
    mkdirSync(temporary, { recursive: true, mode: 0o711 })
    chmodSync(temporary, 0o700)
    if (this.#isolation.level === 'user') chownSync(temporary, uid, uid)
  }

  #cgroup(name: string, { memoryMb }: FunctionImage): Cgroup | undefined {
    return this.#cgroups.create(name, { memoryBytes: memoryMb * 1_048_576, tasks: maxTasks })
  }

  #takeSlot(): number {
    for (let slot = 0; slot < uidsPerServer; slot++) {
      if (this.#slots.has(slot)) continue
      this.#slots.add(slot)
      return slot
    }
    throw new Error('too many execution environments')
  }

  /** A control group empties a moment after its processes were killed. */
  #cleanUp(
    made: { folder: string; slot: number; cgroup: Cgroup | undefined },
    attempt: number,
  ): void {
    const { folder, slot, cgroup } = made
    if (cgroup && !cgroup.remove() && attempt < removalAttempts) {
      for (const pid of cgroup.processes()) {
        try {
          process.kill(pid, 'SIGKILL')
        } catch {
          // It is gone already.
        }
      }
      this.#host.clock.after(removalRetryMs, () => this.#cleanUp(made, attempt + 1))
      return
    }
    rmSync(folder, { recursive: true, force: true })
    this.#slots.delete(slot)
  }
}

const authorityFile = 'authority.pem'

/** The chain of a certificate that no public authority stands behind: it ends in one that signed itself. */
function privateAuthority(chain: string | undefined): string | undefined {
  const last = chain?.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)?.at(-1)
  if (last === undefined) return undefined
  const certificate = new X509Certificate(last)
  return certificate.checkIssued(certificate) ? chain : undefined
}

/** Without a file system of its own a function reads its code where it lies: outside the data directory. */
function folderInSight(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bartizan-lambda-'))
  chmodSync(folder, 0o711)
  return folder
}

function missingRuntime({ runtime }: FunctionImage): NoSuchRuntime {
  if (runtime.startsWith('provided')) {
    const message = "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
    return new NoSuchRuntime('Runtime.InvalidEntrypoint', message)
  }
  const message = `The runtime ${runtime} is not installed on the machine that Bartizan runs on.`
  return new NoSuchRuntime('Runtime.NotAvailable', message)
}
