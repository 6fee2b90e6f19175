import * as sdk from '@aws-sdk/client-lambda'
import { restJson } from '@bartizan/wire'
import type { OperationSchema } from '@bartizan/wire'
import { defineService } from '../../kernel/service.ts'
import { invokeTask } from './async-invocation.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import { deliverTask } from './destinations.ts'
import * as functions from './functions.ts'
import * as invoke from './invoke.ts'
import * as versions from './versions.ts'

const schemas = Object.values(sdk).filter(
  (value): value is OperationSchema => Array.isArray(value) && value[0] === 9,
)

/** AWS Lambda (https://docs.aws.amazon.com/lambda/latest/api/). */
export const lambda = defineService({
  id: 'lambda',
  protocols: [restJson(schemas)],
  sdk,
  operations: [functions, invoke, versions],
  constraints,
  tasks: [invokeTask, deliverTask],
  fidelity: {
    supported: [],
    deviates: [],
    absent: [],
  },
})
