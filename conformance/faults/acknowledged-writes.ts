import assert from 'node:assert/strict'
import {
  CreateUserCommand,
  GetUserCommand,
  IAMClient,
  paginateListUsers,
} from '@aws-sdk/client-iam'
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  KMSClient,
  ListResourceTagsCommand,
  paginateListAliases,
  paginateListKeys,
  TagResourceCommand,
} from '@aws-sdk/client-kms'
import { clientConfig } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'

interface Ciphertext {
  readonly keyId: string
  readonly blob: Uint8Array
  readonly plaintext: string
}

/** Clients of one start of the server. */
interface Clients {
  readonly kms: KMSClient
  readonly iam: IAMClient
}

type Check = (clients: Clients) => Promise<void>

/**
 * Writes to a server that may die at any moment, remembers what it acknowledged, and checks that a later
 * start of it has all of that.
 */
export class AcknowledgedWrites {
  readonly #keys = new Map<string, string>()
  readonly #aliases = new Map<string, string>()
  readonly #users = new Set<string>()
  /** The last acknowledged value of the tag `n` of a key; the next one may have been written too. */
  readonly #tags = new Map<string, number>()
  #checks: Check[] = []
  #serial = 0

  /** Writes acknowledged so far. */
  count = 0

  /**
   * Writes from `writers` callers at once until the server dies; `acknowledged` is called after each write.
   * Throws when the server refuses a write instead of dying.
   */
  async burst(server: ServerProcess, writers: number, acknowledged: () => void): Promise<void> {
    const clients = clientsOf(server)
    const note = () => {
      this.count++
      acknowledged()
    }
    await Promise.all(Array.from({ length: writers }, () => this.#write(clients, note)))
    destroy(clients)
  }

  /** Checks what was acknowledged since the last check. Returns how many things were checked. */
  async verifyLatest(server: ServerProcess): Promise<number> {
    const checks = this.#checks
    this.#checks = []
    const clients = clientsOf(server)
    await eachOf(checks, (check) => check(clients))
    destroy(clients)
    return checks.length
  }

  /** Checks by listing that everything ever acknowledged is there, and that what is there is whole. */
  async verifyAll(server: ServerProcess): Promise<void> {
    const clients = clientsOf(server)
    const { kms, iam } = clients
    const keys = new Set<string>()
    for await (const { Keys = [] } of paginateListKeys({ client: kms, pageSize: 1000 }, {})) {
      for (const { KeyId = '' } of Keys) keys.add(KeyId)
    }
    for (const id of this.#keys.keys()) assert.ok(keys.has(id), `key ${id} is lost`)
    await eachOf([...keys], (id) => wholeKey(kms, id))
    const aliases = new Map<string, string>()
    for await (const page of paginateListAliases({ client: kms, pageSize: 100 }, {})) {
      for (const { AliasName = '', TargetKeyId = '' } of page.Aliases ?? []) {
        aliases.set(AliasName, TargetKeyId)
      }
    }
    for (const [name, id] of this.#aliases) assert.equal(aliases.get(name), id, `${name} is lost`)
    for (const id of aliases.values())
      assert.ok(id === '' || keys.has(id), `${id} has an alias only`)
    const users = new Set<string>()
    for await (const { Users = [] } of paginateListUsers({ client: iam, pageSize: 1000 }, {})) {
      for (const { UserName = '' } of Users) users.add(UserName)
    }
    for (const name of this.#users) assert.ok(users.has(name), `user ${name} is lost`)
    destroy(clients)
  }

  async #write(clients: Clients, acknowledged: () => void): Promise<void> {
    try {
      for (;;) {
        const keyId = await this.#createKey(clients)
        acknowledged()
        for (const write of [this.#createAlias, this.#encrypt, this.#tag, this.#createUser]) {
          await write.call(this, clients, keyId)
          acknowledged()
        }
      }
    } catch (error) {
      if (isAnswer(error)) throw error
    }
  }

  async #createKey({ kms }: Clients): Promise<string> {
    const Description = `key ${this.#serial++}`
    const Tags = [{ TagKey: 'n', TagValue: '0' }]
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description, Tags }))
    const keyId = KeyMetadata?.KeyId ?? ''
    this.#keys.set(keyId, Description)
    this.#tags.set(keyId, 0)
    this.#checks.push(async (now) => {
      assert.equal(await wholeKey(now.kms, keyId), Description)
      const n = await tagOf(now.kms, keyId)
      const known = this.#tags.get(keyId) ?? 0
      assert.ok(
        n === known || n === known + 1,
        `tag of ${keyId} is ${n}, acknowledged was ${known}`,
      )
    })
    return keyId
  }

  async #createAlias({ kms }: Clients, keyId: string): Promise<void> {
    const AliasName = `alias/${this.#serial++}`
    await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: keyId }))
    this.#aliases.set(AliasName, keyId)
    this.#checks.push(async (now) => {
      const { KeyMetadata } = await now.kms.send(new DescribeKeyCommand({ KeyId: AliasName }))
      assert.equal(KeyMetadata?.KeyId, keyId)
    })
  }

  async #encrypt({ kms }: Clients, keyId: string): Promise<void> {
    const plaintext = `secret ${this.#serial++}`
    const Plaintext = Buffer.from(plaintext)
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: keyId, Plaintext }))
    const ciphertext = { keyId, plaintext, blob: CiphertextBlob ?? new Uint8Array() }
    this.#checks.push(({ kms: now }) => decrypts(now, ciphertext))
  }

  async #tag({ kms }: Clients, keyId: string): Promise<void> {
    for (let n = 1; n <= 2; n++) {
      const Tags = [{ TagKey: 'n', TagValue: String(n) }]
      await kms.send(new TagResourceCommand({ KeyId: keyId, Tags }))
      this.#tags.set(keyId, n)
    }
  }

  async #createUser({ iam }: Clients): Promise<void> {
    const UserName = `user-${this.#serial++}`
    await iam.send(new CreateUserCommand({ UserName }))
    this.#users.add(UserName)
    this.#checks.push(async (now) => {
      const { User } = await now.iam.send(new GetUserCommand({ UserName }))
      assert.equal(User?.UserName, UserName)
    })
  }
}

