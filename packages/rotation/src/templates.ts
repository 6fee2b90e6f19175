/** A rotation function that is offered under the name of AWS's template. */
export interface RotationTemplate {
  /** `SecretsManagerRDSPostgreSQLRotationSingleUser`. */
  readonly name: string
  readonly description: string
  /** CloudFormation's `HostedRotationLambda.RotationType`; the generic template has none. */
  readonly rotationType?: string
  /** The module whose `handler` the function runs, without its ending. */
  readonly module: string
  /** The packages that the function needs and the runtime has not. */
  readonly drivers: readonly string[]
  /** Whether another secret's user does the work. */
  readonly hasMaster: boolean
}

/** The version under which the functions are shown in the Serverless Application Repository. */
export const templateVersion = '1.1.0'

const databases = [
  { name: 'PostgreSQL', module: 'postgresql', driver: 'pg' },
  { name: 'MySQL', module: 'mysql', driver: 'mysql2' },
  { name: 'MariaDB', module: 'mariadb', driver: 'mysql2' },
]

/** Every template (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_available-rotation-templates.html). */
export const rotationTemplates: readonly RotationTemplate[] = [
  ...databases.flatMap(({ name, module, driver }) => [
    {
      name: `SecretsManagerRDS${name}RotationSingleUser`,
      description: `Conducts an AWS SecretsManager secret rotation for RDS ${name} using single user rotation scheme`,
      rotationType: `${name}SingleUser`,
      module: `${module}-single-user`,
      drivers: [driver],
      hasMaster: false,
    },
    {
      name: `SecretsManagerRDS${name}RotationMultiUser`,
      description: `Conducts an AWS SecretsManager secret rotation for RDS ${name} using multiple user rotation scheme`,
      rotationType: `${name}MultiUser`,
      module: `${module}-multi-user`,
      drivers: [driver],
      hasMaster: true,
    },
  ]),
  {
    name: 'SecretsManagerRotationTemplate',
    description: 'Template for SecretsManager rotation function',
    module: 'generic',
    drivers: [],
    hasMaster: false,
  },
]

/** A template by its name. */
export function rotationTemplate(name: string): RotationTemplate | undefined {
  return rotationTemplates.find((template) => template.name === name)
}
