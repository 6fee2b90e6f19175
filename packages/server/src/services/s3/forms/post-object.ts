import { createHmac, timingSafeEqual } from 'node:crypto'
import { Busboy, type BusboyInstance } from '@fastify/busboy'
import { SigV4Error, type WireResponse } from '@bartizan/wire'
import { AwsError } from '../../../kernel/errors.ts'
import { anonymous, identifyBy } from '../../../kernel/identity/identify.ts'
import type { Kernel } from '../../../kernel/kernel.ts'
import { execute, type RawRequest } from '../../../kernel/pipeline.ts'
import type { Principal } from '../../../kernel/context.ts'
import { accessDenied, hostIdOf, invalidArgument, s3Error, tellError } from '../errors.ts'
import { pathStyle, s3ErrorResponse } from '../protocol.ts'
import { buckets } from '../store.ts'
import { formProblem, FormPolicyError, readPolicy, type FormPolicy } from './policy.ts'

/** A form as a browser posts it: fields by lower-case name, and the file. */
interface Form {
  readonly fields: ReadonlyMap<string, string>
  readonly file: Uint8Array
  readonly fileName: string
}

/**
 * Takes an object from a browser's form (`multipart/form-data`), signed by its policy in either
 * version; undefined for any other request.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
 */
export async function answerForm(
  kernel: Kernel,
  request: RawRequest,
): Promise<WireResponse | undefined> {
  const type = request.headers['content-type'] ?? ''
  const [, name = '', rest = ''] = pathStyle(request).path.split('/')
  if (request.method !== 'POST' || !type.startsWith('multipart/form-data') || name === '') {
    return undefined
  }
  if (rest !== '') return undefined
  const requestId = kernel.ids.uuid()
  try {
    return await takeForm(kernel, request, { bucket: name, requestId })
  } catch (error) {
    if (!(error instanceof AwsError)) kernel.log.error({ err: error, requestId }, 'form failed')
    const known =
      error instanceof AwsError
        ? error
        : s3Error('InternalError', 'We encountered an internal error. Please try again.', 500)
    const { code, message, fault, status = 500, fields } = tellError(known, request)
    return s3ErrorResponse({ code, message, fault, status, fields }, requestId)
  }
}

async function takeForm(
  kernel: Kernel,
  request: RawRequest,
  { bucket, requestId }: { bucket: string; requestId: string },
): Promise<WireResponse> {
  const form = await readForm(request)
  const key = (form.fields.get('key') ?? '').replaceAll('${filename}', form.fileName)
  if (key === '') throw invalidArgument("Bucket POST must contain a field named 'key'.", 'key', '')
  const { principal, region } = await signerOf(kernel, form, bucket)
  const service = await kernel.services.load('s3')
  const operation = service?.operations['PutObject']
  const row = await kernel.store.get(buckets, '-', bucket)
  if (!service || !operation) throw new Error('S3 is not there')
  const output = (await execute(kernel, {
    caller: {
      principal,
      region: region ?? row?.value.region ?? 'us-east-1',
      sourceIp: request.sourceIp,
      userAgent: request.headers['user-agent'] ?? '',
      secureTransport: request.secureTransport,
      signature: { kind: 'form' },
      now: kernel.clock.now(),
      endpoint: kernel.endpoint(),
    },
    service,
    operation,
    requestId,
    input: { Bucket: bucket, Key: key, Body: form.file, ...describing(form.fields) },
  })) as { ETag?: string; VersionId?: string }
  return answerOf(kernel, { bucket, key, requestId, ...output }, form.fields)
}

const malformed = () =>
  s3Error(
    'MalformedPOSTRequest',
    'The body of your POST request is not well-formed multipart/form-data.',
    400,
  )

async function readForm(request: RawRequest): Promise<Form> {
  const fields = new Map<string, string>()
  const files: { readonly bytes: Buffer; readonly name: string }[] = []
  await new Promise<void>((resolve, reject) => {
    const parser = readerOf(request)
    parser.on('field', (name, value) => fields.set(name.toLowerCase(), value))
    parser.on('file', (_field, stream, name) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => files.push({ bytes: Buffer.concat(chunks), name }))
    })
    parser.on('error', () => reject(malformed()))
    parser.on('finish', () => resolve())
    parser.end(request.body)
  })
  const [file, ...more] = files
  if (!file || more.length > 0) {
    const count = String(files.length)
    throw invalidArgument('POST requires exactly one file upload per request.', 'file', count)
  }
  return { fields, file: file.bytes, fileName: file.name }
}

function readerOf(request: RawRequest): BusboyInstance {
  try {
    const headers = { 'content-type': request.headers['content-type'] ?? '' }
    // Whatever names a file is one, as S3 has it; its content type may be text.
    return new Busboy({ headers, isPartAFile: (field) => field?.toLowerCase() === 'file' })
  } catch {
    throw malformed()
  }
}

async function signerOf(
  kernel: Kernel,
  { fields, file }: Form,
  bucket: string,
): Promise<{ readonly principal: Principal; readonly region?: string }> {
  const base64 = fields.get('policy')
  if (base64 === undefined) return { principal: anonymous }
  const signer = signatureOf(fields, base64)
  const token = fields.get('x-amz-security-token')
  const principal = await identifyBy(
    kernel,
    { accessKeyId: signer.accessKeyId, ...(token !== undefined && { sessionToken: token }) },
    'query',
    signer.verify,
  )
  checkPolicy(kernel, readable(base64), { fields: new Map([...fields, ['bucket', bucket]]), file })
  return { principal, ...(signer.region !== undefined && { region: signer.region }) }
}

