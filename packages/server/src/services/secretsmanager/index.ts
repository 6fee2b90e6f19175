import * as sdk from '@aws-sdk/client-secrets-manager'
import { awsJson } from '@bartizan/wire'
import { defineService, jsonErrorCodes } from '../../kernel/service.ts'
import * as batchGet from './batch-get.ts'
import * as createSecret from './create-secret.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import * as deletion from './deletion.ts'
import * as describeSecret from './describe-secret.ts'
import * as getSecretValue from './get-secret-value.ts'
import * as listSecrets from './list-secrets.ts'
import * as putSecretValue from './put-secret-value.ts'
import * as randomPassword from './random-password.ts'
import * as replication from './replication.ts'
import { replicationTasks } from './replication-task.ts'
import * as resourcePolicies from './resource-policies.ts'
import { secretsManagerResources } from './resources.ts'
import * as rotateSecret from './rotate-secret.ts'
import { rotationJobs } from './rotation-jobs.ts'
import { rotationTasks } from './rotation-tasks.ts'
import * as tags from './tags.ts'
import * as updateSecret from './update-secret.ts'
import * as versionStages from './version-stages.ts'

/** AWS Secrets Manager (https://docs.aws.amazon.com/secretsmanager/latest/apireference/). */
export const secretsmanager = defineService({
  id: 'secretsmanager',
  protocols: [awsJson('1.1', 'secretsmanager')],
  sdk,
  operations: [
    batchGet,
    createSecret,
    deletion,
    describeSecret,
    getSecretValue,
    listSecrets,
    putSecretValue,
    randomPassword,
    replication,
    resourcePolicies,
    rotateSecret,
    tags,
    updateSecret,
    versionStages,
  ],
  constraints,
  errorCodes: { ...jsonErrorCodes, internal: 'InternalServiceError' },
  jobs: [deletion.deleteJob, ...rotationJobs],
  tasks: [...replicationTasks, ...rotationTasks],
  resources: secretsManagerResources,
  fidelity: {
    supported: [
      'all 23 operations: versions and staging labels with AWS’s rules, ClientRequestToken, recovery windows that end in deletion, filters, batches, partial ARNs',
      'each value under a data key of its own from KMS, asked for as the caller through Secrets Manager: every read is a Decrypt that the key’s policy allows and the log shows',
      'rotation by a Lambda function in the four steps, on AWS’s schedules with windows, durable over kill -9; a failed step leaves AWSCURRENT and the whole is tried again',
      'rotation without a function of secrets that a service keeps (RDS)',
      'replicas in other Regions under their own keys, promotion and removal; resource policies, BlockPublicPolicy, ValidateResourcePolicy',
      'CloudTrail’s service events, RotationStarted to EndSecretVersionDelete, which EventBridge rules match',
      'AWS::SecretsManager::Secret, ResourcePolicy, RotationSchedule and SecretTargetAttachment in CloudFormation, and dynamic references',
    ],
    deviates: [
      'a secret is rotated when its window opens; AWS does it at some time within the window',
      'a failed rotation is tried again after 1, 5, 15 minutes, 1 and 6 hours, then daily and whenever a window opens; AWS says only that it retries several times',
      'changes are seen at once everywhere; a forced deletion frees the name at once',
      'ListSecrets without SortOrder shows the newest first',
      'quotas that AWS raises on request (500,000 secrets, request rates) are not enforced',
    ],
    absent: [
      'rotation of managed external secrets: Type is kept and shown, but RotateSecret refuses to reach into a partner’s service without a function',
      'SecretTargetAttachment to Redshift and DocumentDB',
      'the metric ResourceCount in CloudWatch',
    ],
  },
})
