import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  IAMClient,
  ListUsersCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam'
import {
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts'
import { startTestServer } from '@bartizan/testkit'
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose'
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { systemClock } from '../../kernel/clock.ts'

const { privateKey, publicKey } = await generateKeyPair('RS256')
const impostor = await generateKeyPair('RS256')
const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
const idp = createServer((request, response) => {
  const isDiscovery = request.url === '/.well-known/openid-configuration'
  response.setHeader('content-type', 'application/json')
  if (request.url === '/endless/keys' || request.url?.startsWith('/endless-too/')) {
    return void Readable.from(endless()).pipe(response)
  }
  if (request.url?.startsWith('/endless/')) {
    return void response.end(JSON.stringify({ jwks_uri: `${issuer}/endless/keys` }))
  }
  response.end(
    JSON.stringify(isDiscovery ? { issuer, jwks_uri: `${issuer}/keys` } : { keys: [jwk] }),
  )
})
function* endless(): Generator<string> {
  yield '{"keys":['
  for (;;) yield ' '.repeat(65_536)
}
await new Promise<void>((resolve) => idp.listen(0, '127.0.0.1', resolve))
const issuer = `http://127.0.0.1:${(idp.address() as AddressInfo).port}`
const host = issuer.replace('http://', '')

const bartizan = await startTestServer()
after(async () => {
  await bartizan.close()
  idp.closeAllConnections()
  idp.close()
})
const { accountId } = bartizan
const iam = bartizan.client(IAMClient)

const { OpenIDConnectProviderArn: provider } = await iam.send(
  new CreateOpenIDConnectProviderCommand({ Url: issuer, ClientIDList: ['app'] }),
)
await iam.send(
  new CreateRoleCommand({
    RoleName: 'web',
    AssumeRolePolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: provider },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: { StringEquals: { [`${host}:aud`]: 'app', [`${host}:sub`]: 'ann' } },
        },
      ],
    }),
  }),
)
await iam.send(
  new PutRolePolicyCommand({
    RoleName: 'web',
    PolicyName: 'p',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'iam:ListUsers', Resource: '*' }],
    }),
  }),
)

function token(claims: JWTPayload = {}, key: CryptoKey = privateKey): Promise<string> {
  const now = Math.floor(systemClock().machine().getTime() / 1000)
  return new SignJWT({ iss: issuer, aud: 'app', sub: 'ann', iat: now, exp: now + 300, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'one' })
    .sign(key)
}

/** Web identities sign nothing: the SDK sends these calls without credentials. */
async function assume(WebIdentityToken: string, RoleName = 'web') {
  const RoleArn = `arn:aws:iam::${accountId}:role/${RoleName}`
  return bartizan
    .client(STSClient)
    .send(
      new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: 'w1', WebIdentityToken }),
    )
}

test('a token that its issuer signed opens the role', async () => {
  const answer = await assume(await token())
  assert.equal(answer.SubjectFromWebIdentityToken, 'ann')
  assert.equal(answer.Audience, 'app')
  assert.equal(answer.Provider, provider)
  const credentials = {
    accessKeyId: answer.Credentials?.AccessKeyId ?? '',
    secretAccessKey: answer.Credentials?.SecretAccessKey ?? '',
    sessionToken: answer.Credentials?.SessionToken ?? '',
  }
  const caller = await bartizan
    .client(STSClient, { credentials })
    .send(new GetCallerIdentityCommand())
  assert.equal(caller.Arn, `arn:aws:sts::${accountId}:assumed-role/web/w1`)
  await bartizan.client(IAMClient, { credentials }).send(new ListUsersCommand({}))
})

test('a token that another key signed is refused', async () => {
  await assert.rejects(assume(await token({}, impostor.privateKey)), {
    name: 'InvalidIdentityTokenException',
  })
})

test('a token with a bit turned is refused', async () => {
  const [head, payload, signature = ''] = (await token()).split('.')
  const turned = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`
  await assert.rejects(assume(`${head}.${payload}.${turned}`), {
    name: 'InvalidIdentityTokenException',
  })
})

test('an unsigned token is refused', async () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iss: issuer, aud: 'app', sub: 'ann', iat: 1, exp: 9_999_999_999 }
  await assert.rejects(assume(`${part({ alg: 'none' })}.${part(claims)}.`), {
    name: 'InvalidIdentityTokenException',
  })
})

test('an expired token is told so', async () => {
  await assert.rejects(assume(await token({ exp: 1_600_000_000, iat: 1_599_999_000 })), {
    name: 'ExpiredTokenException',
    message:
      /^Token expired: current date\/time \d+ must be before the expiration date\/time 1600000000$/,
  })
})

test('another audience, another issuer and no token at all are refused', async () => {
  await assert.rejects(assume(await token({ aud: 'other' })), {
    name: 'InvalidIdentityTokenException',
    message: 'Incorrect token audience',
  })
  await assert.rejects(assume(await token({ iss: 'https://idp.example.com' })), {
    name: 'InvalidIdentityTokenException',
    message: 'No OpenIDConnect provider found in your account for https://idp.example.com',
  })
  await assert.rejects(assume('not.a.token'), {
    name: 'InvalidIdentityTokenException',
    message: /is not a valid JWT/,
  })
})

test('the trust policy’s conditions on the token count', async () => {
  await assert.rejects(assume(await token({ sub: 'bob' })), { name: 'AccessDenied' })
  const AttributeKey = 'EventName'
  const LookupAttributes = [{ AttributeKey, AttributeValue: 'AssumeRoleWithWebIdentity' } as const]
  const { Events } = await bartizan
    .client(CloudTrailClient)
    .send(new LookupEventsCommand({ LookupAttributes }))
  assert.match(Events?.[0]?.CloudTrailEvent ?? '', /"errorCode":"AccessDenied"/)
  assert.ok(!JSON.stringify(Events).includes('eyJ'), 'no token enters the log')
})

test('a role that is not there is refused', async () => {
  await assert.rejects(assume(await token(), 'ghost'), { name: 'AccessDenied' })
})

test('a provider whose answer has no end is a communication error, long before the memory is full', async () => {
  for (const Url of [`${issuer}/endless`, `${issuer}/endless-too`]) {
    await iam.send(new CreateOpenIDConnectProviderCommand({ Url, ClientIDList: ['app'] }))
    await assert.rejects(assume(await token({ iss: Url })), {
      name: 'IDPCommunicationErrorException',
    })
  }
})

test('a provider that does not answer is a communication error', async () => {
  const unreachable = 'http://127.0.0.1:9'
  await iam.send(
    new CreateOpenIDConnectProviderCommand({ Url: unreachable, ClientIDList: ['app'] }),
  )
  await assert.rejects(assume(await token({ iss: unreachable })), {
    name: 'IDPCommunicationErrorException',
  })
})
