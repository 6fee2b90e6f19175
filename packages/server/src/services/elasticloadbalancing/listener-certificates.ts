import {
  AddListenerCertificates$,
  DescribeListenerCertificates$,
  RemoveListenerCertificates$,
  type AddListenerCertificatesInput,
  type AddListenerCertificatesOutput,
  type DescribeListenerCertificatesInput,
  type DescribeListenerCertificatesOutput,
  type RemoveListenerCertificatesInput,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { operation } from '../../kernel/service.ts'
import { accessTo } from './access.ts'
import { noListener, notPermitted, wrongConfiguration } from './errors.ts'
import { rowOf, sliceOf } from './listing.ts'
import { checkCertificate } from './listeners.ts'
import { changed } from './plane.ts'
import { listeners, type ListenerRow } from './store.ts'

/** AddListenerCertificates: for clients that ask for their names (SNI). */
export const AddListenerCertificates = operation<
  AddListenerCertificatesInput,
  AddListenerCertificatesOutput,
  ListenerRow
>(AddListenerCertificates$, {
  resolve: ({ ListenerArn }, ctx) => rowOf(ctx, listeners, ListenerArn, noListener),
  access: (_input, _ctx, row) => accessTo(row),
  async handle({ Certificates = [] }, ctx, row) {
    if (row.protocol !== 'HTTPS') {
      throw wrongConfiguration('Certificates can only be added to HTTPS listeners')
    }
    const added = Certificates.map(({ CertificateArn = '' }) => CertificateArn)
    for (const arn of added) await checkCertificate(ctx, arn)
    const certificates = [...new Set([...row.certificates, ...added])]
    ctx.store.table(listeners).put(row.arn, { ...row, certificates })
    changed(ctx)
    return { Certificates: added.map((CertificateArn) => ({ CertificateArn, IsDefault: false })) }
  },
})

/** RemoveListenerCertificates: the default one stays. */
export const RemoveListenerCertificates = operation<
  RemoveListenerCertificatesInput,
  object,
  ListenerRow
>(RemoveListenerCertificates$, {
  resolve: ({ ListenerArn }, ctx) => rowOf(ctx, listeners, ListenerArn, noListener),
  access: (_input, _ctx, row) => accessTo(row),
  handle({ Certificates = [] }, ctx, row) {
    const gone = new Set(Certificates.map(({ CertificateArn }) => CertificateArn))
    const [first] = row.certificates
    if (gone.has(first)) {
      throw notPermitted('The default certificate cannot be removed from the listener')
    }
    const certificates = row.certificates.filter((arn) => !gone.has(arn))
    ctx.store.table(listeners).put(row.arn, { ...row, certificates })
    changed(ctx)
    return {}
  },
})

/** DescribeListenerCertificates. */
export const DescribeListenerCertificates = operation<
  DescribeListenerCertificatesInput,
  DescribeListenerCertificatesOutput,
  ListenerRow
>(DescribeListenerCertificates$, {
  resolve: ({ ListenerArn }, ctx) => rowOf(ctx, listeners, ListenerArn, noListener),
  access: () => ({ resource: '*' }),
  handle(input, ctx, row) {
    const list = row.certificates.map((CertificateArn, index) => ({
      CertificateArn,
      IsDefault: index === 0,
    }))
    const { items, marker } = sliceOf(ctx, 'listener-certificates', input, list)
    return { Certificates: items, ...marker }
  },
})
