import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { APIGateway, paginateGetRestApis } from '@aws-sdk/client-api-gateway'
import { newUser, startTestServer, type TestServer } from '@bartizan/testkit'

let bartizan: TestServer
let gateway: APIGateway
before(async () => {
  bartizan = await startTestServer()
  gateway = bartizan.client(APIGateway)
})
after(() => bartizan.close())

const failsWith = (name: string, message?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Error)
  assert.equal(error.name, name)
  if (message) assert.match(error.message, message)
  return true
}

/** An API with `GET /pets/{id}` that answers by itself. */
async function petApi(name: string) {
  const api = await gateway.createRestApi({ name, endpointConfiguration: { types: ['REGIONAL'] } })
  const restApiId = api.id ?? ''
  const pets = await gateway.createResource({
    restApiId,
    parentId: api.rootResourceId ?? '',
    pathPart: 'pets',
  })
  const pet = await gateway.createResource({
    restApiId,
    parentId: pets.id ?? '',
    pathPart: '{id}',
  })
  const at = { restApiId, resourceId: pet.id ?? '', httpMethod: 'GET' }
  return { api, restApiId, pets, pet, at }
}

test('a path has its parent’s, and takes it along when it is renamed', async () => {
  const { restApiId, pets, pet } = await petApi('paths')
  assert.equal(pet.path, '/pets/{id}')
  const patchOperations = [{ op: 'replace' as const, path: '/pathPart', value: 'animals' }]
  await gateway.updateResource({ restApiId, resourceId: pets.id ?? '', patchOperations })
  const moved = await gateway.getResource({ restApiId, resourceId: pet.id ?? '' })
  assert.equal(moved.path, '/animals/{id}')
  await gateway.deleteResource({ restApiId, resourceId: pets.id ?? '' })
  const { items } = await gateway.getResources({ restApiId })
  assert.deepEqual(
    items?.map(({ path }) => path),
    ['/'],
  )
})

test('two siblings cannot have one name, and a path part has its form', async () => {
  const { api, restApiId, pets } = await petApi('siblings')
  const again = { restApiId, parentId: api.rootResourceId ?? '', pathPart: 'pets' }
  await assert.rejects(gateway.createResource(again), failsWith('ConflictException', /same parent/))
  const other = { restApiId, parentId: pets.id ?? '', pathPart: '{other}' }
  await assert.rejects(gateway.createResource(other), failsWith('BadRequestException', /sibling/))
  const odd = { ...again, pathPart: 'a b' }
  await assert.rejects(gateway.createResource(odd), failsWith('BadRequestException', /path part/))
  await assert.rejects(
    gateway.createResource({ ...again, restApiId: 'nonesuch' }),
    failsWith('NotFoundException', /Invalid API identifier specified \d{12}:nonesuch/),
  )
})

test('an API is deployed once each method has an integration', async () => {
  const { restApiId, at } = await petApi('deployed')
  const deploy = () => gateway.createDeployment({ restApiId, stageName: 'live' })
  await assert.rejects(deploy(), failsWith('BadRequestException', /doesn't contain any methods/))
  await gateway.putMethod({ ...at, authorizationType: 'NONE' })
  await assert.rejects(
    gateway.putMethod({ ...at, authorizationType: 'NONE' }),
    failsWith('ConflictException', /already exists/),
  )
  await assert.rejects(deploy(), failsWith('BadRequestException', /No integration defined/))
  const uri = 'https://pets.example.com/{id}'
  const integration = { ...at, type: 'HTTP_PROXY' as const, uri }
  await assert.rejects(
    gateway.putIntegration(integration),
    failsWith('BadRequestException', /Enumeration value for HttpMethod must be non-empty/),
  )
  await gateway.putIntegration({ ...integration, integrationHttpMethod: 'GET' })
  const { id: deploymentId = '' } = await deploy()
  const stage = await gateway.getStage({ restApiId, stageName: 'live' })
  assert.equal(stage.deploymentId, deploymentId)
  await assert.rejects(
    gateway.deleteDeployment({ restApiId, deploymentId }),
    failsWith('BadRequestException', /Active stages pointing to this deployment/),
  )
})

test('a stage is patched by the paths that AWS documents', async () => {
  const { restApiId, at } = await petApi('staged')
  await gateway.putMethod({ ...at, authorizationType: 'NONE' })
  await gateway.putIntegration({ ...at, type: 'MOCK' })
  const { id: deploymentId } = await gateway.createDeployment({ restApiId })
  await gateway.createStage({ restApiId, stageName: 'v1', deploymentId: deploymentId ?? '' })
  const change = (path: string, value: string) => ({ op: 'replace' as const, path, value })
  const stage = await gateway.updateStage({
    restApiId,
    stageName: 'v1',
    patchOperations: [
      change('/variables/colour', 'red'),
      change('/~1pets~1{id}/GET/throttling/rateLimit', '12.5'),
      change('/*/*/metrics/enabled', 'true'),
    ],
  })
  assert.deepEqual(stage.variables, { colour: 'red' })
  assert.equal(stage.methodSettings?.['pets/{id}/GET']?.throttlingRateLimit, 12.5)
  assert.equal(stage.methodSettings?.['*/*']?.metricsEnabled, true)
  await assert.rejects(
    gateway.updateStage({
      restApiId,
      stageName: 'v1',
      patchOperations: [change('/colour', 'red')],
    }),
    failsWith('BadRequestException', /Invalid patch path/),
  )
})

test('permissions are named after verbs and paths', async () => {
  const { restApiId } = await petApi('permissions')
  const Resource = `arn:aws:apigateway:us-east-1::/restapis/${restApiId}`
  const { credentials } = await newUser(bartizan, 'gate-reader', [
    { Effect: 'Allow', Action: 'apigateway:GET', Resource },
  ])
  const reader = bartizan.client(APIGateway, { credentials })
  assert.equal((await reader.getRestApi({ restApiId })).name, 'permissions')
  await assert.rejects(reader.deleteRestApi({ restApiId }), failsWith('AccessDeniedException'))
  await assert.rejects(reader.getResources({ restApiId }), failsWith('AccessDeniedException'))
})

test('tags of an API and of a stage are kept under their ARNs', async () => {
  const { restApiId } = await petApi('tagged')
  const resourceArn = `arn:aws:apigateway:us-east-1::/restapis/${restApiId}`
  await gateway.tagResource({ resourceArn, tags: { a: '1', b: '2' } })
  await gateway.untagResource({ resourceArn, tagKeys: ['a'] })
  const { tags } = await gateway.getTags({ resourceArn })
  assert.deepEqual(Object.keys(tags ?? {}).sort(), ['aws:bartizan:endpoint', 'b'])
  const api = await gateway.getRestApi({ restApiId })
  assert.match(
    api.tags?.['aws:bartizan:endpoint'] ?? '',
    new RegExp(`^http://${restApiId}\\.execute-api\\.us-east-1\\.localhost:\\d+$`),
  )
})

test('APIs are listed page by page', async () => {
  const ids = new Set<string | undefined>()
  for (let number = 0; number < 3; number++) {
    ids.add((await gateway.createRestApi({ name: `page-${number}` })).id)
  }
  let pages = 0
  for await (const { items = [] } of paginateGetRestApis({ client: gateway }, { limit: 2 })) {
    pages += 1
    for (const { id } of items) ids.delete(id)
  }
  assert.equal(ids.size, 0)
  assert.ok(pages > 1)
})
