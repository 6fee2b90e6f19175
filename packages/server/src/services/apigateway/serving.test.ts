import assert from 'node:assert/strict'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { APIGateway, type PutIntegrationRequest } from '@aws-sdk/client-api-gateway'
import { IAM } from '@aws-sdk/client-iam'
import { Lambda } from '@aws-sdk/client-lambda'
import { startTestServer, type TestServer } from '@bartizan/testkit'
import { ZipFile } from 'yazl'
import { plane } from './plane.ts'

let bartizan: TestServer
let gateway: APIGateway
let origin: Server
let originPort = 0
before(async () => {
  bartizan = await startTestServer()
  gateway = bartizan.client(APIGateway)
  origin = createServer((message, response) => {
    const chunks: Buffer[] = []
    message.on('data', (chunk: Buffer) => chunks.push(chunk))
    message.on('end', () => {
      const { method, url, headers } = message
      response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }))
    })
  })
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
  originPort = (origin.address() as AddressInfo).port
})
after(async () => {
  await bartizan.close()
  origin.close()
})

/** A function of this source, with a role that may nothing. */
async function newFunction(FunctionName: string, source: string) {
  const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } }
  const { Role } = await bartizan.client(IAM).createRole({
    RoleName: FunctionName,
    AssumeRolePolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ ...trust, Action: 'sts:AssumeRole' }],
    }),
  })
  const zip = new ZipFile()
  zip.addBuffer(Buffer.from(source), 'index.js')
  zip.end()
  return bartizan.client(Lambda).createFunction({
    FunctionName,
    Role: Role?.Arn,
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Code: { ZipFile: await buffer(zip.outputStream) },
  })
}

interface Answer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
}

