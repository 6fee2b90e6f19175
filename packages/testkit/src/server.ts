import { readConfig, startServer, type RunningServer } from '@bartizan/server'

/** Long-term credentials of a test's caller. */
export interface TestCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** What an SDK client is configured with to reach the server under test. */
export interface ClientConfig {
  readonly endpoint: string
  readonly region: string
  readonly credentials: TestCredentials
  readonly maxAttempts: number
}

/** A server in this process, with its own empty store and a clock that tests move. */
export interface TestServer {
  readonly endpoint: string
  readonly accountId: string
  /** The administrator of the first account. */
  readonly credentials: TestCredentials
  readonly server: RunningServer
  /** An SDK client of the server: the administrator in us-east-1 unless told otherwise. */
  client<Client>(
    make: new (config: ClientConfig) => Client,
    overrides?: { readonly credentials?: TestCredentials; readonly region?: string },
  ): Client
  /** Moves the clock (`365d`, `12h`, `90s`) and runs what became due. */
  advance(duration: string): Promise<void>
  /** Resolves when no task runs and none is due. */
  settled(): Promise<void>
  /** The server's time. */
  now(): Date
  /** Another tenant, with its administrator's credentials. */
  createAccount(accountId?: string): Promise<{ accountId: string; credentials: TestCredentials }>
  close(): Promise<void>
}

/** Starts a server on a free port with an in-memory store; `environment` overrides settings. */
export async function startTestServer(
  environment: Readonly<Record<string, string>> = {},
): Promise<TestServer> {
  const accountId = '111122223333'
  const credentials = { accessKeyId: 'AKIATESTADMIN0000001', secretAccessKey: 'test-admin-secret' }
  const config = readConfig(
    {},
    {
      BARTIZAN_PORT: '0',
      BARTIZAN_DATA_DIR: ':memory:',
      BARTIZAN_ACCOUNT_ID: accountId,
      BARTIZAN_ADMIN_ACCESS_KEY_ID: credentials.accessKeyId,
      BARTIZAN_ADMIN_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      BARTIZAN_LOG_LEVEL: 'warn',
      ...environment,
    },
  )
  const server = await startServer(config)
  const { endpoint, actions } = server
  const act = async (name: string, body: Readonly<Record<string, unknown>>): Promise<object> => {
    const action = actions.posts[name]
    if (!action) throw new Error(`no action ${name}`)
    return action.run(body)
  }
  return {
    endpoint,
    accountId,
    credentials,
    server,
    client: (make, overrides = {}) =>
      new make({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1, ...overrides }),
    advance: async (duration) => {
      await act('clock', { advance: duration })
    },
    settled: () => server.settled(),
    now: () => server.kernel.clock.now(),
    createAccount: async (other) => {
      const body = {
        name: 'other',
        email: 'root@other.example',
        ...(other && { accountId: other }),
      }
      const tenant = (await act('accounts', body)) as {
        accountId: string
        admin: TestCredentials
      }
      return { accountId: tenant.accountId, credentials: tenant.admin }
    },
    close: () => server.stop(),
  }
}
