import * as sdk from '@aws-sdk/client-rds'
import { awsQuery } from '@bartizan/wire'
import { defineService, queryErrorCodes } from '../../kernel/service.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import { databaseHost } from './database-host.ts'
import * as instances from './instances.ts'
import { changeTask, parametersTask, powerTask, provisionTask, removeTask } from './work.ts'

/** Amazon Relational Database Service (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/). */
export const rds = defineService({
  id: 'rds',
  protocols: [
    awsQuery({ version: '2014-10-31', xmlNamespace: 'http://rds.amazonaws.com/doc/2014-10-31/' }),
  ],
  sdk,
  operations: [instances],
  constraints,
  errorCodes: queryErrorCodes,
  tasks: [changeTask, parametersTask, powerTask, provisionTask, removeTask],
  startUp: (kernel) => kernel.runtimes.of(databaseHost).resume(),
  fidelity: {
    supported: [],
    deviates: [],
    absent: [],
  },
})
