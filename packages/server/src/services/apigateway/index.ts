import * as sdk from '@aws-sdk/client-api-gateway'
import { restJson } from '@bartizan/wire'
import type { OperationSchema } from '@bartizan/wire'
import { defineService } from '../../kernel/service.ts'
import * as account from './account.ts'
import * as apis from './apis.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import * as deployments from './deployments.ts'
import * as integrations from './integrations.ts'
import * as methods from './methods.ts'
import * as pathResources from './path-resources.ts'
import * as stages from './stages.ts'
import * as tags from './tags.ts'

const schemas = Object.values(sdk).filter(
  (value): value is OperationSchema => Array.isArray(value) && value[0] === 9,
)

/** Amazon API Gateway's REST APIs (https://docs.aws.amazon.com/apigateway/latest/api/). */
export const apigateway = defineService({
  id: 'apigateway',
  protocols: [restJson(schemas)],
  sdk,
  operations: [account, apis, deployments, integrations, methods, pathResources, stages, tags],
  constraints,
  errorCodes: {
    accessDenied: 'AccessDeniedException',
    validation: 'BadRequestException',
    internal: 'InternalFailure',
  },
  fidelity: {
    supported: [
      'REST APIs, their resources, methods, integrations and responses, deployments and stages, patched by AWS’s paths',
    ],
    deviates: [],
    absent: [
      'authorizers, API keys and usage plans, models and validators, gateway responses, custom domains, documentation, VPC links, imports of OpenAPI, caches',
    ],
  },
})
