import * as sdk from '@aws-sdk/client-ec2'
import { ec2Query } from '@bartizan/wire'
import { defineService } from '../../kernel/service.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import * as securityGroups from './security-groups.ts'
import * as subnets from './subnets.ts'
import * as surroundings from './surroundings.ts'
import * as tagging from './tagging.ts'
import * as vpcs from './vpcs.ts'

/** Amazon EC2: as much of its networks as load balancers need (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/). */
export const ec2 = defineService({
  id: 'ec2',
  protocols: [
    ec2Query({ version: '2016-11-15', xmlNamespace: 'http://ec2.amazonaws.com/doc/2016-11-15/' }),
  ],
  sdk,
  operations: [securityGroups, subnets, surroundings, tagging, vpcs],
  constraints,
  encodesRefusals: true,
  errorCodes: {
    accessDenied: 'UnauthorizedOperation',
    validation: 'InvalidParameterValue',
    internal: 'InternalError',
  },
  fidelity: {
    supported: [
      'a default VPC with three subnets and a security group in every account and Region, and VPCs, subnets, security groups and tags beside it, as Terraform’s aws_vpc, aws_subnet and aws_security_group make them for load balancers',
    ],
    deviates: [
      'networks are kept and shown: nothing on this machine is connected or filtered by them, security groups among them',
      'the default VPC, its subnets and its route table cannot be changed or deleted',
    ],
    absent: [
      'instances, images, volumes, network interfaces, gateways, routes, endpoints, and everything else of EC2',
    ],
  },
})
