import * as sdk from '@aws-sdk/client-ssm'
import { awsJson } from '@bartizan/wire'
import { defineService, jsonErrorCodes } from '../../kernel/service.ts'
import * as byPath from './by-path.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import * as deleteParameter from './delete-parameter.ts'
import * as getParameter from './get-parameter.ts'
import * as putParameter from './put-parameter.ts'
import * as serviceSettings from './service-settings.ts'

/** AWS Systems Manager Parameter Store (https://docs.aws.amazon.com/systems-manager/latest/APIReference/). */
export const ssm = defineService({
  id: 'ssm',
  protocols: [awsJson('1.1', 'AmazonSSM')],
  sdk,
  operations: [byPath, deleteParameter, getParameter, putParameter, serviceSettings],
  constraints,
  errorCodes: { ...jsonErrorCodes, internal: 'InternalServerError' },
  fidelity: {
    supported: ['parameters'],
    deviates: [],
    absent: [],
  },
})
