import {
  CloudHsmClusterInUseException$,
  CustomKeyStoreInvalidStateException$,
  CustomKeyStoreNameInUseException$,
  LimitExceededException$,
  XksProxyUriEndpointInUseException$,
  XksProxyUriInUseException$,
  XksProxyUriUnreachableException$,
  XksProxyVpcEndpointServiceInUseException$,
} from '@aws-sdk/client-kms'
import type { CreateCustomKeyStoreRequest, UpdateCustomKeyStoreRequest } from '@aws-sdk/client-kms'
import { awsError } from '../../kernel/errors.ts'
import { validation } from './errors.ts'
import type { CustomKeyStoreRow } from './store.ts'

/** Custom key stores of an account and Region (KMS Developer Guide, "Quotas"). */
const maxStores = 10

type Input = CreateCustomKeyStoreRequest | UpdateCustomKeyStoreRequest

const hsmMembers = ['CloudHsmClusterId', 'TrustAnchorCertificate', 'KeyStorePassword'] as const
const xksMembers = [
  'XksProxyUriEndpoint',
  'XksProxyUriPath',
  'XksProxyAuthenticationCredential',
  'XksProxyConnectivity',
] as const

function require(input: CreateCustomKeyStoreRequest, members: readonly (keyof typeof input)[]) {
  for (const member of members) {
    if (input[member] === undefined) throw validation(`${member} is required.`)
  }
}

function refuse(input: Input, prefix: 'Xks' | 'CloudHsm'): void {
  const names = prefix === 'Xks' ? /^Xks/ : /^(CloudHsm|TrustAnchor|KeyStorePassword)/
  const unfit = Object.entries(input).find(
    ([name, value]) => value !== undefined && names.test(name),
  )
  if (unfit) throw validation(`${unfit[0]} is not valid for this type of custom key store.`)
}

function checkXksForm(input: Input): void {
  const { XksProxyUriEndpoint: endpoint, XksProxyUriPath: path } = input
  if (endpoint !== undefined && !/^https:\/\/[A-Za-z0-9.-]+$/.test(endpoint)) {
    throw validation('XksProxyUriEndpoint must be https:// and a host name, without a port.')
  }
  if (path !== undefined && !/^(\/[A-Za-z0-9._~/-]+)?\/kms\/xks\/v1$/.test(path)) {
    throw validation('XksProxyUriPath must begin with / and end with /kms/xks/v1.')
  }
}

/** Checks what a CreateCustomKeyStore request says by itself. */
export function checkStoreInput(input: CreateCustomKeyStoreRequest): void {
  if (input.CustomKeyStoreType !== 'EXTERNAL_KEY_STORE') {
    require(input, hsmMembers)
    return refuse(input, 'Xks')
  }
  require(input, xksMembers)
  refuse(input, 'CloudHsm')
  checkXksForm(input)
  const vpc = input.XksProxyConnectivity === 'VPC_ENDPOINT_SERVICE'
  if (vpc !== (input.XksProxyVpcEndpointServiceName !== undefined)) {
    throw validation(
      'XksProxyVpcEndpointServiceName is required with, and valid only with, VPC_ENDPOINT_SERVICE connectivity.',
    )
  }
}

function checkName(others: readonly CustomKeyStoreRow[], name: string | undefined): void {
  if (name !== undefined && others.some((store) => store.name === name)) {
    throw awsError(
      CustomKeyStoreNameInUseException$,
      `Custom key store name ${name} is already assigned to another custom key store in the account.`,
    )
  }
}

type Xks = NonNullable<CustomKeyStoreRow['xks']>

function checkXksUnique(others: readonly CustomKeyStoreRow[], xks: Xks): void {
  for (const { xks: other } of others) {
    if (!other) continue
    if (other.endpoint === xks.endpoint && other.path === xks.path) {
      throw awsError(
        XksProxyUriInUseException$,
        `The proxy URI ${xks.endpoint}${xks.path} is already associated with another external key store in this Region.`,
      )
    }
    const unlike = other.connectivity !== xks.connectivity
    const vpc = xks.connectivity === 'VPC_ENDPOINT_SERVICE'
    if (other.endpoint === xks.endpoint && (unlike || vpc)) {
      throw awsError(
        XksProxyUriEndpointInUseException$,
        `The proxy URI endpoint ${xks.endpoint} is already associated with another external key store in this Region.`,
      )
    }
    if (xks.vpcService !== undefined && other.vpcService === xks.vpcService) {
      throw awsError(
        XksProxyVpcEndpointServiceInUseException$,
        `The VPC endpoint service ${xks.vpcService} is already associated with another external key store in this Region.`,
      )
    }
  }
}

function checkReachable(xks: Xks): void {
  if (xks.connectivity === 'PUBLIC_ENDPOINT') {
    throw awsError(
      XksProxyUriUnreachableException$,
      `The external key store proxy at ${xks.endpoint}${xks.path} cannot be reached: this server makes no calls to outside proxies.`,
    )
  }
}

