import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as sdk from '@aws-sdk/client-kms'
import { startTestServer } from '@bartizan/testkit'
import { newKey, refusal } from './test-support.ts'

const bartizan = await startTestServer()
after(() => bartizan.close())
const kms = bartizan.client(sdk.KMSClient)

let number = 0
function hsm(more: Partial<sdk.CreateCustomKeyStoreCommandInput> = {}) {
  number += 1
  return {
    CustomKeyStoreName: `store-${number}`,
    CloudHsmClusterId: `cluster-${String.fromCharCode(96 + number).repeat(11)}`,
    TrustAnchorCertificate: '-----BEGIN CERTIFICATE-----',
    KeyStorePassword: 'password1',
    ...more,
  }
}
function xks(more: Partial<sdk.CreateCustomKeyStoreCommandInput> = {}) {
  number += 1
  return {
    CustomKeyStoreName: `store-${number}`,
    CustomKeyStoreType: 'EXTERNAL_KEY_STORE' as const,
    XksProxyConnectivity: 'VPC_ENDPOINT_SERVICE' as const,
    XksProxyUriEndpoint: `https://xks${number}.example.com`,
    XksProxyUriPath: '/kms/xks/v1',
    XksProxyVpcEndpointServiceName: `com.amazonaws.vpce.us-east-1.vpce-svc-example${number}`,
    XksProxyAuthenticationCredential: {
      AccessKeyId: 'ABCDE23456723EXAMPLE',
      RawSecretAccessKey: 'DXjSUawnel2fr6SKC7G25CNxTyWKE5PF9XX6H/u9pSo=',
    },
    ...more,
  }
}
const create = async (input: sdk.CreateCustomKeyStoreCommandInput) =>
  (await kms.send(new sdk.CreateCustomKeyStoreCommand(input))).CustomKeyStoreId ?? ''
const describe = async (CustomKeyStoreId: string) =>
  (await kms.send(new sdk.DescribeCustomKeyStoresCommand({ CustomKeyStoreId })))
    .CustomKeyStores?.[0]
const connect = (CustomKeyStoreId: string) =>
  kms.send(new sdk.ConnectCustomKeyStoreCommand({ CustomKeyStoreId }))
const disconnect = (CustomKeyStoreId: string) =>
  kms.send(new sdk.DisconnectCustomKeyStoreCommand({ CustomKeyStoreId }))
const remove = (CustomKeyStoreId: string) =>
  kms.send(new sdk.DeleteCustomKeyStoreCommand({ CustomKeyStoreId }))

test('a CloudHSM key store starts disconnected, and connecting it says what it needs', async () => {
  const input = hsm()
  const id = await create(input)
  assert.match(id, /^cks-[0-9a-f]{17}$/)
  const store = await describe(id)
  assert.equal(store?.ConnectionState, 'DISCONNECTED')
  assert.equal(store?.CloudHsmClusterId, input.CloudHsmClusterId)
  assert.equal(JSON.stringify(store).includes('password1'), false)
  const refused = await refusal(connect(id))
  assert.equal(refused.name, 'CloudHsmClusterNotActiveException')
  assert.match(refused.message, /needs an initialized, active cluster/)
  assert.equal((await refusal(disconnect(id))).name, 'CustomKeyStoreInvalidStateException')
  const inside = newKey(kms, { CustomKeyStoreId: id, Origin: 'AWS_CLOUDHSM' })
  assert.equal((await refusal(inside)).name, 'CustomKeyStoreInvalidStateException')
  assert.equal(
    (await refusal(create(hsm({ CloudHsmClusterId: input.CloudHsmClusterId })))).name,
    'CloudHsmClusterInUseException',
  )
  await remove(id)
  assert.equal((await refusal(describe(id))).name, 'CustomKeyStoreNotFoundException')
})

test('an external key store fails to connect without its endpoint service, and can be disconnected', async () => {
  const id = await create(xks())
  await connect(id)
  const failed = await describe(id)
  assert.equal(failed?.ConnectionState, 'FAILED')
  assert.equal(failed?.ConnectionErrorCode, 'XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND')
  assert.equal((await refusal(connect(id))).name, 'CustomKeyStoreInvalidStateException')
  assert.equal((await refusal(remove(id))).name, 'CustomKeyStoreInvalidStateException')
  await disconnect(id)
  assert.equal((await describe(id))?.ConnectionState, 'DISCONNECTED')
  await kms.send(
    new sdk.UpdateCustomKeyStoreCommand({ CustomKeyStoreId: id, NewCustomKeyStoreName: 'renamed' }),
  )
  assert.equal((await describe(id))?.CustomKeyStoreName, 'renamed')
  await remove(id)
})

test('requests that cannot become a store are refused', async () => {
  const taken = xks()
  const id = await create(taken)
  const cases: readonly [sdk.CreateCustomKeyStoreCommandInput, string][] = [
    [hsm({ KeyStorePassword: undefined }), 'ValidationException'],
    [hsm({ XksProxyUriPath: '/kms/xks/v1' }), 'ValidationException'],
    [xks({ XksProxyUriEndpoint: 'http://plain.example.com' }), 'ValidationException'],
    [xks({ XksProxyVpcEndpointServiceName: undefined }), 'ValidationException'],
    [
      xks({
        XksProxyConnectivity: 'PUBLIC_ENDPOINT',
        XksProxyVpcEndpointServiceName: undefined,
      }),
      'XksProxyUriUnreachableException',
    ],
    [hsm({ CustomKeyStoreName: taken.CustomKeyStoreName }), 'CustomKeyStoreNameInUseException'],
    [xks({ XksProxyUriEndpoint: taken.XksProxyUriEndpoint }), 'XksProxyUriInUseException'],
  ]
  for (const [input, name] of cases) assert.equal((await refusal(create(input))).name, name)
  assert.equal(cases.length, 7)
  await remove(id)
})

test('there are ten custom key stores at most', async () => {
  for (let i = 0; i < 10; i += 1) await create(xks())
  assert.equal((await refusal(create(xks()))).name, 'LimitExceededException')
  const page = await kms.send(new sdk.DescribeCustomKeyStoresCommand({ Limit: 4 }))
  assert.equal(page.CustomKeyStores?.length, 4)
  assert.equal(page.Truncated, true)
})

test('a key with an origin outside KMS needs its store named', async () => {
  for (const Origin of ['AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'] as const) {
    assert.equal((await refusal(newKey(kms, { Origin }))).name, 'ValidationException')
  }
})
