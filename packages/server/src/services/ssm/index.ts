import * as sdk from '@aws-sdk/client-ssm'
import { awsJson } from '@bartizan/wire'
import { defineService, jsonErrorCodes } from '../../kernel/service.ts'
import * as byPath from './by-path.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import * as deleteParameter from './delete-parameter.ts'
import * as describeParameters from './describe-parameters.ts'
import * as getParameter from './get-parameter.ts'
import * as history from './history.ts'
import * as labels from './labels.ts'
import { noticeJob, policyJob } from './policy-jobs.ts'
import * as putParameter from './put-parameter.ts'
import * as resourcePolicies from './resource-policies.ts'
import { ssmResources } from './resources.ts'
import * as serviceSettings from './service-settings.ts'
import * as tags from './tags.ts'

/** AWS Systems Manager Parameter Store (https://docs.aws.amazon.com/systems-manager/latest/APIReference/). */
export const ssm = defineService({
  id: 'ssm',
  protocols: [awsJson('1.1', 'AmazonSSM')],
  sdk,
  operations: [
    byPath,
    deleteParameter,
    describeParameters,
    getParameter,
    history,
    labels,
    putParameter,
    resourcePolicies,
    serviceSettings,
    tags,
  ],
  constraints,
  errorCodes: { ...jsonErrorCodes, internal: 'InternalServerError' },
  jobs: [policyJob, noticeJob],
  resources: ssmResources,
  fidelity: {
    supported: [
      'String, StringList and SecureString; SecureStrings are encrypted by KMS as the caller, standard ones directly, advanced ones with a data key, both under PARAMETER_ARN',
      'tiers with their limits, 100 versions, labels, selectors, hierarchies, filters, tags, AllowedPattern, references to Secrets Manager secrets',
      'sharing with other accounts by PutResourcePolicy; a shared parameter is named by its ARN',
      'parameter policies act at their dates, several at once, also when the server was down then; EventBridge hears of them and of every change',
    ],
    deviates: [
      'the type of a parameter cannot be changed, as the API reference says',
      'AllowedPattern must match the whole value and takes RE2 syntax: no lookaround, no back-references',
      'aws:ec2:image checks the form of the id, not that the image exists; the answer to a malformed one comes as an event, as on AWS',
      'aws:ssm:integration is kept as a data type and its value is not read',
      'request rates are not limited, whatever high-throughput-enabled says',
      'removing labels announces nothing',
      'CloudTrail shows GetParameter and DeleteParameter of a parameter that is not there, which AWS leaves out',
    ],
    absent: [
      'operations of Systems Manager other than Parameter Store’s',
      'service settings other than Parameter Store’s two',
      'public parameters under /aws/service',
      'Resource Access Manager: DescribeParameters with Shared finds nothing, as on AWS before a share is promoted',
    ],
  },
})
