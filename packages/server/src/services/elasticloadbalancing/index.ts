import * as sdk from '@aws-sdk/client-elastic-load-balancing-v2'
import { awsQuery } from '@bartizan/wire'
import { defineService, queryErrorCodes } from '../../kernel/service.ts'
import * as attributeOperations from './attribute-operations.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import * as listenerCertificates from './listener-certificates.ts'
import * as listeners from './listeners.ts'
import * as loadBalancerNetwork from './load-balancer-network.ts'
import * as loadBalancers from './load-balancers.ts'
import { plane } from './plane.ts'
import * as rules from './rules.ts'
import * as sslPolicies from './ssl-policies.ts'
import * as tags from './tags.ts'
import * as targetGroups from './target-groups.ts'
import * as targets from './targets.ts'
import { webAclUse } from './web-acl-use.ts'

/** Elastic Load Balancing, version 2 (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/). */
export const elasticloadbalancing = defineService({
  id: 'elasticloadbalancing',
  protocols: [
    awsQuery({
      version: '2015-12-01',
      xmlNamespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/',
    }),
  ],
  sdk,
  operations: [
    attributeOperations,
    listenerCertificates,
    listeners,
    loadBalancerNetwork,
    loadBalancers,
    rules,
    sslPolicies,
    tags,
    targetGroups,
    targets,
  ],
  constraints,
  errorCodes: queryErrorCodes,
  jobs: [targets.drainedJob],
  startUp: (kernel) => kernel.runtimes.of(plane).resume(),
  webAclUse,
  fidelity: {
    supported: [],
    deviates: [],
    absent: [],
  },
})
