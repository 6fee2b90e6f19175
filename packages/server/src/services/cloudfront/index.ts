import * as sdk from '@aws-sdk/client-cloudfront'
import { restXml } from '@bartizan/wire'
import type { OperationSchema } from '@bartizan/wire'
import { defineService } from '../../kernel/service.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import * as distributions from './distributions.ts'
import * as invalidations from './invalidations.ts'
import { plane } from './plane.ts'
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
  startUp: (kernel) => kernel.runtimes.of(plane).resume(),
  webAclUse: webAcls.distributionWebAcls,
  fidelity: {
    supported: [
      'distributions with their versions, aliases, tags and web ACLs; invalidations; AWS’s managed cache and origin request policies, and the older ForwardedValues',
      'a distribution is really served: at a port of this machine that its tag aws:bartizan:endpoint names, through its web ACL, from a cache on the disk or from the origin of the behaviour that the path has',
      'what the cache key has, what origins are told, how long objects are fresh (Cache-Control, Expires, TTLs), allowed methods and viewer protocol policies; CloudWatch’s metrics',
    ],
    deviates: [
      'a distribution is Deployed, and an invalidation Completed, as soon as the call is answered',
      'domain names end with cloudfront.localhost, which leads to this machine',
      'a distribution answers over HTTP only; the cache does not outlive the server, holds 1 GiB, and does not compress by itself',
      'what is set but has nothing that acts on it is refused with InvalidArgument instead of kept: logging, geo restrictions, custom error responses, origin groups, S3 origins, certificates of one’s own, functions at the edge',
    ],
    absent: [
      'cache, origin request and response headers policies of one’s own; origin access control; functions at the edge, key groups and signed addresses, staging, tenants, real-time logs, streaming distributions',
    ],
  },
})
