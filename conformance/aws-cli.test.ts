import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { findAwsCli, findOpenssl, present, skipWithout } from './clients.ts'
import { ProgramError, run, succeed } from './process.ts'
import { startServer, type AccessKey, type Server } from './server.ts'

const cli = await findAwsCli()
const openssl = await findOpenssl()
const skip = skipWithout(cli)
let server: Server

/** What a command prints, without the line's end. */
async function aws(command: string, caller?: AccessKey): Promise<string> {
  const outcome = await attempt(command, caller)
  if (outcome.code !== 0) throw new ProgramError(`aws ${command}`, outcome)
  return outcome.stdout.trim()
}

/** What a command that must fail says about it. */
async function refusal(command: string, caller?: AccessKey): Promise<string> {
  const outcome = await attempt(command, caller)
  assert.notEqual(outcome.code, 0, `aws ${command} was not refused:\n${outcome.stdout}`)
  return outcome.stderr.trim()
}

/** Words are separated by blanks; a word in single quotes may hold some. */
function attempt(command: string, caller?: AccessKey, env: Record<string, string> = {}) {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare)
  const args = words.filter((word) => word !== undefined)
  return run(present(cli).path, args, {
    env: { ...server.env(caller), ...env },
    cwd: server.folder,
  })
}

async function json<Answer>(command: string, caller?: AccessKey): Promise<Answer> {
  return JSON.parse(await aws(`${command} --output json`, caller)) as Answer
}

/** The CLI prints dates as ISO 8601 (version 2) or as seconds (version 1). */
function timeOf(date: string | number): number {
  return typeof date === 'number' ? date * 1000 : Date.parse(date)
}

async function newUser(name: string): Promise<AccessKey> {
  await aws(`iam create-user --user-name ${name}`)
  const { AccessKey: key } = await json<{
    AccessKey: { AccessKeyId: string; SecretAccessKey: string }
  }>(`iam create-access-key --user-name ${name}`)
  return { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey }
}

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(server.folder, name), content)
  return name
}

