import type { Context } from '../../kernel/context.ts'
import { AwsError, commonError } from '../../kernel/errors.ts'
import { defineRuntime, type RuntimeHost } from '../../kernel/runtime.ts'
import { scopeOf } from '../../kernel/store/store.ts'
import { functionArn, type Place } from './arns.ts'
import { joinPieces } from './code-store.ts'
import { openVariables, undecryptable } from './function-environment.ts'
import { EnvironmentFactory } from './execution/environment-factory.ts'
import type { FunctionImage, RoleCredentials } from './execution/function-image.ts'
import { EnvironmentPool, type CallResult, type FunctionCall } from './execution/pool.ts'
import { readLayerArn } from './layer-reference.ts'
import { LogShipper } from './log-shipper.ts'
import {
  codePieces,
  layerKey,
  layerVersions,
  type CodeFacts,
  type FunctionRow,
  type VersionRow,
} from './store.ts'

/** The service principal that functions are run by. */
export const lambdaPrincipal = 'lambda.amazonaws.com'

/** AWS's default account concurrency; what is reserved is taken from it. */
export const accountConcurrency = 1000

const sessionSeconds = 3600

/** The server's execution environments, with what they need of other services. */
export class FunctionPool {
  readonly #host: RuntimeHost
  readonly #pool: EnvironmentPool
  readonly #logs: LogShipper
  #factory: Promise<EnvironmentFactory> | undefined

