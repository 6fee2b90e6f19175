import type { FunctionPlaces } from './runtimes.ts'

/** What a function's environment variables are made from. */
export interface VariableFacts {
  readonly runtime: string
  readonly handler: string
  readonly functionName: string
  readonly version: string
  readonly memoryMb: number
  readonly region: string
  readonly logGroup: string
  readonly logStream: string
  readonly logFormat: string
  readonly applicationLogLevel?: string
  readonly endpoint: string
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken: string
  }
  /** The function's own. */
  readonly own: Readonly<Record<string, string>>
}

/** The keys that a function cannot set (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html). */
export const reservedVariables: ReadonlySet<string> = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
])

/** The whole environment of a function's process: AWS's documented variables, the endpoint, and its own. */
export function functionVariables(
  facts: VariableFacts,
  places: FunctionPlaces,
): Record<string, string> {
  const { credentials, region, runtime } = facts
  const reserved = {
    _HANDLER: facts.handler,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ...(!runtime.startsWith('provided') && { AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}` }),
    AWS_LAMBDA_FUNCTION_NAME: facts.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: facts.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(facts.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: facts.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: facts.logStream,
    AWS_LAMBDA_LOG_FORMAT: facts.logFormat,
    ...(facts.applicationLogLevel && { AWS_LAMBDA_LOG_LEVEL: facts.applicationLogLevel }),
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    LAMBDA_TASK_ROOT: places.task,
    LAMBDA_RUNTIME_DIR: places.sdk,
  }
  return {
    AWS_ENDPOINT_URL: facts.endpoint,
    ...(places.authority && {
      NODE_EXTRA_CA_CERTS: places.authority,
      AWS_CA_BUNDLE: places.authority,
    }),
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    ...(places.temporary !== '/tmp' && { TMPDIR: places.temporary, HOME: places.temporary }),
    ...searchPaths(facts.runtime, places),
    ...facts.own,
    ...reserved,
  }
}

function searchPaths(runtime: string, { task, layers, sdk }: FunctionPlaces) {
  const inLayers = (...names: string[]) => (layers ? names.map((name) => `${layers}/${name}`) : [])
  const node = /^nodejs(\d+)/.exec(runtime)?.[1]
  const python = /^python(3\.\d+)/.exec(runtime)?.[1]
  const programs = ['/var/lang/bin', '/usr/local/bin', '/usr/bin', '/bin', ...inLayers('bin')]
  const libraries = ['/lib64', '/usr/lib64', task, `${task}/lib`, ...inLayers('lib')]
  const nodeModules = [
    ...inLayers(`nodejs/node${node}/node_modules`, 'nodejs/node_modules'),
    `${sdk}/node_modules`,
  ]
  const pythonModules = inLayers('python', `python/lib/python${python}/site-packages`)
  return {
    PATH: programs.join(':'),
    LD_LIBRARY_PATH: libraries.join(':'),
    ...(node && { NODE_PATH: nodeModules.join(':') }),
    ...(python && {
      PYTHONPATH: [...pythonModules, `${task}`].join(':'),
      PYTHONDONTWRITEBYTECODE: '1',
    }),
  }
}
