import * as sdk from '@aws-sdk/client-cloudfront'
import { restXml } from '@bartizan/wire'
import type { OperationSchema } from '@bartizan/wire'
import { defineService } from '../../kernel/service.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import * as distributions from './distributions.ts'
import * as invalidations from './invalidations.ts'
import * as policies from './policies.ts'
import * as tags from './tags.ts'
import * as webAcls from './web-acls.ts'

const schemas = Object.values(sdk).filter(
  (value): value is OperationSchema => Array.isArray(value) && value[0] === 9,
)

/** Amazon CloudFront (https://docs.aws.amazon.com/cloudfront/latest/APIReference/). */
export const cloudfront = defineService({
  id: 'cloudfront',
  global: true,
  protocols: [
    restXml(schemas, {
      xmlNamespace: 'http://cloudfront.amazonaws.com/doc/2020-05-31/',
      wrapErrors: true,
    }),
  ],
  sdk,
  operations: [distributions, invalidations, policies, tags, webAcls],
  constraints,
  errorCodes: {
    accessDenied: 'AccessDenied',
    validation: 'InvalidArgument',
    internal: 'InternalFailure',
  },
  fidelity: {
    supported: [
      'distributions with their versions, aliases, tags and web ACLs; invalidations; AWS’s managed cache and origin request policies',
    ],
    deviates: [
      'a distribution is Deployed, and an invalidation Completed, as soon as the call is answered',
    ],
    absent: [
      'cache, origin request and response headers policies of one’s own; origin access control; functions at the edge, key groups and signed addresses, staging, tenants, real-time logs, streaming distributions',
    ],
  },
})
