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
import { plane } from './plane.ts'
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
  startUp: (kernel) => kernel.runtimes.of(plane).resume(),
  webAclUse: stages.stageWebAcls,
  fidelity: {
    supported: [
      'REST APIs, their resources, methods, integrations and responses, deployments and stages, patched by AWS’s paths',
      'an API is really served: at a port of this machine that its tag aws:bartizan:endpoint names, as http://<id>.execute-api.<region>.localhost:<port>/<stage>/…, through the web ACL of its stage',
      'integrations HTTP_PROXY (variables, stage variables, query strings), AWS_PROXY (Lambda, with AWS’s event, by the function’s permission and within the timeout) and MOCK; throttles of stages and methods; resource policies against whoever calls; CloudWatch’s metrics',
    ],
    deviates: [
      'an API answers over HTTP only',
      'what is set but has nothing that acts on it is refused with BadRequestException instead of kept: caches, traces, logs of stages, canaries, API keys, authorizers, mapping templates in Velocity',
    ],
    absent: [
      'integrations of types HTTP and AWS, authorizers and IAM authorization, API keys and usage plans, models and validators, gateway responses, custom domains, documentation, VPC links, imports of OpenAPI, caches',
    ],
  },
})