function clientsOf(server: ServerProcess): Clients {
  const config = clientConfig(server)
  return { kms: new KMSClient(config), iam: new IAMClient(config) }
}

function destroy({ kms, iam }: Clients): void {
  kms.destroy()
  iam.destroy()
}

/** Whether a server answered, as opposed to having been killed on the way. */
export function isAnswer(error: unknown): boolean {
  return (
    error instanceof Error &&
    '$metadata' in error &&
    typeof error.$metadata === 'object' &&
    error.$metadata !== null &&
    'httpStatusCode' in error.$metadata &&
    error.$metadata.httpStatusCode !== undefined
  )
}

/** A key's description, after checking that its policy and tags are there too. */
async function wholeKey(kms: KMSClient, KeyId: string): Promise<string | undefined> {
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }))
  assert.equal(KeyMetadata?.KeyState, 'Enabled')
  const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId }))
  assert.match(Policy ?? '', /Statement/)
  return KeyMetadata.Description
}

async function tagOf(kms: KMSClient, KeyId: string): Promise<number> {
  const { Tags = [] } = await kms.send(new ListResourceTagsCommand({ KeyId }))
  return Number(Tags.find(({ TagKey }) => TagKey === 'n')?.TagValue)
}

async function decrypts(kms: KMSClient, { blob, plaintext, keyId }: Ciphertext): Promise<void> {
  const { Plaintext, KeyId } = await kms.send(new DecryptCommand({ CiphertextBlob: blob }))
  assert.equal(Buffer.from(Plaintext ?? []).toString(), plaintext)
  assert.ok(KeyId?.endsWith(keyId))
}

const checkers = 16

/** Does something with each item, a few at a time. */
async function eachOf<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  const rest = items.values()
  const worker = async () => {
    for (const item of rest) await act(item)
  }
  await Promise.all(Array.from({ length: checkers }, worker))
}
