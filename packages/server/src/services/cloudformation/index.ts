import * as sdk from '@aws-sdk/client-cloudformation'
import { awsQuery } from '@bartizan/wire'
import { defineService, queryErrorCodes } from '../../kernel/service.ts'
import { callback } from './callbacks.ts'
import * as changeSets from './change-sets.ts'
import { invokeTask } from './custom-resource-call.ts'
import { deployTask } from './deployment.ts'
import * as descriptions from './descriptions.ts'
import { inputConstraints } from './input-constraints.ts'
import { notifyTask } from './notifications.ts'
import * as stackPolicy from './stack-policy.ts'
import * as stacks from './stacks.ts'
import * as templates from './templates.ts'

/** AWS CloudFormation (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/). */
export const cloudformation = defineService({
  id: 'cloudformation',
  protocols: [
    awsQuery({
      version: '2010-05-15',
      xmlNamespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
    }),
  ],
  sdk,
  operations: [changeSets, descriptions, stackPolicy, stacks, templates],
  constraints: inputConstraints,
  errorCodes: queryErrorCodes,
  tasks: [deployTask, invokeTask, notifyTask],
  callback,
  fidelity: {
    supported: [
      'JSON and YAML templates with parameters (also of Parameter Store), mappings, conditions, rules, outputs and exports, all intrinsic functions and dynamic references',
      'stacks that are created, updated in place or by replacement, rolled back, continued and deleted, as durable work that outlives a restart',
      'change sets of types CREATE and UPDATE, stack policies, termination protection, deletion and replacement policies, timeouts, notifications',
      'every resource is made through the service’s own API, as who deploys or as the stack’s role, so its policies decide',
      'custom resources by Lambda and SNS, wait conditions, nested stacks',
      'the AWS::SecretsManager transforms: HostedRotationLambda makes one of the rotation functions that Bartizan ships',
    ],
    deviates: [
      'a change set is ready when CreateChangeSet returns',
      'resources bear the stack’s tags, and not the aws:cloudformation: ones, which no API can set',
      'ResponseURL and wait condition handles are addresses of this server, so clients that insist on HTTPS at port 443 need it served there',
      'a hosted rotation function is made in the stack itself rather than in one nested in it; its Runtime and VPC are not heeded',
      'resource types are those of the services here; others are refused as unrecognized',
      'a server that is killed while it makes a KMS key may make a second one',
    ],
    absent: [
      'stack sets, type registry, hooks, modules, macros and the AWS::Serverless and AWS::Include transforms',
      'drift detection, resource import, generated templates, cost estimates',
    ],
  },
})
