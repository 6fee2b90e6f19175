import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import {
  DeleteServerCertificate$,
  GetServerCertificate$,
  KeyPairMismatchException$,
  ListServerCertificates$,
  MalformedCertificateException$,
  UploadServerCertificate$,
  type DeleteServerCertificateRequest,
  type GetServerCertificateRequest,
  type GetServerCertificateResponse,
  type ListServerCertificatesRequest,
  type ListServerCertificatesResponse,
  type ServerCertificateMetadata,
  type UploadServerCertificateRequest,
  type UploadServerCertificateResponse,
} from '@aws-sdk/client-iam'
import { certificates } from '../../kernel/certificates.ts'
import type { Context } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operation, type Access } from '../../kernel/service.ts'
import { requestTagConditions, resourceTagConditions } from '../../kernel/tag-conditions.ts'
import { arnOf, keyOf, type Sought } from './entities.ts'
import { alreadyExists, checkQuota, noSuchEntity } from './errors.ts'
import { pageOfTable } from './paging.ts'
import { wholeSecond } from './shapes.ts'
import { serverCertificates, type ServerCertificateRow } from './tables.ts'
import { exactKeys, tagRows, tagsOut } from './tags.ts'

type SoughtCertificate = Sought<ServerCertificateRow>

/** `resolve` of operations that name a server certificate. */
export async function seekCertificate(
  input: { ServerCertificateName?: string | undefined },
  ctx: Context,
): Promise<SoughtCertificate> {
  const name = input.ServerCertificateName ?? ''
  return { name, row: await ctx.store.table(serverCertificates).get(keyOf(name)) }
}

/** The server certificate, or NoSuchEntity. */
export function existingCertificate(sought: SoughtCertificate): ServerCertificateRow {
  if (sought.row) return sought.row
  throw noSuchEntity(`The Server Certificate with name ${sought.name} cannot be found.`)
}

/** `access` of operations on a server certificate. */
export const accessToCertificate = (
  _input: unknown,
  ctx: Context,
  sought: SoughtCertificate,
): Access => ({
  resource: sought.row?.arn ?? arnOf(ctx, 'server-certificate', '/', sought.name),
  conditions: resourceTagConditions(sought.row?.tags, 'iam'),
})

function metadataOut(row: ServerCertificateRow): ServerCertificateMetadata {
  return {
    Path: row.path,
    ServerCertificateName: row.name,
    ServerCertificateId: row.id,
    Arn: row.arn,
    UploadDate: wholeSecond(row.uploadedAt),
    Expiration: wholeSecond(row.expiresAt),
  }
}

/** Checks that a key is that of a certificate. Throws what AWS says of those that are none, or do not belong together. */
function readPair({ CertificateBody = '', PrivateKey = '' }: UploadServerCertificateRequest) {
  let certificate: X509Certificate
  let key: KeyObject
  try {
    certificate = new X509Certificate(CertificateBody)
  } catch {
    const message = 'Unable to parse certificate. Please ensure the certificate is in PEM format.'
    throw awsError(MalformedCertificateException$, message)
  }
  try {
    key = createPrivateKey(PrivateKey)
  } catch {
    const message = 'Unable to parse key; ensure it is in PEM format and not encrypted.'
    throw awsError(MalformedCertificateException$, message)
  }
  if (!certificate.checkPrivateKey(key)) {
    const message = 'Certificate body does not match private key.'
    throw awsError(KeyPairMismatchException$, message)
  }
  return { certificate, key }
}

/** Keeps a certificate with its key, for servers that speak TLS. */
export const UploadServerCertificate = operation<
  UploadServerCertificateRequest,
  UploadServerCertificateResponse
>(UploadServerCertificate$, {
  access: (input, ctx) => ({
    resource: arnOf(ctx, 'server-certificate', input.Path, input.ServerCertificateName ?? ''),
    conditions: requestTagConditions(input.Tags),
  }),
  async handle(input, ctx) {
    const { ServerCertificateName: name = '', Path: path = '/', CertificateBody = '' } = input
    const view = ctx.store.table(serverCertificates)
    if (await view.get(keyOf(name))) {
      throw alreadyExists(`The Server Certificate with name ${name} already exists.`)
    }
    checkQuota('ServerCertificatesPerAccount', 20, (await view.list({ limit: 21 })).length + 1)
    const { certificate, key } = readPair(input)
    const arn = arnOf(ctx, 'server-certificate', path, name)
    const { CertificateChain } = input
    const row: ServerCertificateRow = {
      name,
      id: ctx.ids.unique('ASCA'),
      arn,
      path,
      uploadedAt: ctx.now.toISOString(),
      expiresAt: certificate.validToDate.toISOString(),
      // AWS gives texts back without the blanks around them; Terraform compares.
      body: CertificateBody.trim(),
      ...(CertificateChain !== undefined && { chain: CertificateChain.trim() }),
      tags: tagRows(input.Tags, exactKeys),
    }
    view.put(keyOf(name), row)
    ctx.store.table(certificates).put(arn, {
      arn,
      account: ctx.account,
      certificate: CertificateBody,
      ...(CertificateChain !== undefined && { chain: CertificateChain }),
      privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    })
    return { ServerCertificateMetadata: metadataOut(row), Tags: tagsOut(row.tags) }
  },
})

/** Shows a server certificate; its key never leaves. */
export const GetServerCertificate = operation<
  GetServerCertificateRequest,
  GetServerCertificateResponse,
  SoughtCertificate
>(GetServerCertificate$, {
  resolve: seekCertificate,
  access: accessToCertificate,
  handle(_input, _ctx, sought) {
    const row = existingCertificate(sought)
    return {
      ServerCertificate: {
        ServerCertificateMetadata: metadataOut(row),
        CertificateBody: row.body,
        ...(row.chain !== undefined && { CertificateChain: row.chain }),
        Tags: tagsOut(row.tags),
      },
    }
  },
})

/** Lists the account's server certificates. */
export const ListServerCertificates = operation<
  ListServerCertificatesRequest,
  ListServerCertificatesResponse
>(ListServerCertificates$, {
  access: (_input, ctx) => ({ resource: arnOf(ctx, 'server-certificate', '/', '*') }),
  async handle(input, ctx) {
    const view = ctx.store.table(serverCertificates)
    const { items, ...page } = await pageOfTable(view, input, (row) =>
      row.path.startsWith(input.PathPrefix ?? '/'),
    )
    return { ServerCertificateMetadataList: items.map(({ value }) => metadataOut(value)), ...page }
  },
})

/** Deletes a server certificate with its key; listeners that show it show another one from their next change on. */
export const DeleteServerCertificate = operation<
  DeleteServerCertificateRequest,
  object,
  SoughtCertificate
>(DeleteServerCertificate$, {
  resolve: seekCertificate,
  access: accessToCertificate,
  handle(_input, ctx, sought) {
    const { arn, name } = existingCertificate(sought)
    ctx.store.table(serverCertificates).delete(keyOf(name))
    ctx.store.table(certificates).delete(arn)
    return {}
  },
})