  constructor(host: RuntimeHost) {
    this.#host = host
    this.#logs = new LogShipper(host)
    this.#pool = new EnvironmentPool({
      clock: host.kernel.clock,
      ids: host.kernel.ids,
      factory: () => this.#openFactory(),
      credentials: (image) => this.#credentials(image),
      logs: (image, stream, events) => this.#logs.ship(image, stream, events),
    })
  }

  /**
   * Runs a function version once and publishes its metrics. Throws Throttled, and AwsError when the
   * role cannot be assumed or the environment cannot be decrypted.
   */
  async run(
    row: FunctionRow,
    version: VersionRow,
    call: FunctionCall,
    unreserved: number,
  ): Promise<CallResult> {
    const image = this.#imageOf(row, version)
    try {
      const limits = {
        unreserved,
        ...(row.reservedConcurrency !== undefined && { reserved: row.reservedConcurrency }),
      }
      const running = this.#pool.run(image, call, limits)
      this.#metric(row, 'ConcurrentExecutions', this.#pool.runningOf(image))
      const result = await running
      this.#metric(row, 'Invocations', 1)
      this.#metric(row, 'Errors', result.errorType === undefined ? 0 : 1)
      this.#metric(row, 'Duration', result.durationMs, 'Milliseconds')
      return result
    } catch (error) {
      if (error instanceof Error && error.message === 'Rate Exceeded.')
        this.#metric(row, 'Throttles', 1)
      throw error
    }
  }

  /** Environments of a function are not used again. */
  retire(row: Pick<FunctionRow, 'name' | 'accountId' | 'region'>): void {
    const { accountId, region, name } = row
    this.#pool.retire({ account: accountId, region, functionName: name })
  }

  async stop(): Promise<void> {
    await this.#pool.stop()
    await this.#logs.flush()
    if (this.#factory) await (await this.#factory).close()
  }

  #openFactory(): Promise<EnvironmentFactory> {
    const { kernel, folder } = this.#host
    const { clock, log, localEndpoint: endpoint, certificate } = kernel
    this.#factory ??= EnvironmentFactory.open({ clock, folder, endpoint, certificate, log })
    return this.#factory
  }

  #imageOf(row: FunctionRow, version: VersionRow): FunctionImage {
    const { accountId, region, name } = row
    const place = { accountId, region }
    return {
      account: accountId,
      region,
      functionName: name,
      version: version.version,
      revision: `${version.revisionId}/${version.code.id}`,
      runtime: version.runtime,
      handler: version.handler,
      memoryMb: version.memorySize,
      temporaryMb: version.temporarySize,
      timeoutSeconds: version.timeout,
      roleArn: version.role,
      logGroup: version.logging.group,
      logFormat: version.logging.format,
      ...(version.logging.applicationLevel && {
        applicationLogLevel: version.logging.applicationLevel,
      }),
      code: { id: version.code.id, read: () => this.#readCode(place, version.code) },
      layers: version.layers.map(({ arn }) => ({ id: arn, read: () => this.#readLayer(arn) })),
      variables: () => this.#variables(place, version),
    }
  }

  #readCode({ accountId, region }: Place, code: CodeFacts): Promise<Buffer> {
    const { store } = this.#host.kernel
    const scope = scopeOf('region', accountId, region)
    return joinPieces(code, async (key) => (await store.get(codePieces, scope, key))?.value)
  }

  async #readLayer(arn: string): Promise<Buffer> {
    const reference = readLayerArn(arn)
    if (!reference) throw new Error(`${arn} names no layer`)
    const { accountId, region, name, version } = reference
    const scope = scopeOf('region', accountId, region)
    const row = await this.#host.kernel.store.get(layerVersions, scope, layerKey(name, version))
    if (!row) throw new Error(`${arn} was deleted`)
    return this.#readCode(reference, row.value.code)
  }

  async #variables(place: Place, version: VersionRow): Promise<Record<string, string>> {
    const { accountId: account, region } = place
    const { role, functionName } = version
    const actor = {
      service: lambdaPrincipal,
      roleArn: role,
      sessionName: sessionNameOf(functionName),
      viaService: `lambda.${region}.amazonaws.com`,
    }
    try {
      return await openVariables(
        (input) =>
          this.#host.kernel.callAs({ account, region }, actor, {
            service: 'kms',
            operation: 'Decrypt',
            input,
          }),
        { ...place, ...version },
        version,
      )
    } catch (error) {
      throw error instanceof AwsError ? undecryptable(error) : error
    }
  }

  async #credentials({
    account,
    region,
    functionName,
    roleArn,
  }: FunctionImage): Promise<RoleCredentials> {
    const sourceArn = functionArn({ accountId: account, region }, functionName)
    const input = {
      RoleArn: roleArn,
      RoleSessionName: sessionNameOf(functionName),
      DurationSeconds: sessionSeconds,
    }
    try {
      const output = await this.#host.kernel.callAs(
        { account, region },
        { service: lambdaPrincipal, sourceArn },
        { service: 'sts', operation: 'AssumeRole', input },
      )
      const given = output['Credentials'] as {
        AccessKeyId: string
        SecretAccessKey: string
        SessionToken: string
        Expiration: Date
      }
      return {
        accessKeyId: given.AccessKeyId,
        secretAccessKey: given.SecretAccessKey,
        sessionToken: given.SessionToken,
        expiresAt: given.Expiration,
      }
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      throw commonError(
        'AccessDeniedException',
        'The role defined for the function cannot be assumed by Lambda.',
        403,
      )
    }
  }

  #metric(row: FunctionRow, name: string, value: number, unit = 'Count'): void {
    const place = { account: row.accountId, region: row.region }
    const sample = { namespace: 'AWS/Lambda', name, value, unit }
    const { serviceMetrics } = this.#host.kernel
    serviceMetrics.note(place, { ...sample, dimensions: { FunctionName: row.name } })
    serviceMetrics.note(place, sample)
  }
}

/** A role session's name has two characters or more; a function's may have one. */
export function sessionNameOf(functionName: string): string {
  return functionName.padEnd(2, '-')
}

/** The server's function pool. */
export const functionPool = defineRuntime(
  'lambda.pool',
  (host) => new FunctionPool(host),
  (pool) => pool.stop(),
)

/** Has the pool forget a function's environments. */
export function retireFunction(
  ctx: Context,
  row: Pick<FunctionRow, 'name' | 'accountId' | 'region'>,
): void {
  ctx.runtime(functionPool).retire(row)
}
