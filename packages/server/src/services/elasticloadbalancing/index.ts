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
    supported: [
      'application load balancers: a listener opens a port of this machine (docs/operating/load-balancers.md) and carries HTTP/1.1, HTTP/2, WebSocket and bodies of any size to its targets, with X-Forwarded-For, -Proto and -Port and X-Amzn-Trace-Id, in the modes that attributes set',
      'HTTPS with server certificates of IAM, several by SNI, and AWS’s security policies',
      'rules by host, path, header, method, query string and source address, with wildcards or regular expressions; forwarding by weight, redirects, fixed responses, priorities; a change takes effect at once and disturbs no request under way',
      'target groups of addresses and Lambda functions with health checks, stickiness by cookie, round robin and least outstanding requests, slow start and deregistration delay',
      'web ACLs judge every request before any of it is forwarded; waf.fail_open.enabled decides where they cannot be asked',
      'requests that could be read in two ways are refused with 400 and the connection ends',
      'attributes, tags, limits, security policies, and metrics in CloudWatch: RequestCount, HTTPCode_…, TargetResponseTime, ProcessedBytes',
    ],
    deviates: [
      'a port that is taken or not allowed is replaced by one of BARTIZAN_LISTENER_PORTS; the tag aws:bartizan:endpoint tells where a listener is reached',
      'DNSName lies under elb.localhost; subnets, security groups and the IP address type are kept and shown',
      'routing.http.desync_mitigation_mode monitor works as defensive: what is dangerous is never forwarded; TRACE and CONNECT are answered with 405',
      'the Host header goes on as it came, as with preserve_host_header',
      'targets may be addresses of this machine, but not the API’s own',
      'client_keep_alive.seconds, minimum_healthy_targets and anomaly mitigation are kept and shown; weighted_random works as round_robin; app_cookie sticks as lb_cookie does, by a cookie of the load balancer’s own',
      'functions are called whether or not they are healthy; the health of functions is not checked',
      'a certificate that is deleted while a listener shows it is gone from the listener with its next change',
    ],
    absent: [
      'network and gateway load balancers, target groups of instances, load balancers and gRPC or HTTP/2 targets',
      'authentication by OIDC, Cognito or JWT, mutual TLS and trust stores, transforms of hosts and URLs',
      'certificates of Certificate Manager, access, connection and health check logs (their attributes can only be false), capacity reservations, IP pools, zonal shift',
    ],
  },
})
