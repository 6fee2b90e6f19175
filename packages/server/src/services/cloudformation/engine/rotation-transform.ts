import {
  functionLogicalId,
  functionResources,
  rotationTemplates,
  type FunctionSettings,
  type RotationTemplate,
  type Setting,
  type TemplateValue,
} from '@bartizan/rotation'
import { isList, isObject, type Json, type JsonObject } from './json.ts'
import { TemplateError } from './template-error.ts'

/** The names of the transform that makes rotation functions. */
export const rotationTransforms: readonly string[] = [
  'AWS::SecretsManager-2020-07-23',
  'AWS::SecretsManager-2024-09-16',
]

const schedule = 'AWS::SecretsManager::RotationSchedule'

/** `HostedRotationLambda`'s properties, by the settings of a rotation function. */
const properties = {
  functionName: 'RotationLambdaName',
  excludeCharacters: 'ExcludeCharacters',
  kmsKeyArn: 'KmsKeyArn',
  masterSecretArn: 'MasterSecretArn',
  masterSecretKmsKeyArn: 'MasterSecretKmsKeyArn',
  superuserSecretArn: 'SuperuserSecretArn',
  superuserSecretKmsKeyArn: 'SuperuserSecretKmsKeyArn',
}

/** Properties that have no meaning here: functions share the machine's network and run on its Node.js. */
const heedless = ['Runtime', 'VpcSecurityGroupIds', 'VpcSubnetIds']

/**
 * Puts a function, its role and its permission beside each rotation schedule that asks for a hosted one
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-secretsmanager.html).
 * Throws TemplateError.
 */
export function withRotationFunctions(resources: JsonObject): JsonObject {
  const all: Record<string, Json> = { ...resources }
  for (const [logicalId, resource] of Object.entries(resources)) {
    if (!isObject(resource) || resource['Type'] !== schedule) continue
    const own = resource['Properties']
    const hosted = isObject(own) ? own['HostedRotationLambda'] : undefined
    if (!isObject(own) || hosted === undefined) continue
    if (!isObject(hosted)) throw malformed(logicalId, 'HostedRotationLambda must be an object')
    const prefix = `${logicalId}Hosted`
    const template = templateOf(logicalId, hosted)
    const made = functionResources(template, settingsOf(logicalId, hosted), prefix)
    const condition = resource['Condition']
    for (const [name, value] of Object.entries(made)) {
      if (Object.hasOwn(all, name)) throw malformed(name, 'is the name of a generated resource')
      all[name] = { ...asJson(value), ...(condition !== undefined && { Condition: condition }) }
    }
    const { HostedRotationLambda: _hosted, ...rest } = own
    all[logicalId] = {
      ...resource,
      DependsOn: [
        ...[resource['DependsOn'] ?? []].flat(),
        `${prefix}Policy`,
        `${prefix}Permission`,
      ],
      Properties: {
        ...rest,
        RotationLambdaARN: { 'Fn::GetAtt': [functionLogicalId(prefix), 'Arn'] },
      },
    }
  }
  return all
}

function templateOf(logicalId: string, hosted: JsonObject): RotationTemplate {
  const type = hosted['RotationType']
  const template = rotationTemplates.find(({ rotationType }) => rotationType === type)
  if (template && type !== undefined) return template
  throw malformed(logicalId, `${JSON.stringify(type ?? null)} is not a supported RotationType`)
}

function settingsOf(logicalId: string, hosted: JsonObject): FunctionSettings {
  const known = ['RotationType', ...heedless, ...Object.values(properties)]
  const unknown = Object.keys(hosted).find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw malformed(logicalId, `Encountered unsupported property ${unknown}`)
  }
  const given = Object.entries(properties).flatMap(([setting, name]): [string, Setting][] => {
    const value = hosted[name]
    return value === undefined ? [] : [[setting, { value: asValue(value) }]]
  })
  return Object.fromEntries(given)
}

/** A template holds no null, which is all that the two kinds of value differ in. */
function asValue(value: Json): TemplateValue {
  if (value === null) throw new TemplateError(`'null' values are not allowed in templates`)
  if (isList(value)) return value.map(asValue)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, asValue(each)]))
}

function asJson(value: { readonly [name: string]: TemplateValue }): JsonObject {
  return value
}

function malformed(logicalId: string, problem: string): TemplateError {
  return new TemplateError(
    `Transform AWS::SecretsManager failed with: Resource ${logicalId}: ${problem}`,
  )
}
