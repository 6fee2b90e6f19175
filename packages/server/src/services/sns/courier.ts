import nodemailer from 'nodemailer'
import type { Transporter } from 'nodemailer'
import type { KeptDataKey } from '../../kernel/data-key.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { defineRuntime } from '../../kernel/runtime.ts'
import type { RuntimeHost } from '../../kernel/runtime.ts'

/** Deliveries to one web server at a time: a slow one does not take all there are. */
const perServer = 8
const keptMarks = 10_000

/** A letter to a subscriber. */
export interface Letter {
  readonly to: string
  readonly subject: string
  readonly text: string
  /** The topic's display name, which stands before the sender's address. */
  readonly from: string
}

/** What SNS keeps in memory: the way to the mail server, who is busy, what was done a while ago. */
export class Courier {
  readonly #host: RuntimeHost
  readonly #busy = new Map<string, number>()
  readonly #marks = new Map<string, number>()
  readonly #keys = new Map<string, KeptDataKey>()
  #sequence = 0n
  #mail: Transporter | undefined

  constructor(host: RuntimeHost) {
    this.#host = host
  }

  /** The server's time at this moment, in epoch milliseconds. */
  now(): number {
    return this.#host.kernel.clock.now().getTime()
  }

  get callAs(): Kernel['callAs'] {
    return this.#host.kernel.callAs
  }

  get hasMail(): boolean {
    return this.#host.kernel.mail.url !== undefined
  }

  async send({ to, subject, text, from }: Letter): Promise<void> {
    const { url, from: address } = this.#host.kernel.mail
    this.#mail ??= nodemailer.createTransport(url)
    await this.#mail.sendMail({ to, subject, text, from: { name: from, address } })
  }

  /** Runs a call to a web server, or answers undefined when enough are under way already. */
  async visit<T>(server: string, call: () => Promise<T>): Promise<T | undefined> {
    const under = this.#busy.get(server) ?? 0
    if (under >= perServer) return undefined
    this.#busy.set(server, under + 1)
    try {
      return await call()
    } finally {
      const left = (this.#busy.get(server) ?? 1) - 1
      if (left > 0) this.#busy.set(server, left)
      else this.#busy.delete(server)
    }
  }

  /** A number of 20 digits, larger than all before it. */
  nextSequence(): string {
    const floor = 10n ** 19n + BigInt(this.now()) * 1_000_000n
    this.#sequence = this.#sequence < floor ? floor : this.#sequence + 1n
    return String(this.#sequence)
  }

  /** Whether something is noted until later than now. */
  isNoted(what: string): boolean {
    return (this.#marks.get(what) ?? 0) > this.now()
  }

  note(what: string, until: number): void {
    if (this.#marks.size >= keptMarks) this.#marks.clear()
    this.#marks.set(what, until)
  }

  keyOf(name: string): KeptDataKey | undefined {
    const key = this.#keys.get(name)
    return key && key.until > this.now() ? key : undefined
  }

  keepKey(name: string, key: KeptDataKey): void {
    if (this.#keys.size >= keptMarks) this.#keys.clear()
    this.#keys.set(name, key)
  }

  stop(): void {
    this.#mail?.close()
  }
}

/** The courier of the server. */
export const courier = defineRuntime(
  'sns.courier',
  (host) => new Courier(host),
  (each) => each.stop(),
)
