import * as sdk from '@aws-sdk/client-lambda'
import { restJson } from '@bartizan/wire'
import type { OperationSchema } from '@bartizan/wire'
import { defineService } from '../../kernel/service.ts'
import * as aliases from './aliases.ts'
import { invokeTask } from './async-invocation.ts'
import * as concurrency from './concurrency.ts'
import { codeDownload } from './code-location.ts'
import { deliverTask } from './destinations.ts'
import { tellError } from './errors.ts'
import * as eventInvokeConfigs from './event-invoke-configs.ts'
import * as eventSourceMappings from './event-source-mappings.ts'
import { eventNames } from './event-names.ts'
import * as functionDeletion from './function-deletion.ts'
import * as functionUpdates from './function-updates.ts'
import * as functions from './functions.ts'
import { settingsConstraints } from './function-settings.ts'
import * as invoke from './invoke.ts'
import * as layers from './layers.ts'
import * as permissions from './permissions.ts'
import { watchJob } from './polling.ts'
import { lambdaResources } from './resources.ts'
import * as runtimeSettings from './runtime-settings.ts'
import * as tags from './tags.ts'
import * as versions from './versions.ts'

const schemas = Object.values(sdk).filter(
  (value): value is OperationSchema => Array.isArray(value) && value[0] === 9,
)

/** AWS Lambda (https://docs.aws.amazon.com/lambda/latest/api/). */
export const lambda = defineService({
  id: 'lambda',
  protocols: [restJson(schemas)],
  sdk,
  operations: [
    aliases,
    concurrency,
    eventInvokeConfigs,
    eventSourceMappings,
    functionDeletion,
    functionUpdates,
    functions,
    invoke,
    layers,
    permissions,
    runtimeSettings,
    tags,
    versions,
  ],
  constraints: settingsConstraints,
  tellError,
  jobs: [watchJob],
  callback: codeDownload,
  resources: lambdaResources,
  eventNames,
  tasks: [invokeTask, deliverTask],
  fidelity: {
    supported: [
      'functions of nodejs18.x to nodejs24.x, python3.x and provided.*, really executed through the Runtime API, each environment in processes of its own, held as SECURITY.md tells',
      "Node.js functions run in AWS's own runtime interface client; the AWS SDK for JavaScript v3 is found without being packed, boto3 where the machine has it",
      "the execution role's real temporary credentials, and AWS_ENDPOINT_URL, so that SDKs inside a function reach Bartizan",
      'versions, weighted aliases, resource policies by qualifier, layers, tags, reserved concurrency, environment variables encrypted by KMS',
      'asynchronous invocation with retries, maximum age, destinations and dead-letter queues, kept through a restart',
      'event source mappings from SQS with filters, batching windows, partial batch failures and maximum concurrency',
      'the packages of the rotation functions that Bartizan ships: bucket sthree-rotation-functions, key <name of the template>.zip',
      'logs to CloudWatch Logs as the execution role, metrics to CloudWatch',
    ],
    deviates: [
      "every Node.js runtime runs on Bartizan's own Node.js, every Python runtime on the machine's python3, provided.* on the machine's own libraries; Architectures is kept and not heeded",
      'a function is ready when its call returns: Pending and InProgress last no longer than the answer that says so',
      "functions share the machine's network, CPU is not shared out by memory size, and /tmp lies in memory and counts towards the function's",
      'initialisation beyond ten seconds is not begun again: it goes on within the time limit of the first invocation',
      'a failed asynchronous invocation is tried again after one and two minutes exactly',
      'a queue whose messages fail is polled on at the same pace',
      'no loops are detected between functions and queues',
      'TracingConfig and SystemLogLevel are kept, and nothing is traced or left out of the log by them',
    ],
    absent: [
      'container images, code signing, SnapStart, durable functions, capacity providers, VPC, EFS and extensions',
      'provisioned concurrency, function URLs and response streaming to the caller',
      'event source mappings from anything but SQS',
      'ruby, java and dotnet runtimes',
    ],
  },
})