describe('the AWS CLI', { skip, concurrency: 2 }, () => {
  before(async () => {
    server = await startServer()
  })
  after(() => server.stop())

  test('the first ten minutes: make a key, encrypt, rotate, be refused, look it up', async () => {
    const keyId = await aws(
      "kms create-key --description 'first ten minutes' --query KeyMetadata.KeyId --output text",
    )
    await aws(`kms create-alias --alias-name alias/app --target-key-id ${keyId}`)
    file('secret.txt', 'attack at dawn')
    const blob = await aws(
      'kms encrypt --key-id alias/app --plaintext fileb://secret.txt --encryption-context team=red --query CiphertextBlob --output text',
    )
    file('secret.bin', Buffer.from(blob, 'base64'))
    const decrypt =
      'kms decrypt --ciphertext-blob fileb://secret.bin --encryption-context team=red --output text'
    const decrypted = async () =>
      Buffer.from(await aws(`${decrypt} --query Plaintext`), 'base64').toString()
    assert.equal(await decrypted(), 'attack at dawn')

    await aws(`kms enable-key-rotation --key-id ${keyId}`)
    const today = await json<{ NextRotationDate: string | number }>(
      `kms get-key-rotation-status --key-id ${keyId}`,
    )
    assert.ok(timeOf(today.NextRotationDate) > Date.now() + 364 * 86_400_000)

    const bob = await newUser('bob')
    assert.match(
      await refusal(decrypt, bob),
      /An error occurred \(AccessDeniedException\) when calling the Decrypt operation: User: arn:aws:iam::123456789012:user\/bob is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:123456789012:key\/\S+ because no identity-based policy allows the kms:Decrypt action/,
    )
    assert.match(
      await refusal('kms decrypt --ciphertext-blob fileb://secret.bin'),
      /\(InvalidCiphertextException\) when calling the Decrypt operation/,
    )
    const { Events: events } = await json<{ Events: { CloudTrailEvent: string }[] }>(
      'cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=Decrypt',
    )
    const records = events.map(
      ({ CloudTrailEvent: record }) => JSON.parse(record) as { errorCode?: string },
    )
    assert.ok(records.some(({ errorCode }) => errorCode?.startsWith('AccessDenied')))
    assert.ok(records.some(({ errorCode }) => errorCode === undefined))
    assert.ok(!JSON.stringify(events).includes('attack at dawn'))
  })

  test('key states, waiters’ pages and cut lists', async () => {
    for (let made = 0; made < 4; made++) await aws('kms create-key')
    const whole = await json<{ Keys: unknown[] }>('kms list-keys --page-size 2')
    assert.ok(whole.Keys.length >= 4)
    const cut = await json<{ Keys: { KeyId: string }[]; NextToken: string }>(
      'kms list-keys --max-items 3 --page-size 2',
    )
    assert.equal(cut.Keys.length, 3)
    const rest = await json<{ Keys: { KeyId: string }[] }>(
      `kms list-keys --starting-token ${cut.NextToken}`,
    )
    const seen = [...cut.Keys, ...rest.Keys].map(({ KeyId: id }) => id)
    assert.equal(new Set(seen).size, seen.length)
    const keyId = seen[0]
    await aws(`kms disable-key --key-id ${keyId}`)
    const state = `kms describe-key --key-id ${keyId} --query KeyMetadata.KeyState --output text`
    assert.equal(await aws(state), 'Disabled')
    await aws(`kms schedule-key-deletion --key-id ${keyId} --pending-window-in-days 7`)
    assert.equal(await aws(state), 'PendingDeletion')
    assert.match(
      await refusal(`kms enable-key --key-id ${keyId}`),
      /\(KMSInvalidStateException\) when calling the EnableKey operation: \S+ is pending deletion\./,
    )
    assert.match(
      await refusal('kms create-key --key-spec AES_1'),
      /\(ValidationException\) when calling the CreateKey operation: 1 validation error detected: Value 'AES_1' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: \[/,
    )
  })

  test('signatures, MACs, data keys and random bytes', async () => {
    const keyId = await aws(
      'kms create-key --key-spec ECC_NIST_P256 --key-usage SIGN_VERIFY --query KeyMetadata.KeyId --output text',
    )
    file('message', randomBytes(300))
    const use = `--key-id ${keyId} --message fileb://message --signing-algorithm ECDSA_SHA_256`
    const signature = await aws(`kms sign ${use} --query Signature --output text`)
    file('signature', Buffer.from(signature, 'base64'))
    const valid = await aws(`kms verify ${use} --signature fileb://signature --output json`)
    assert.equal((JSON.parse(valid) as { SignatureValid: boolean }).SignatureValid, true)
    file('signature', randomBytes(70))
    assert.match(
      await refusal(`kms verify ${use} --signature fileb://signature`),
      /\(KMSInvalidSignatureException\)/,
    )
    const random = await aws(
      'kms generate-random --number-of-bytes 32 --query Plaintext --output text',
    )
    assert.equal(Buffer.from(random, 'base64').length, 32)
  })

  test('STS: who am I, and a role’s session from a file of credentials', async () => {
    const me = await json<{ Account: string; Arn: string }>('sts get-caller-identity')
    assert.equal(me.Account, server.accountId)
    file(
      'trust.json',
      JSON.stringify({
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Principal: { AWS: me.Arn }, Action: 'sts:AssumeRole' },
      }),
    )
    await aws('iam create-role --role-name auditor --assume-role-policy-document file://trust.json')
    await aws(
      'iam attach-role-policy --role-name auditor --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess',
    )
    const { Credentials: session } = await json<{ Credentials: Record<string, string> }>(
      `sts assume-role --role-arn arn:aws:iam::${server.accountId}:role/auditor --role-session-name cli`,
    )
    const caller = {
      accessKeyId: session['AccessKeyId'] ?? '',
      secretAccessKey: session['SecretAccessKey'] ?? '',
      sessionToken: session['SessionToken'] ?? '',
    }
    const arn = `arn:aws:sts::${server.accountId}:assumed-role/auditor/cli`
    assert.equal(await aws('sts get-caller-identity --query Arn --output text', caller), arn)
    const role = `role_arn = arn:aws:iam::${server.accountId}:role/auditor`
    // The CLI keeps sessions in the user's home by role and session name: another run must not find this one's.
    const name = `role_session_name = cli-${process.pid}-${Date.now()}`
    file('config', `[profile auditor]\n${role}\n${name}\ncredential_source = Environment\n`)
    const profile = await attempt('kms list-keys --profile auditor', undefined, {
      AWS_CONFIG_FILE: join(server.folder, 'config'),
    })
    assert.equal(profile.code, 0, profile.stderr)
    assert.match(
      await refusal('kms create-key', caller),
      new RegExp(
        `\\(AccessDeniedException\\).*User: ${arn} is not authorized to perform: kms:CreateKey`,
      ),
    )
  })

  test('IAM: users wait, lists are cut, entities are refused', async () => {
    await aws('iam create-user --user-name waited --path /cli/')
    await aws('iam wait user-exists --user-name waited')
    await aws('iam create-user --user-name second --path /cli/')
    const cut = await json<{ Users: { UserName: string }[]; NextToken: string }>(
      'iam list-users --path-prefix /cli/ --max-items 1',
    )
    assert.deepEqual(
      cut.Users.map(({ UserName: name }) => name),
      ['second'],
    )
    const rest = await json<{ Users: { UserName: string }[] }>(
      `iam list-users --path-prefix /cli/ --starting-token ${cut.NextToken}`,
    )
    assert.deepEqual(
      rest.Users.map(({ UserName: name }) => name),
      ['waited'],
    )
    assert.match(
      await refusal('iam get-user --user-name nobody'),
      /\(NoSuchEntity\) when calling the GetUser operation: The user with name nobody cannot be found\./,
    )
    assert.match(
      await refusal('iam create-user --user-name waited'),
      /\(EntityAlreadyExists\) when calling the CreateUser operation: User with name waited already exists\./,
    )
    file('policy.json', JSON.stringify({ Version: '2012-10-17', Statement: [] }))
    assert.match(
      await refusal('iam create-policy --policy-name p --policy-document file://policy.json'),
      /\(MalformedPolicyDocument\)/,
    )
    const policy = await json<{ PolicyVersion: { Document: { Version: string } } }>(
      'iam get-policy-version --policy-arn arn:aws:iam::aws:policy/AdministratorAccess --version-id v1',
    )
    assert.equal(policy.PolicyVersion.Document.Version, '2012-10-17')
  })

  test('a wrong secret is told from an unknown key', async () => {
    const { accessKeyId } = server.admin
    assert.match(
      await refusal('kms list-keys', { accessKeyId, secretAccessKey: 'wrong' }),
      /\(InvalidSignatureException\) when calling the ListKeys operation: The request signature we calculated does not match the signature you provided/,
    )
    assert.match(
      await refusal('sts get-caller-identity', { accessKeyId, secretAccessKey: 'wrong' }),
      /\(SignatureDoesNotMatch\) when calling the GetCallerIdentity operation/,
    )
    assert.match(
      await refusal('iam list-users', {
        accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
        secretAccessKey: 'x',
      }),
      /\(InvalidClientTokenId\) when calling the ListUsers operation: The security token included in the request is invalid\.?/,
    )
  })
})

