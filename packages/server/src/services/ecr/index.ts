import * as sdk from '@aws-sdk/client-ecr'
import { awsJson } from '@bartizan/wire'
import { defineService, jsonErrorCodes } from '../../kernel/service.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import * as lifecyclePolicies from './lifecycle-policies.ts'
import * as repositories from './repositories.ts'
import * as repositoryPolicies from './repository-policies.ts'
import { ecrResources } from './resources.ts'
import * as tags from './tags.ts'

const pattern =
  /^Value .* at '(\w+)' failed to satisfy constraint: Member must satisfy regular expression pattern: (.*)$/

/** ECR's own words for a member that does not have its form. */
function reworded(message: string): string {
  const [, detail = message] = /^1 validation error detected: (.*)$/s.exec(message) ?? []
  const [, member, form] = pattern.exec(detail) ?? []
  if (member === undefined || form === undefined) return message
  return `Invalid parameter at '${member}' failed to satisfy constraint: 'must satisfy regular expression '${form}''`
}

/** Amazon Elastic Container Registry (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/). */
export const ecr = defineService({
  id: 'ecr',
  protocols: [awsJson('1.1', 'AmazonEC2ContainerRegistry_V20150921')],
  sdk,
  operations: [lifecyclePolicies, repositories, repositoryPolicies, tags],
  constraints,
  errorCodes: {
    ...jsonErrorCodes,
    validation: 'InvalidParameterException',
    internal: 'ServerException',
  },
  rewordValidation: reworded,
  resources: ecrResources,
  fidelity: {
    supported: [
      'repositories with their settings, policies, lifecycle policies and tags, as `cdk bootstrap` and CloudFormation make them',
    ],
    deviates: [
      'repositories hold no images: what is set for images (mutability of tags, scanning, lifecycle, encryption) is checked and kept, and there is nothing yet that it could act on',
      'lifecycle policies are checked in the form of their rules; the words for what is wrong with a selection are our own',
    ],
    absent: ['the registry that images are pushed to and pulled from, and everything about images'],
  },
})
