import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { Transform, type Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { AwsEsdkKMSInterface } from '@aws-crypto/kms-keyring'
import { Command } from 'commander'
import { findInstallation, type Installation, type PlaceOptions } from '../installation.ts'
import { examples, withPlace } from './place-options.ts'

interface CryptOptions extends PlaceOptions {
  readonly keyId?: string
  readonly output?: string
  readonly context: Readonly<Record<string, string>>
}

/** Files from this size on show a progress bar, when somebody watches. */
const progressFromBytes = 64 * 1024 * 1024
const suffix = '.encrypted'

/** `bartizan encrypt`: envelope encryption of a file of any size, in the AWS Encryption SDK's message format. */
export function encryptCommand(): Command {
  return cryptCommand('encrypt', 'encrypt a file of any size (AWS Encryption SDK message format)')
    .requiredOption('--key-id <key>', 'key id, key ARN, alias name or alias ARN')
    .addHelpText(
      'after',
      examples(
        'bartizan encrypt disk.img --key-id alias/backup',
        'bartizan encrypt a.txt --key-id alias/app --context team=red --output a.bin',
      ),
    )
    .action((file: string, options: CryptOptions) =>
      convert(file, options.output ?? file + suffix, options, encryptor),
    )
}

/** `bartizan decrypt`: the way back; the message names its key, the context must match. */
export function decryptCommand(): Command {
  return cryptCommand('decrypt', 'decrypt a file that `encrypt` or another Encryption SDK made')
    .addHelpText('after', examples('bartizan decrypt disk.img.encrypted --output disk.img'))
    .action((file: string, options: CryptOptions) => {
      const plain = file.endsWith(suffix) ? file.slice(0, -suffix.length) : `${file}.decrypted`
      return convert(file, options.output ?? plain, options, decryptor)
    })
}

function cryptCommand(name: string, description: string): Command {
  return withPlace(new Command(name).description(description))
    .argument('<file>', 'the file to read')
    .option('--output <file>', 'the file to write; it must not exist')
    .option('--context <name=value>', 'encryption context, repeatable', addPair, {})
}

function addPair(pair: string, pairs: Readonly<Record<string, string>>): Record<string, string> {
  const mark = pair.indexOf('=')
  if (mark < 1) throw new Error('an encryption context pair is name=value')
  return { ...pairs, [pair.slice(0, mark)]: pair.slice(mark + 1) }
}

type MakeStream = (installation: Installation, options: CryptOptions) => Promise<Duplex>

/** Streams a file through; the output appears whole or not at all. */
async function convert(
  from: string,
  to: string,
  options: CryptOptions,
  makeStream: MakeStream,
): Promise<void> {
  const { size } = await stat(from)
  const partial = `${to}.partial`
  if (
    await stat(to).then(
      () => true,
      () => false,
    )
  )
    throw new Error(`${to} exists already`)
  const stream = await makeStream(findInstallation(options), options)
  const progress = await progressBar(size)
  try {
    const output = createWriteStream(partial, { flags: 'wx', mode: 0o600 })
    await pipeline(createReadStream(from), progress.counter, stream, output)
    await rename(partial, to)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  } finally {
    progress.stop()
  }
  process.stdout.write(`${to}\n`)
}

async function progressBar(size: number): Promise<{ counter: Transform; stop: () => void }> {
  const shown = process.stderr.isTTY && size >= progressFromBytes
  const bar = shown
    ? new (await import('cli-progress')).default.SingleBar({
        format: '{bar} {percentage}% {eta_formatted}',
      })
    : undefined
  bar?.start(size, 0)
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bar?.increment(chunk.length)
      done(null, chunk)
    },
  })
  return { counter, stop: () => bar?.stop() }
}

const encryptor: MakeStream = async (installation, { keyId = '', context }) => {
  const { buildClient, CommitmentPolicy, KmsKeyringNode } = await import('@aws-crypto/client-node')
  const { encryptStream } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
  const generatorKeyId = await keyArn(installation, keyId)
  const keyring = new KmsKeyringNode({
    generatorKeyId,
    clientProvider: await clientProvider(installation),
  })
  return encryptStream(keyring, { encryptionContext: { ...context } })
}

const decryptor: MakeStream = async (installation, { context }) => {
  const { buildClient, CommitmentPolicy, KmsKeyringNode } = await import('@aws-crypto/client-node')
  const { decryptStream } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
  const keyring = new KmsKeyringNode({
    discovery: true,
    clientProvider: await clientProvider(installation),
  })
  const stream = decryptStream(keyring)
  stream.on(
    'MessageHeader',
    ({ encryptionContext }: { encryptionContext: Record<string, string> }) => {
      for (const [name, value] of Object.entries(context)) {
        if (encryptionContext[name] !== value) {
          stream.destroy(new Error(`the encryption context does not have ${name}=${value}`))
        }
      }
    },
  )
  return stream
}

/** A KMS client per Region of the keys that a message names. */
async function clientProvider({ endpoint, credentials }: Installation) {
  const { KMS } = await import('@aws-sdk/client-kms')
  // The Encryption SDK's interface differs from the KMS client's in the spelling of optional members only.
  return (region: string) =>
    new KMS({ endpoint, region, credentials: credentials() }) as unknown as AwsEsdkKMSInterface
}

/** The Encryption SDK stores ARNs in its messages, so aliases and ids are resolved first. */
async function keyArn(installation: Installation, keyId: string): Promise<string> {
  const { KMS } = await import('@aws-sdk/client-kms')
  const { endpoint, region, credentials } = installation
  const kms = new KMS({ endpoint, region, credentials: credentials() })
  const { KeyMetadata } = await kms.describeKey({ KeyId: keyId })
  return KeyMetadata?.Arn ?? keyId
}