/** Checks a new store against those there are. */
export function checkNewStore(
  others: readonly CustomKeyStoreRow[],
  input: CreateCustomKeyStoreRequest,
): void {
  if (others.length >= maxStores) {
    throw awsError(LimitExceededException$, `There are ${maxStores} custom key stores already.`)
  }
  checkName(others, input.CustomKeyStoreName)
  const { CloudHsmClusterId: cluster } = input
  if (cluster !== undefined && others.some((store) => store.cloudHsmClusterId === cluster)) {
    throw awsError(
      CloudHsmClusterInUseException$,
      `The AWS CloudHSM cluster ${cluster} is already associated with a custom key store in the account.`,
    )
  }
  const xks = xksOf(input, undefined)
  if (!xks) return
  checkXksUnique(others, xks)
  checkReachable(xks)
}

function xksOf(input: Input, before: Xks | undefined): Xks | undefined {
  const endpoint = input.XksProxyUriEndpoint ?? before?.endpoint
  if (endpoint === undefined) return undefined
  const vpcService = input.XksProxyVpcEndpointServiceName ?? before?.vpcService
  const vpcServiceOwner = input.XksProxyVpcEndpointServiceOwner ?? before?.vpcServiceOwner
  const credential = input.XksProxyAuthenticationCredential
  return {
    connectivity: input.XksProxyConnectivity ?? before?.connectivity ?? 'PUBLIC_ENDPOINT',
    accessKeyId: credential?.AccessKeyId ?? before?.accessKeyId ?? '',
    endpoint,
    path: input.XksProxyUriPath ?? before?.path ?? '',
    ...(vpcService !== undefined && { vpcService }),
    ...(vpcServiceOwner !== undefined && { vpcServiceOwner }),
  }
}

/** The row of a new store. */
export function newStore(
  facts: { readonly id: string; readonly account: string; readonly createdAt: string },
  input: CreateCustomKeyStoreRequest,
): CustomKeyStoreRow {
  const xks = xksOf(input, undefined)
  const owner = { vpcServiceOwner: xks?.vpcServiceOwner ?? facts.account }
  return {
    id: facts.id,
    name: input.CustomKeyStoreName ?? '',
    type: input.CustomKeyStoreType ?? 'AWS_CLOUDHSM',
    createdAt: facts.createdAt,
    connection: 'DISCONNECTED',
    secret:
      input.KeyStorePassword ?? input.XksProxyAuthenticationCredential?.RawSecretAccessKey ?? '',
    ...(input.CloudHsmClusterId !== undefined && { cloudHsmClusterId: input.CloudHsmClusterId }),
    ...(input.TrustAnchorCertificate !== undefined && {
      trustAnchorCertificate: input.TrustAnchorCertificate,
    }),
    ...(xks && { xks: { ...xks, ...(xks.vpcService !== undefined && owner) } }),
  }
}

/** Members that may change while the store is connected (API reference of UpdateCustomKeyStore). */
const anyTime: ReadonlySet<string> = new Set([
  'CustomKeyStoreId',
  'NewCustomKeyStoreName',
  'XksProxyUriPath',
  'XksProxyAuthenticationCredential',
])

/** Checks an update against the store's type and state, and against the other stores. */
export function checkUpdate(
  store: CustomKeyStoreRow,
  others: readonly CustomKeyStoreRow[],
  input: UpdateCustomKeyStoreRequest,
): void {
  const changes = Object.entries(input).filter(([, value]) => value !== undefined)
  if (changes.length <= 1) throw validation('You must specify a property to update.')
  refuse(input, store.type === 'AWS_CLOUDHSM' ? 'Xks' : 'CloudHsm')
  checkXksForm(input)
  const held = changes.find(([name]) => !anyTime.has(name))
  if (held && store.connection !== 'DISCONNECTED') {
    throw awsError(
      CustomKeyStoreInvalidStateException$,
      `${held[0]} can be changed only while custom key store ${store.id} is DISCONNECTED.`,
    )
  }
  checkName(others, input.NewCustomKeyStoreName)
  const xks = store.xks && xksOf(input, store.xks)
  if (!xks) return
  checkXksUnique(others, xks)
  checkReachable(xks)
}

/** The row after an update. */
export function updatedStore(
  store: CustomKeyStoreRow,
  input: UpdateCustomKeyStoreRequest,
): CustomKeyStoreRow {
  const xks = store.xks && xksOf(input, store.xks)
  const secret =
    input.KeyStorePassword ?? input.XksProxyAuthenticationCredential?.RawSecretAccessKey
  return {
    ...store,
    name: input.NewCustomKeyStoreName ?? store.name,
    ...(secret !== undefined && { secret }),
    ...(input.CloudHsmClusterId !== undefined && { cloudHsmClusterId: input.CloudHsmClusterId }),
    ...(xks && { xks }),
  }
}