/** Sends a request to an API at the address where the server has opened it. */
async function ask(
  restApiId: string,
  path: string,
  options: { method?: string; body?: string } = {},
) {
  const instance = bartizan.server.kernel.runtimes.of(plane)
  await instance.refresh()
  const { host, port } = new URL(instance.urlOf(restApiId) ?? '')
  const { method = 'GET', body } = options
  return new Promise<Answer>((resolve, reject) => {
    const headers = { host }
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const { statusCode: status = 0, headers: got } = response
        resolve({ status, headers: got, body: Buffer.concat(chunks).toString() })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

type Piece = Omit<PutIntegrationRequest, 'restApiId' | 'resourceId' | 'httpMethod'>

/** An API with one method at a path, deployed as stage `live`. */
async function served(name: string, parts: readonly string[], httpMethod: string, piece: Piece) {
  const api = await gateway.createRestApi({ name })
  const restApiId = api.id ?? ''
  let resourceId = api.rootResourceId ?? ''
  for (const pathPart of parts) {
    const made = await gateway.createResource({ restApiId, parentId: resourceId, pathPart })
    resourceId = made.id ?? ''
  }
  const method = { restApiId, resourceId, httpMethod }
  await gateway.putMethod({ ...method, authorizationType: 'NONE' })
  await gateway.putMethodResponse({ ...method, statusCode: '200' })
  await gateway.putIntegration({ ...method, ...piece })
  if (piece.type === 'MOCK') {
    const responseTemplates = { 'application/json': '{"mock": true}' }
    await gateway.putIntegrationResponse({ ...method, statusCode: '200', responseTemplates })
  }
  await gateway.createDeployment({ restApiId, stageName: 'live', variables: { place: 'shelf' } })
  return { restApiId, method }
}

test('an HTTP proxy integration carries path, query and body to its address', async () => {
  const { restApiId } = await served('proxy', ['pets', '{rest+}'], 'ANY', {
    type: 'HTTP_PROXY',
    integrationHttpMethod: 'ANY',
    uri: `http://127.0.0.1:${originPort}/\${stageVariables.place}/{rest}`,
    requestParameters: { 'integration.request.path.rest': 'method.request.path.rest' },
  })
  const answer = await ask(restApiId, '/live/pets/a%20b/c?d=1&d=2', { method: 'POST', body: 'hi' })
  assert.equal(answer.status, 200)
  const seen = JSON.parse(answer.body)
  assert.equal(seen.method, 'POST')
  assert.equal(seen.url, '/shelf/a%20b/c?d=1&d=2')
  assert.equal(seen.body, 'hi')
  assert.equal(seen.headers.host, `127.0.0.1:${originPort}`)
  assert.equal(seen.headers['x-forwarded-for'], '127.0.0.1')
})

test('what an API does not have is refused in API Gateway’s words', async () => {
  const { restApiId } = await served('words', ['here'], 'GET', {
    type: 'MOCK',
    requestTemplates: { 'application/json': '{"statusCode": 200}' },
  })
  const here = await ask(restApiId, '/live/here')
  assert.deepEqual([here.status, here.body], [200, '{"mock": true}'])
  const unknown = await ask(restApiId, '/live/there')
  assert.equal(unknown.status, 403)
  assert.equal(unknown.headers['x-amzn-errortype'], 'MissingAuthenticationTokenException')
  assert.deepEqual(JSON.parse(unknown.body), { message: 'Missing Authentication Token' })
  const stage = await ask(restApiId, '/nonesuch/here')
  assert.deepEqual([stage.status, stage.body], [403, '{"message":"Forbidden"}'])
})

test('a Lambda proxy integration needs the function’s permission, and gets AWS’s event', async () => {
  const source = `exports.handler = async (event) => ({ statusCode: 201, headers: { 'x-a': 'b' },
    body: JSON.stringify([event.resource, event.path, event.pathParameters, event.queryStringParameters,
      event.multiValueQueryStringParameters, event.body, event.requestContext.stage, event.stageVariables]) })`
  const { FunctionArn } = await newFunction('gate', source)
  const { restApiId } = await served('lambda', ['pets', '{id}'], 'POST', {
    type: 'AWS_PROXY',
    integrationHttpMethod: 'POST',
    uri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FunctionArn}/invocations`,
  })
  const refused = await ask(restApiId, '/live/pets/7', { method: 'POST' })
  assert.deepEqual([refused.status, refused.body], [500, '{"message":"Internal server error"}'])
  await bartizan.client(Lambda).addPermission({
    FunctionName: 'gate',
    StatementId: 'gateway',
    Action: 'lambda:InvokeFunction',
    Principal: 'apigateway.amazonaws.com',
    SourceArn: `arn:aws:execute-api:us-east-1:${bartizan.accountId}:${restApiId}/*/POST/pets/*`,
  })
  const answer = await ask(restApiId, '/live/pets/a%20b?c=1&c=2', { method: 'POST', body: 'hi' })
  assert.equal(answer.status, 201)
  assert.equal(answer.headers['x-a'], 'b')
  assert.deepEqual(JSON.parse(answer.body), [
    '/pets/{id}',
    '/pets/a b',
    { id: 'a b' },
    { c: '2' },
    { c: ['1', '2'] },
    'hi',
    'live',
    { place: 'shelf' },
  ])
})

test('a stage’s throttle lets its burst through, and a policy whom it names', async () => {
  const mock: Piece = {
    type: 'MOCK',
    requestTemplates: { 'application/json': '{"statusCode": 200}' },
  }
  const { restApiId } = await served('limits', ['x'], 'GET', mock)
  const change = (path: string, value: string) => ({ op: 'replace' as const, path, value })
  await gateway.updateStage({
    restApiId,
    stageName: 'live',
    patchOperations: [
      change('/*/*/throttling/burstLimit', '2'),
      change('/*/*/throttling/rateLimit', '1'),
    ],
  })
  const statuses: number[] = []
  for (let count = 0; count < 3; count++) statuses.push((await ask(restApiId, '/live/x')).status)
  assert.deepEqual(statuses.slice(0, 2), [200, 200])
  const Resource = 'execute-api:/live/GET/x'
  const deny = { Effect: 'Deny', Principal: '*', Action: 'execute-api:Invoke', Resource }
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: [deny] })
  await gateway.updateRestApi({ restApiId, patchOperations: [change('/policy', policy)] })
  assert.equal((await ask(restApiId, '/live/x')).status, 403)
})

test('an API is no more served once it is deleted', async () => {
  const mock: Piece = {
    type: 'MOCK',
    requestTemplates: { 'application/json': '{"statusCode": 200}' },
  }
  const { restApiId } = await served('lasting', ['x'], 'GET', mock)
  assert.equal((await ask(restApiId, '/live/x')).status, 200)
  await gateway.deleteRestApi({ restApiId })
  await assert.rejects(ask(restApiId, '/live/x'))
})