describe('the AWS CLI while the clock moves', { skip }, () => {
  before(async () => {
    server = await startServer()
  })
  after(() => server.stop())

  test('a year later the key has rotated, and what it encrypted still decrypts', async () => {
    const keyId = await aws('kms create-key --query KeyMetadata.KeyId --output text')
    await aws(`kms enable-key-rotation --key-id ${keyId}`)
    file('old', 'a year ago')
    const blob = await aws(
      `kms encrypt --key-id ${keyId} --plaintext fileb://old --query CiphertextBlob --output text`,
    )
    file('old.bin', Buffer.from(blob, 'base64'))
    await server.bartizan('clock', 'advance', '366d')
    const { Rotations: rotations } = await json<{
      Rotations: { RotationType: string; RotationDate: string }[]
    }>(`kms list-key-rotations --key-id ${keyId}`)
    assert.deepEqual(
      rotations.map(({ RotationType: type }) => type),
      ['AUTOMATIC'],
    )
    const plain = await aws(
      'kms decrypt --ciphertext-blob fileb://old.bin --query Plaintext --output text',
    )
    assert.equal(Buffer.from(plain, 'base64').toString(), 'a year ago')
    assert.equal(readFileSync(join(server.folder, 'old'), 'utf8'), 'a year ago')
    await aws(`kms schedule-key-deletion --key-id ${keyId} --pending-window-in-days 7`)
    await server.bartizan('clock', 'advance', '8d')
    assert.match(
      await refusal(`kms describe-key --key-id ${keyId}`),
      /\(NotFoundException\) when calling the DescribeKey operation: Key '\S+' does not exist/,
    )
  })

  test('a topic reaches a queue that allows it, and the queue’s own faults are told by their codes', async () => {
    // The CLI goes to an address of its own for SQS unless it is told on its command line.
    const sqs = `sqs --endpoint-url ${server.endpoint}`
    const url = await aws(
      `${sqs} create-queue --queue-name cli --attributes VisibilityTimeout=5 --tags team=red --query QueueUrl --output text`,
    )
    assert.equal(url, `${server.endpoint}/${server.accountId}/cli`)
    const queue = `arn:aws:sqs:us-east-1:${server.accountId}:cli`
    const statement = {
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: queue,
    }
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: statement })
    const attributes = file('queue.json', JSON.stringify({ Policy: policy }))
    await aws(`${sqs} set-queue-attributes --queue-url ${url} --attributes file://${attributes}`)
    const topic = await aws('sns create-topic --name cli --query TopicArn --output text')
    await aws(
      `sns subscribe --topic-arn ${topic} --protocol sqs --notification-endpoint ${queue} --attributes RawMessageDelivery=true`,
    )
    await aws(`sns publish --topic-arn ${topic} --message 'from the topic'`)
    const received = await json<{ Messages: { Body: string; ReceiptHandle: string }[] }>(
      `${sqs} receive-message --queue-url ${url} --wait-time-seconds 10`,
    )
    assert.equal(received.Messages[0]?.Body, 'from the topic')
    const handle = received.Messages[0]?.ReceiptHandle ?? ''
    await aws(`${sqs} delete-message --queue-url ${url} --receipt-handle ${handle}`)
    assert.equal(
      await aws(
        `${sqs} get-queue-attributes --queue-url ${url} --attribute-names All --query Attributes.ApproximateNumberOfMessages --output text`,
      ),
      '0',
    )
    await aws(`${sqs} delete-queue --queue-url ${url}`)
    assert.match(
      await refusal(`${sqs} get-queue-url --queue-name cli`),
      /\(AWS\.SimpleQueueService\.NonExistentQueue\) when calling the GetQueueUrl operation: The specified queue does not exist/,
    )
    await aws(`sns delete-topic --topic-arn ${topic}`)
    assert.match(
      await refusal(`sns get-topic-attributes --topic-arn ${topic}`),
      /\(NotFound\) when calling the GetTopicAttributes operation: Topic does not exist/,
    )
  })

  test('parameters are put, labelled, found by path and version, decrypted and deleted', async () => {
    const put = 'ssm put-parameter --query Version --output text --name'
    assert.equal(
      await aws(`${put} /cli/text --type String --value one --tags Key=team,Value=red`),
      '1',
    )
    assert.equal(await aws(`${put} /cli/text --value two --overwrite`), '2')
    const secret = file('secret.txt', 'a secret: with {braces}, "quotes" and é\n')
    await aws(
      `${put} /cli/deep/secret --type SecureString --tier Advanced --value file://${secret}`,
    )
    await aws('ssm label-parameter-version --name /cli/text --parameter-version 1 --labels live')
    const value = '--query Parameter.Value --output text'
    assert.equal(await aws(`ssm get-parameter --name /cli/text:live ${value}`), 'one')
    const decrypted = `ssm get-parameter --name /cli/deep/secret --with-decryption ${value}`
    assert.equal(await aws(decrypted), 'a secret: with {braces}, "quotes" and é')
    const { Parameters } = await json<{ Parameters: { Name: string }[] }>(
      'ssm get-parameters-by-path --path /cli --recursive --page-size 1',
    )
    assert.deepEqual(
      Parameters.map(({ Name }) => Name),
      ['/cli/deep/secret', '/cli/text'],
    )
    const described = await aws(
      'ssm describe-parameters --parameter-filters Key=tag:team,Values=red --query Parameters[].Name --output text',
    )
    assert.equal(described, '/cli/text')
    await aws('ssm delete-parameters --names /cli/text /cli/deep/secret')
    assert.match(
      await refusal('ssm get-parameter --name /cli/text'),
      /\(ParameterNotFound\) when calling the GetParameter operation/,
    )
  })
})

describe('the AWS CLI over TLS', { skip: skipWithout(cli, openssl) }, () => {
  test('trusts the server’s certificate and nothing else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bartizan-tls-'))
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    const request =
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=bartizan -days 2 -addext subjectAltName=IP:127.0.0.1'
    await succeed(present(openssl).path, [...request.split(' '), '-keyout', key, '-out', cert])
    server = await startServer({
      env: { BARTIZAN_TLS_CERTIFICATE_FILE: cert, BARTIZAN_TLS_KEY_FILE: key },
    })
    try {
      const trusting = { AWS_CA_BUNDLE: cert }
      const good = await attempt('sts get-caller-identity', undefined, trusting)
      assert.equal(good.code, 0, good.stderr)
      const distrusting = await attempt('sts get-caller-identity')
      assert.match(distrusting.stderr, /CERTIFICATE_VERIFY_FAILED/)
    } finally {
      await server.stop()
      rmSync(folder, { recursive: true })
    }
  })
})
