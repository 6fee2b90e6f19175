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
    supported: ['secrets with versions and staging labels, encrypted under KMS keys'],
    deviates: [],
    absent: [],
  },
})
