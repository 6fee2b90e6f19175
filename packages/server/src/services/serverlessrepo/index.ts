import { restJson } from '@bartizan/wire'
import type { OperationSchema } from '@bartizan/wire'
import { defineService } from '../../kernel/service.ts'
import * as applications from './applications.ts'
import * as changeSets from './change-sets.ts'
import constraints from './data/constraints.json' with { type: 'json' }
import * as model from './data/schemas.ts'
import * as templates from './templates.ts'

const schemas = Object.values(model).filter((value): value is OperationSchema => value[0] === 9)

/** AWS Serverless Application Repository (https://docs.aws.amazon.com/serverlessrepo/latest/devguide/). */
export const serverlessrepo = defineService({
  id: 'serverlessrepo',
  protocols: [restJson(schemas)],
  sdk: model,
  operations: [applications, changeSets, templates],
  constraints,
  errorCodes: {
    accessDenied: 'AccessDeniedException',
    validation: 'BadRequestException',
    internal: 'InternalServerErrorException',
  },
  callback: templates.templateDownload,
  fidelity: {
    supported: [
      "the applications of Secrets Manager's rotation functions under AWS's ARNs, names and parameters: PostgreSQL, MySQL and MariaDB for one user and for two who take turns, and the generic template",
      'change sets of CloudFormation stacks that make the function, its role and its permission',
    ],
    deviates: [
      'the functions are Bartizan’s own, for Node.js, with handler index.handler',
      'there is one version, which answers to every number that AWS has published',
      'ListApplications shows the applications that the server ships, which AWS shows to nobody but their owner',
      'a template’s address is one of this server, from which it can be fetched, but which CloudFormation does not take as TemplateURL',
      'vpcSubnetIds and vpcSecurityGroupIds are not heeded: functions share the machine’s network',
      'the parameter endpoint is not heeded where the function runs in Bartizan, which tells it its own address',
    ],
    absent: ['publishing and sharing applications of one’s own'],
  },
})