interface Signer {
  readonly accessKeyId: string
  readonly region?: string
  readonly verify: (secretAccessKey: string) => void
}

function signatureOf(fields: ReadonlyMap<string, string>, base64: string): Signer {
  const older = fields.get('awsaccesskeyid')
  if (older !== undefined) {
    return {
      accessKeyId: older,
      verify(secret) {
        const expected = createHmac('sha1', secret).update(base64).digest('base64')
        requireSame(expected, fields.get('signature') ?? '')
      },
    }
  }
  const [accessKeyId = '', date = '', region = '', service = ''] = (
    fields.get('x-amz-credential') ?? ''
  ).split('/')
  if (fields.get('x-amz-algorithm') !== 'AWS4-HMAC-SHA256' || service !== 's3') {
    throw invalidArgument('Unsupported Authorization Type', 'x-amz-algorithm')
  }
  return {
    accessKeyId,
    region,
    verify(secret) {
      let key: Uint8Array = Buffer.from(`AWS4${secret}`)
      for (const part of [date, region, service, 'aws4_request']) {
        key = createHmac('sha256', key).update(part).digest()
      }
      const expected = createHmac('sha256', key).update(base64).digest('hex')
      requireSame(expected, fields.get('x-amz-signature') ?? '')
    },
  }
}

function requireSame(expected: string, claimed: string): void {
  const [left, right] = [Buffer.from(expected), Buffer.from(claimed)]
  if (left.length === right.length && timingSafeEqual(left, right)) return
  throw new SigV4Error(
    'InvalidSignature',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  )
}

function readable(base64: string): FormPolicy {
  try {
    return readPolicy(base64)
  } catch (error) {
    if (!(error instanceof FormPolicyError)) throw error
    throw s3Error('InvalidPolicyDocument', `Invalid Policy: ${error.message}`, 400)
  }
}

function checkPolicy(
  { clock }: Kernel,
  policy: FormPolicy,
  { fields, file }: Pick<Form, 'fields' | 'file'>,
): void {
  if (policy.expiresAt <= clock.machine()) {
    throw accessDenied('Invalid according to Policy: Policy expired.')
  }
  const problem = formProblem(policy, fields)
  if (problem !== undefined) throw accessDenied(`Invalid according to Policy: ${problem}`)
  for (const condition of policy.conditions) {
    if (condition.kind !== 'content-length-range') continue
    if (file.length > condition.most) {
      throw s3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', 400)
    }
    if (file.length < condition.least) {
      throw s3Error(
        'EntityTooSmall',
        'Your proposed upload is smaller than the minimum allowed size',
        400,
      )
    }
  }
}

const members: Readonly<Record<string, string>> = {
  acl: 'ACL',
  'cache-control': 'CacheControl',
  'content-type': 'ContentType',
  'content-disposition': 'ContentDisposition',
  'content-encoding': 'ContentEncoding',
  'x-amz-storage-class': 'StorageClass',
  'x-amz-server-side-encryption': 'ServerSideEncryption',
  'x-amz-server-side-encryption-aws-kms-key-id': 'SSEKMSKeyId',
  'x-amz-server-side-encryption-customer-algorithm': 'SSECustomerAlgorithm',
  'x-amz-server-side-encryption-customer-key': 'SSECustomerKey',
  'x-amz-server-side-encryption-customer-key-md5': 'SSECustomerKeyMD5',
  'x-amz-website-redirect-location': 'WebsiteRedirectLocation',
}

const metadataPrefix = 'x-amz-meta-'

/** The fields that describe the object, as PutObject's members. */
function describing(fields: ReadonlyMap<string, string>): Record<string, unknown> {
  const input: Record<string, unknown> = {}
  const metadata: Record<string, string> = {}
  for (const [name, value] of fields) {
    const member = Object.hasOwn(members, name) ? members[name] : undefined
    if (member !== undefined) input[member] = value
    if (name.startsWith(metadataPrefix)) metadata[name.slice(metadataPrefix.length)] = value
  }
  return { ...input, Metadata: metadata }
}

interface Posted {
  readonly bucket: string
  readonly key: string
  readonly requestId: string
  readonly ETag?: string
  readonly VersionId?: string
}

/** 204 unless the form asks for 200, 201 with a document, or a redirection. */
function answerOf(
  kernel: Kernel,
  { bucket, key, requestId, ETag = '', VersionId }: Posted,
  fields: ReadonlyMap<string, string>,
): WireResponse {
  const location = `${kernel.endpoint()}/${bucket}/${encodeURIComponent(key)}`
  const headers: Record<string, string> = {
    'x-amz-request-id': requestId,
    'x-amz-id-2': hostIdOf(requestId),
    etag: ETag,
    location,
    ...(VersionId !== undefined && { 'x-amz-version-id': VersionId }),
  }
  const redirect = fields.get('success_action_redirect') ?? fields.get('redirect')
  if (redirect !== undefined && URL.canParse(redirect)) {
    const target = new URL(redirect)
    for (const [name, value] of Object.entries({ bucket, key, etag: ETag })) {
      target.searchParams.set(name, value)
    }
    return { status: 303, headers: { ...headers, location: target.href }, body: '' }
  }
  const asked = fields.get('success_action_status')
  if (asked !== '201') return { status: asked === '200' ? 200 : 204, headers, body: '' }
  const told = { Location: location, Bucket: bucket, Key: key, ETag }
  const elements = Object.entries(told).map(
    ([name, value]) => `<${name}>${escaped(value)}</${name}>`,
  )
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>${elements.join('')}</PostResponse>`
  return { status: 201, headers: { ...headers, 'content-type': 'application/xml' }, body }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
