import { APIGateway } from '@aws-sdk/client-api-gateway'
import type { TestServer } from '@bartizan/testkit'
import type { Loot } from '../../isolation.fixture.ts'

/** A REST API with a path, a method, an integration, a deployment and a stage with a variable. */
export async function plant(bartizan: TestServer, loot: Loot): Promise<void> {
  const gateway = bartizan.client(APIGateway)
  const tags = { 'canary-tag-of-owner': 'canary-value-of-owner' }
  const api = await gateway.createRestApi({ name: 'canary-api-of-owner', tags })
  const restApiId = api.id ?? ''
  const parentId = api.rootResourceId ?? ''
  const { id: resourceId = '' } = await gateway.createResource({
    restApiId,
    parentId,
    pathPart: 'canary-path-of-owner',
  })
  const method = { restApiId, resourceId, httpMethod: 'GET' }
  await gateway.putMethod({ ...method, authorizationType: 'NONE' })
  await gateway.putMethodResponse({ ...method, statusCode: '200' })
  await gateway.putIntegration({ ...method, type: 'MOCK' })
  await gateway.putIntegrationResponse({ ...method, statusCode: '200' })
  const variables = { canary: 'canary-variable-of-owner' }
  const { id: deploymentId } = await gateway.createDeployment({
    restApiId,
    stageName: 'prod',
    variables,
  })
  const resourceArn = `arn:aws:apigateway:us-east-1::/restapis/${restApiId}`
  loot.keep({ restApiId, parentId, resourceId, deploymentId, cloneFrom: restApiId, resourceArn })
  loot.keep({ httpMethod: 'GET', statusCode: '200', stageName: 'prod' })
}
